// What a person types of an incident, and what is wrong with it.

export interface Typed {
  title: string;
  description: string;
  severity: string;
  services: string[];
  detectedBy: string;
  /** Sent with it, so that sending it twice opens one incident. */
  key: string;
}

export type Faults = Partial<Record<"title" | "description" | "services" | "detectedBy", string>>;

export const SERVICE = /^[A-Za-z0-9][A-Za-z0-9._\-/:]{0,199}$/;
export const LONGEST = { title: 300, description: 10_000, detectedBy: 100, services: 50 };

export function faultsOf(typed: Typed): Faults {
  const faults: Faults = {};
  const title = typed.title.trim();
  if (!title) faults.title = "Say in a line what is wrong.";
  else if (title.length > LONGEST.title) faults.title = `At most ${LONGEST.title} characters.`;
  if (typed.description.length > LONGEST.description) faults.description = `At most ${LONGEST.description} characters.`;
  const wrong = typed.services.find((name) => !SERVICE.test(name));
  if (typed.services.length === 0) faults.services = "Name at least one affected service.";
  else if (wrong !== undefined) faults.services = `${JSON.stringify(wrong)} is no service name: letters, digits, . _ - / : only.`;
  else if (typed.services.length > LONGEST.services) faults.services = `At most ${LONGEST.services} services.`;
  if (typed.detectedBy.trim().length > LONGEST.detectedBy) faults.detectedBy = `At most ${LONGEST.detectedBy} characters.`;
  return faults;
}

export function namesIn(text: string): string[] {
  return text
    .split(/[\s,;]+/)
    .map((name) => name.trim())
    .filter(Boolean);
}
