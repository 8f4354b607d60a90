import { api } from "../api/client";
import { errorOf } from "../api/problem";
import { keepAsFile } from "../parts/keepAsFile";

const ENDINGS = { markdown: "md", html: "html", json: "json" } as const;

/** Lets the browser keep the report as a file. */
export async function saveReport(incidentId: string, format: keyof typeof ENDINGS): Promise<void> {
  const { data, response } = await api().GET("/incidents/{incident_id}/report", {
    params: { path: { incident_id: incidentId }, query: { format } },
    parseAs: "text",
  });
  if (!response.ok || typeof data !== "string") throw errorOf(undefined, response.status);
  keepAsFile(incidentId, ENDINGS[format], data);
}
