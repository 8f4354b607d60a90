import { EvidencePanel } from "../incident/EvidencePanel";
import { useRoute } from "../shell/route";

/** The evidence of questions and goals: the address names the case, or the page has only one. */
export function CaseEvidence({ of }: { of?: string }) {
  const { query } = useRoute();
  const id = query.get("case") ?? of ?? "";
  return /^INC-[0-9A-F]{8}$/.test(id) ? <EvidencePanel incident={{ incident_id: id }} /> : null;
}
