import Select from "@cloudscape-design/components/select";
import type { Wanted } from "../logic/incidentList";
import { sentence } from "../logic/words";
import { SEVERITIES, STATUSES } from "../parts/badges";
import { Filters } from "../parts/Filters";

interface Properties {
  wanted: Wanted;
  told: string;
  onChange: (part: Record<string, string | undefined>) => void;
}

function named(names: readonly string[]) {
  return names.map((value) => ({ value, label: sentence(value) }));
}

const OF_SEVERITY = [{ value: "", label: "Any severity" }, ...named(SEVERITIES)];
const OF_STATUS = [
  { value: "", label: "Any status" },
  { value: "going_on", label: "Still going on" },
  { value: "over", label: "Over" },
  ...named(STATUSES),
];

export function IncidentFilters({ wanted, told, onChange }: Properties) {
  const { text, severity, status } = wanted;
  return (
    <Filters
      label="Search incidents"
      placeholder="Title, service, id or cause"
      text={text}
      onText={(now) => onChange({ text: now || undefined })}
    >
      <Select
        ariaLabel="Status"
        options={OF_STATUS}
        selectedOption={OF_STATUS.find(({ value }) => value === status) ?? null}
        onChange={({ detail }) => onChange({ status: detail.selectedOption.value || undefined })}
      />
      <Select
        ariaLabel="Severity"
        options={OF_SEVERITY}
        selectedOption={OF_SEVERITY.find(({ value }) => value === severity) ?? null}
        onChange={({ detail }) => onChange({ severity: detail.selectedOption.value || undefined })}
      />
      <span className="quiet" role="status">
        {told}
      </span>
    </Filters>
  );
}
