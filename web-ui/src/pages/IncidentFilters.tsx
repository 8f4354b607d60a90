import Box from "@cloudscape-design/components/box";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import { sentence } from "../logic/words";
import { SEVERITIES, STATUSES } from "../parts/badges";
import "./filters.css";

interface Properties {
  text: string;
  severity: string;
  status: string;
  told: string;
  onChange: (part: Record<string, string | undefined>) => void;
}

function options(all: string, names: readonly string[]) {
  return [{ value: "", label: all }, ...names.map((value) => ({ value, label: sentence(value) }))];
}

const OF_SEVERITY = options("Any severity", SEVERITIES);
const OF_STATUS = options("Any status", STATUSES);

export function IncidentFilters({ text, severity, status, told, onChange }: Properties) {
  return (
    <div className="filters">
      <div className="filters-text">
        <FormField stretch>
          <Input
            type="search"
            value={text}
            placeholder="Title, service, id or cause"
            ariaLabel="Search incidents"
            clearAriaLabel="Clear the search"
            onChange={({ detail }) => onChange({ text: detail.value || undefined })}
          />
        </FormField>
      </div>
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
      <Box color="text-body-secondary">{told}</Box>
    </div>
  );
}
