// What a person types of a pipeline or service, and what is wrong with it.

export interface Typed {
  name: string;
  kind: string;
  arn: string;
  owner: string;
  tier: string;
  description: string;
  logGroups: string;
  dependsOn: string[];
  runbook: string;
  repeatable: string;
  /** Sent with it, so that sending it twice registers it once. */
  key: string;
}

export type Faults = Partial<Record<"name" | "arn" | "owner" | "description" | "logGroups" | "dependsOn" | "runbook", string>>;

export const KINDS = ["pipeline", "lambda", "ecs_service", "table", "queue", "api", "database", "external", "other"] as const;
export type Kind = (typeof KINDS)[number];

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;
const ARN = /^arn:[a-z-]+:states:[a-z0-9-]+:\d{12}:stateMachine:[A-Za-z0-9_.-]{1,80}$/;
const SERVICE = /^[A-Za-z0-9][A-Za-z0-9._\-/:]{0,199}$/;
const LINE = 300;
const MOST = { logGroups: 20, dependsOn: 50, description: 10_000 };

export function linesIn(text: string): string[] {
  return text
    .split(/[\s,;]+/)
    .map((line) => line.trim())
    .filter(Boolean);
}

function tooLong(text: string): string | undefined {
  return text.trim().length > LINE ? `At most ${LINE} characters.` : undefined;
}

function faultOfArn({ kind, arn }: Typed): string | undefined {
  const given = arn.trim();
  if (!given) return kind === "pipeline" ? "A pipeline needs the ARN of its state machine." : undefined;
  return ARN.test(given) ? undefined : "This is no ARN of a state machine: arn:aws:states:region:account:stateMachine:name.";
}

function faultOfName(name: string): string | undefined {
  if (!name.trim()) return "Say what alarms and people call it.";
  return NAME.test(name.trim()) ? undefined : "Letters, digits, . _ - only; the first is a letter or digit.";
}

export function faultsOf(typed: Typed): Faults {
  const groups = linesIn(typed.logGroups);
  const wrong = typed.dependsOn.find((one) => !SERVICE.test(one));
  const found: Record<keyof Faults, string | undefined> = {
    name: faultOfName(typed.name),
    arn: faultOfArn(typed),
    owner: tooLong(typed.owner),
    description: typed.description.length > MOST.description ? `At most ${MOST.description} characters.` : undefined,
    logGroups:
      groups.length > MOST.logGroups ? `At most ${MOST.logGroups} log groups.` : groups.map(tooLong).find(Boolean),
    dependsOn:
      wrong === undefined
        ? typed.dependsOn.length > MOST.dependsOn
          ? `At most ${MOST.dependsOn} of them.`
          : undefined
        : `${JSON.stringify(wrong)} is no name: letters, digits, . _ - / : only.`,
    runbook: tooLong(typed.runbook),
  };
  return Object.fromEntries(Object.entries(found).filter(([, fault]) => fault !== undefined));
}

export function bodyOf(typed: Typed) {
  const repeatable = typed.repeatable === "" ? null : typed.repeatable === "yes";
  return {
    entry_id: typed.name.trim(),
    kind: typed.kind as Kind,
    state_machine_arn: typed.arn.trim() || null,
    resource: null,
    tier: Number(typed.tier),
    owner: typed.owner.trim(),
    description: typed.description.trim(),
    log_groups: linesIn(typed.logGroups),
    depends_on: typed.dependsOn,
    runbook: typed.runbook.trim() || null,
    repeatable,
  };
}
