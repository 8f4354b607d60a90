import { api } from "../api/client";
import { errorOf } from "../api/problem";

const KINDS = {
  markdown: ["text/markdown", "md"],
  html: ["text/html", "html"],
  json: ["application/json", "json"],
} as const;

/** Lets the browser keep the report as a file. */
export async function saveReport(incidentId: string, format: keyof typeof KINDS): Promise<void> {
  const { data, response } = await api().GET("/incidents/{incident_id}/report", {
    params: { path: { incident_id: incidentId }, query: { format } },
    parseAs: "text",
  });
  if (!response.ok || typeof data !== "string") throw errorOf(undefined, response.status);
  const [type, ending] = KINDS[format];
  const place = URL.createObjectURL(new Blob([data], { type }));
  const link = document.createElement("a");
  link.href = place;
  link.download = `${incidentId}.${ending}`;
  link.click();
  URL.revokeObjectURL(place);
}
