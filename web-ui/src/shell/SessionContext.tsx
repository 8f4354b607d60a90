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

export function useSession(): Session | undefined {
  return use(SessionContext);
}
