// What became of a question: how people answered it, and whether what they allowed was done.

interface Call {
  name: string;
  parameters?: Record<string, unknown>;
}

export interface Answered {
  status: "pending" | "approved" | "denied" | "expired" | "void";
  plan: { round: number; actions: { action: Call }[] };
  decisions: { decided_by: string; approved: boolean; reason: string }[];
  void_reason: string | null;
  card: { agreed: string[] };
}

export interface Acted {
  closed_at: string | null;
  resolution: string | null;
  escalation: { reason: string } | null;
  actions: {
    round: number;
    action: Call;
    status: "started" | "done" | "failed" | "refused" | "void" | "undone";
    message: string;
    in_vain: boolean;
  }[];
}

/** `good` alone is green. */
export interface Fate {
  kind: "good" | "open" | "halted" | "bad";
  title: string;
  why: string;
}

type Deed = Acted["actions"][number];

const STOPPED: Partial<Record<Deed["status"], Pick<Fate, "kind" | "title">>> = {
  failed: { kind: "bad", title: "Approved, but it failed" },
  refused: { kind: "halted", title: "Approved, but refused when it was to be carried out" },
  void: { kind: "halted", title: "Approved, but void: things had changed by then" },
  undone: { kind: "halted", title: "Approved and carried out, then taken back" },
};

function told({ name, parameters }: Call): string {
  return JSON.stringify([name, Object.entries(parameters ?? {}).toSorted()]);
}

/** What was done of a plan; what took it back is an action of its own, and none of these. */
function deedsOf({ plan }: Answered, { actions }: Acted): Deed[] {
  return actions.filter((deed) => deed.round === plan.round && plan.actions.some(({ action }) => told(action) === told(deed.action)));
}

function ofApproved(answered: Answered, incident: Acted, off: string | null): Fate {
  const deeds = deedsOf(answered, incident);
  const [asked, done] = [answered.plan.actions.length, deeds.filter(({ status }) => status === "done").length];
  for (const status of ["failed", "refused", "void", "undone"] as const) {
    const deed = deeds.find((one) => one.status === status);
    const stopped = STOPPED[status];
    if (!deed || !stopped) continue;
    const share = asked > 1 && status !== "undone" ? `${done} of ${asked} actions stand as carried out. ` : "";
    return { ...stopped, why: `${share}${deed.message}` };
  }
  if (done >= asked) {
    return deeds.some((one) => one.in_vain)
      ? { kind: "halted", title: "Approved and carried out, but it did not help", why: "" }
      : { kind: "good", title: "Approved and carried out", why: "" };
  }
  if (incident.closed_at) {
    const title = done ? `Approved, but only ${done} of ${asked} actions were carried out` : "Approved, but never carried out";
    return { kind: "halted", title, why: incident.resolution ?? incident.escalation?.reason ?? "The incident ended before." };
  }
  if (off) return { kind: "halted", title: "Approved, but nothing is carried out now", why: off };
  return { kind: "open", title: deeds.length ? "Approved; it is being carried out" : "Approved; it is about to be carried out", why: "" };
}

/** Tells it; `off` says why nothing is carried out at all, if so. */
export function fateOf(answered: Answered, incident: Acted | undefined, off: string | null): Fate | undefined {
  switch (answered.status) {
    case "pending":
      return undefined;
    case "denied":
      return { kind: "open", title: "The plan was denied", why: "" };
    case "expired":
      return { kind: "open", title: "Nobody decided in time: the question expired", why: "" };
    case "void": {
      const title = answered.card.agreed.length ? "Approved, but void: it was not carried out" : "The question is void";
      return { kind: "halted", title, why: answered.void_reason ?? "" };
    }
    case "approved":
      return incident ? ofApproved(answered, incident, off) : { kind: "open", title: "The plan was approved", why: "" };
  }
}

/** The last word on a question, with who gave it. */
export function lastWord({ decisions }: Answered): string {
  const last = decisions.at(-1);
  return last ? `${last.decided_by} ${last.approved ? "agreed" : "said no"}: ${last.reason}` : "";
}
