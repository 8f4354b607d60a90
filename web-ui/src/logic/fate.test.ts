import { describe, expect, it } from "vitest";
import { type Acted, type Answered, fateOf, lastWord } from "./fate";

const restart = { name: "restart_ecs_service", parameters: { cluster: "shop", service: "payment" } };
const scale = { name: "scale_ecs_service", parameters: { service: "payment", desired_count: 8 } };

const approved: Answered = {
  status: "approved",
  plan: { round: 1, actions: [{ action: restart }] },
  decisions: [{ decided_by: "ann", approved: true, reason: "looks right" }],
  void_reason: null,
  card: { agreed: ["ann"] },
};

function after(...statuses: Acted["actions"][number]["status"][]): Acted {
  const told = { round: 1, in_vain: false, message: "actions are switched off" };
  const actions = statuses.map((status, number) => ({ ...told, action: number ? scale : restart, status }));
  return { closed_at: null, resolution: null, escalation: null, actions };
}

describe("what became of an approved plan", () => {
  it("is good only where every action was carried out", () => {
    expect(fateOf(approved, after("done"), null)?.kind).toBe("good");
    for (const status of ["started", "failed", "refused", "void", "undone"] as const) {
      expect(fateOf(approved, after(status), null)?.kind).not.toBe("good");
    }
    expect(fateOf(approved, after(), null)?.kind).toBe("open");
    expect(fateOf(approved, undefined, null)?.kind).toBe("open");
  });

  it("says that it was refused, and why", () => {
    const fate = fateOf(approved, after("refused"), null);

    expect(fate).toEqual({
      kind: "halted",
      title: "Approved, but refused when it was to be carried out",
      why: "actions are switched off",
    });
  });

  it("tells how many of several actions stand", () => {
    const two = { ...approved, plan: { round: 1, actions: [{ action: restart }, { action: scale }] } };

    expect(fateOf(two, after("done", "failed"), null)?.why).toContain("1 of 2 actions");
    expect(fateOf(two, { ...after("done"), closed_at: "2026-11-20T12:00:00Z" }, null)?.title).toContain("only 1 of 2");
  });

  it("goes by the plan's own actions in its own round", () => {
    const other = { ...after("done"), actions: after("refused").actions.map((one) => ({ ...one, round: 2 })) };
    const turned = { ...restart, parameters: { service: "payment", cluster: "shop" } };
    const undo = { ...after("done", "done"), actions: [...after("done").actions, { ...after("failed").actions[0], action: scale }] } as Acted;

    expect(fateOf(approved, other, null)?.kind).toBe("open");
    expect(fateOf({ ...approved, plan: { round: 1, actions: [{ action: turned }] } }, after("done"), null)?.kind).toBe("good");
    expect(fateOf(approved, undo, null)?.kind).toBe("good");
  });

  it("says where the incident ended first, and where nothing is carried out now", () => {
    const ended = { ...after(), closed_at: "2026-11-20T12:00:00Z", resolution: "ann mended it by hand" };

    expect(fateOf(approved, ended, null)).toEqual({ kind: "halted", title: "Approved, but never carried out", why: "ann mended it by hand" });
    expect(fateOf(approved, after(), "actions are switched off")?.kind).toBe("halted");
  });
});

describe("what became of a question", () => {
  it("tells why an approved one is void, rather than who approved it", () => {
    const fate = fateOf({ ...approved, status: "void", void_reason: "8 tasks run, not 3" }, undefined, null);

    expect(fate).toEqual({ kind: "halted", title: "Approved, but void: it was not carried out", why: "8 tasks run, not 3" });
  });

  it("is nothing yet while it waits, and never good without a yes", () => {
    const fates = (["pending", "denied", "expired", "void"] as const).map((status) => fateOf({ ...approved, status }, after(), null)?.kind);

    expect(fates).toEqual([undefined, "open", "open", "halted"]);
    expect(lastWord(approved)).toBe("ann agreed: looks right");
  });
});
