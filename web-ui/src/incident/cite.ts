import { keepInAddress } from "../shell/route";

/** Opens a piece of evidence beside what cites it; the address keeps it. */
export function openEvidence(evidenceId: string, quote = ""): void {
  keepInAddress({ evidence: evidenceId, quote: quote.slice(0, 500) || undefined });
}

export function closeEvidence(): void {
  keepInAddress({ evidence: undefined, quote: undefined });
}
