import { createContext, use } from "react";
import type { Schemas } from "../api/client";

export type Role = Schemas["Role"];
export type Session = Schemas["Session"];

export const SessionContext = createContext<Session | undefined>(undefined);

const RANK: Role[] = ["viewer", "responder", "approver", "admin"];

/** Whether the role is known to be enough to offer something; the API decides what is allowed. */
export function mayDo(session: Session | undefined, needed: Role): boolean {
  return session !== undefined && RANK.indexOf(session.role) >= RANK.indexOf(needed);
}

export function useMay(needed: Role): boolean {
  return mayDo(use(SessionContext), needed);
}

/** Whether the role is known not to be enough: then nobody should fill a form in vain. */
export function useMayNot(needed: Role): boolean {
  const session = use(SessionContext);
  return session !== undefined && !mayDo(session, needed);
}

export function useSession(): Session | undefined {
  return use(SessionContext);
}
