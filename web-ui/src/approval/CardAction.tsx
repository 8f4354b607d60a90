import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Schemas } from "../api/client";
import { isWithin, type Narrowing, roomTold } from "../logic/approval";
import { callLine, sentence, words } from "../logic/words";
import { BeforeAfter } from "../parts/BeforeAfter";

type Action = Schemas["CardAction"];

interface Properties {
  action: Action;
  /** Whether there are others, so that this one may be left out. */
  several: boolean;
  narrowing: Narrowing;
  onNarrow: ((narrowing: Narrowing) => void) | undefined;
}

const COLOURS = { low: "green", medium: "severity-medium", high: "red" } as const;

function sides(action: Action): [Record<string, unknown>, Record<string, unknown>] {
  return [
    Object.fromEntries(action.changes.map(({ name, before }) => [name, before])),
    Object.fromEntries(action.changes.map(({ name, after }) => [name, after])),
  ];
}

/** One action, exactly: what it does to what, what changes, how far it reaches, what undoes it. */
export function CardAction({ action, several, narrowing, onNarrow }: Properties) {
  const dropped = narrowing.dropped.includes(action.number);
  const [before, after] = sides(action);
  const drop = (isKept: boolean) =>
    onNarrow?.({
      ...narrowing,
      dropped: isKept
        ? narrowing.dropped.filter((number) => number !== action.number)
        : [...narrowing.dropped, action.number],
    });
  const narrow = (name: string, text: string) =>
    onNarrow?.({
      ...narrowing,
      numbers: {
        ...narrowing.numbers,
        [action.number]: { ...narrowing.numbers[action.number], [name]: text === "" ? Number.NaN : Number(text) },
      },
    });
  return (
    <section aria-label={`Action ${action.number}`}>
      <SpaceBetween size="s">
        <Box variant="h3">
          {several ? `${action.number}. ` : ""}
          {words(action.what)} <Badge color={COLOURS[action.risk]}>{sentence(action.risk)} risk</Badge>
        </Box>
        {several && onNarrow ? (
          <Checkbox checked={!dropped} onChange={({ detail }) => drop(detail.checked)}>
            Keep this action
          </Checkbox>
        ) : null}
        <p className="text code">{callLine({ name: action.what, parameters: action.parameters })}</p>
        <p className="text">{action.why}</p>
        <KeyValuePairs
          columns={3}
          minColumnWidth={220}
          items={[
            { label: "Done to", value: <span className="code">{action.to_what}</span> },
            { label: "Effect", value: action.effect || "-" },
            {
              label: "Blast radius",
              value: `${sentence(action.blast_size)}${action.blast_radius.length ? `: ${action.blast_radius.join(", ")}` : ""}`,
            },
            ...(action.traffic ? [{ label: "Traffic", value: action.traffic }] : []),
            { label: "Undo", value: action.undone_by ? <span className="code">{callLine(action.undone_by)}</span> : action.undoing },
            ...(action.cost ? [{ label: "Cost", value: action.cost }] : []),
          ]}
        />
        <BeforeAfter before={before} after={after} />
        {onNarrow && !dropped
          ? Object.entries(action.may_be_narrowed).map(([name, room]) => {
              const value = narrowing.numbers[action.number]?.[name] ?? room.asked;
              const wrong = !isWithin(value, room);
              return (
                <FormField
                  key={name}
                  label={sentence(name)}
                  description="You may ask for less, never for more."
                  constraintText={roomTold(room)}
                  errorText={wrong ? roomTold(room) : undefined}
                >
                  <Input
                    type="number"
                    inputMode="numeric"
                    value={Number.isNaN(value) ? "" : String(value)}
                    onChange={({ detail }) => narrow(name, detail.value)}
                  />
                </FormField>
              );
            })
          : null}
      </SpaceBetween>
    </section>
  );
}
