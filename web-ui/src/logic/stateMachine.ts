// The workflow's definition, cut down to what is drawn, and laid out by dagre.

export interface DrawnState {
  name: string;
  type: string;
  comment: string;
  waits: boolean;
  /** The Map or Parallel that it stands in, and which branch of it. */
  inside?: string;
  branch?: number | null;
}

export interface DrawnEdge {
  from: string;
  to: string;
  label: string;
  kind: "next" | "choice" | "catch";
}

export interface Drawable {
  start: string;
  states: DrawnState[];
  edges: DrawnEdge[];
}

interface Choice {
  Condition?: string;
  Next: string;
}

interface State {
  Type: string;
  Comment?: string;
  Resource?: string;
  Next?: string;
  Default?: string;
  Choices?: Choice[];
  Catch?: { ErrorEquals: string[]; Next: string }[];
}

export interface Definition {
  StartAt: string;
  States: Record<string, State>;
}

const outcomes = /(?:outcome|state)\s*=\s*'([^']+)'/g;

function labelOf(choice: Choice): string {
  const told = [...(choice.Condition ?? "").matchAll(outcomes)].map((found) => found[1] ?? "");
  return told.join(", ");
}

function errorsOf(names: string[]): string {
  return names.includes("States.ALL") ? "failure" : names.map((name) => name.replace("States.", "").toLowerCase()).join(", ");
}

function edgesOf(name: string, state: State): DrawnEdge[] {
  const edges: DrawnEdge[] = [];
  const lead = (to: string | undefined, label: string, kind: DrawnEdge["kind"]) => {
    if (!to) return;
    const known = edges.find((edge) => edge.to === to && edge.kind === kind);
    if (!known) edges.push({ from: name, to, label, kind });
    else if (label && !known.label.includes(label)) known.label = known.label ? `${known.label}, ${label}` : label;
  };
  lead(state.Next, "", "next");
  for (const choice of state.Choices ?? []) lead(choice.Next, labelOf(choice), "choice");
  lead(state.Default, "else", "choice");
  for (const caught of state.Catch ?? []) lead(caught.Next, errorsOf(caught.ErrorEquals), "catch");
  return edges;
}

export function drawable(definition: Definition): Drawable {
  const states = Object.entries(definition.States);
  return {
    start: definition.StartAt,
    states: states.map(([name, state]) => ({
      name,
      type: state.Type,
      comment: state.Comment ?? "",
      waits: (state.Resource ?? "").includes("waitForTaskToken"),
    })),
    edges: states.flatMap(([name, state]) => edgesOf(name, state)),
  };
}
