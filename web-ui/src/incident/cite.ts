import { keepInAddress } from "../shell/route";

const LONGEST = 500;

/** Opens a piece of evidence beside what cites it; the address keeps it. */
export function openEvidence(evidenceId: string, quote = "", span: readonly number[] | null = null, of?: string): void {
  const at = span?.length === 2 ? span.join("-") : undefined;
  keepInAddress({ evidence: evidenceId, case: of, at, quote: at ? undefined : quote.slice(0, LONGEST) || undefined });
}

export function closeEvidence(): void {
  keepInAddress({ evidence: undefined, case: undefined, at: undefined, quote: undefined });
}
