import Alert from "@cloudscape-design/components/alert";
import { type Role, useSession } from "../shell/SessionContext";

const NAMES: Record<Role, string> = {
  viewer: "a viewer",
  responder: "a responder",
  approver: "an approver",
  admin: "an administrator",
};

interface Properties {
  /** Such as: opening an incident. */
  task: string;
  needed: Role;
}

/** Who may do something, told to somebody who may not: in place of a form filled in vain. */
export function Barred({ task, needed }: Properties) {
  const session = useSession();
  return (
    <Alert type="warning" header={`${task} needs the role of ${NAMES[needed]}`}>
      {session ? `You are signed in as ${session.name}, ${NAMES[session.role]}${session.role === "viewer" ? ": you may look" : ""}. ` : ""}
      {needed === "admin" ? "Ask one of them." : "Ask somebody who has that role or a higher one; an administrator gives roles."}
    </Alert>
  );
}
