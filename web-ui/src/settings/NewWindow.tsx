import Checkbox from "@cloudscape-design/components/checkbox";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import DateInput from "@cloudscape-design/components/date-input";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TimeInput from "@cloudscape-design/components/time-input";
import { answered, api, once } from "../api/client";
import { useForm } from "../live/useForm";
import { useNow } from "../live/useNow";
import { dayName, DAYS, faultsOfWindow, firstOpening, type TypedWindow, type WindowFaults, windowOf } from "../logic/maintenance";
import { minute } from "../logic/words";
import { FormModal } from "../parts/FormModal";
import { ServicesField } from "../parts/ServicesField";

const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const ZONES = [...new Set(["UTC", HERE, ...Intl.supportedValuesOf("timeZone")])].map((value) => ({ value, label: value }));

const RHYTHMS = [
  { value: "once", label: "Once" },
  { value: "weekly", label: "Every week" },
];

interface Fields {
  typed: TypedWindow;
  faults: WindowFaults;
  change: (part: Partial<TypedWindow>) => void;
}

function empty(): Omit<TypedWindow, "key"> {
  const now = new Date().toISOString();
  return {
    reason: "",
    services: [],
    repeats: "once",
    startDate: now.slice(0, 10),
    startTime: now.slice(11, 16),
    minutes: "60",
    days: [],
    from: "22:00",
    to: "23:00",
    zone: HERE,
    lastDate: "",
  };
}

function Once({ typed, faults, change }: Fields) {
  return (
    <ColumnLayout columns={3}>
      <FormField label="Day (UTC)" errorText={faults.start} stretch>
        <DateInput value={typed.startDate} onChange={({ detail }) => change({ startDate: detail.value })} />
      </FormField>
      <FormField label="Time (UTC)" stretch>
        <TimeInput format="hh:mm" value={typed.startTime} onChange={({ detail }) => change({ startTime: detail.value })} />
      </FormField>
      <FormField label="Minutes" errorText={faults.minutes} stretch>
        <Input type="number" value={typed.minutes} onChange={({ detail }) => change({ minutes: detail.value })} />
      </FormField>
    </ColumnLayout>
  );
}

function Weekly({ typed, faults, change }: Fields) {
  const now = useNow(60_000);
  const opens = firstOpening(typed, now);
  return (
    <SpaceBetween size="m">
      <FormField label="On which days?" errorText={faults.days} stretch>
        <SpaceBetween direction="horizontal" size="s">
          {DAYS.map((day) => (
            <Checkbox
              key={day}
              checked={typed.days.includes(day)}
              onChange={({ detail }) =>
                change({ days: detail.checked ? [...typed.days, day] : typed.days.filter((one) => one !== day) })
              }
            >
              {dayName(day)}
            </Checkbox>
          ))}
        </SpaceBetween>
      </FormField>
      <ColumnLayout columns={3}>
        <FormField label="From" stretch>
          <TimeInput format="hh:mm" value={typed.from} onChange={({ detail }) => change({ from: detail.value })} />
        </FormField>
        <FormField label="To" errorText={faults.to} stretch>
          <TimeInput format="hh:mm" value={typed.to} onChange={({ detail }) => change({ to: detail.value })} />
        </FormField>
        <FormField label="Time zone" stretch>
          <Select
            options={ZONES}
            filteringType="auto"
            filteringAriaLabel="Search the time zones"
            virtualScroll
            selectedOption={{ value: typed.zone, label: typed.zone }}
            onChange={({ detail }) => change({ zone: detail.selectedOption.value ?? "UTC" })}
          />
        </FormField>
      </ColumnLayout>
      <ColumnLayout columns={2}>
        <FormField label="First day" errorText={faults.start} stretch>
          <DateInput value={typed.startDate} onChange={({ detail }) => change({ startDate: detail.value })} />
        </FormField>
        <FormField label="Last day, if any" constraintText="Empty: for a year." errorText={faults.lastDate} stretch>
          <DateInput value={typed.lastDate} onChange={({ detail }) => change({ lastDate: detail.value })} />
        </FormField>
      </ColumnLayout>
      {opens ? <p className="text quiet">It opens first at {minute(opens.toISOString())}.</p> : null}
    </SpaceBetween>
  );
}

export function NewWindow({ onClose, onAdded }: { onClose: () => void; onAdded: () => void }) {
  const form = useForm<TypedWindow, WindowFaults>("window", empty(), faultsOfWindow, async (typed) => {
    await answered(api().POST("/maintenance", { body: windowOf(typed), params: { header: once(typed.key) } }));
    onClose();
    onAdded();
  });
  const { typed, faults, change } = form;
  const Times = typed.repeats === "weekly" ? Weekly : Once;
  return (
    <FormModal
      header="Add a maintenance window"
      submit="Add it"
      sending={form.sending}
      error={form.error}
      onSubmit={form.submit}
      onClose={onClose}
    >
      <FormField label="What is done in it?" errorText={faults.reason} stretch>
        <Input
          value={typed.reason}
          invalid={Boolean(faults.reason)}
          onChange={({ detail }) => change({ reason: detail.value })}
        />
      </FormField>
      <FormField label="Services or alarms" description="* stands for anything." errorText={faults.services} stretch>
        <ServicesField
          chosen={typed.services}
          invalid={Boolean(faults.services)}
          firstIs=""
          onChange={(services) => change({ services })}
        />
      </FormField>
      <FormField label="How often?">
        <RadioGroup direction="horizontal" value={typed.repeats} items={RHYTHMS} onChange={({ detail }) => change({ repeats: detail.value === "weekly" ? "weekly" : "once" })} />
      </FormField>
      <Times typed={typed} faults={faults} change={change} />
    </FormModal>
  );
}
