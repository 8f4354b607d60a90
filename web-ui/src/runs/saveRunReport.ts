import { api } from "../api/client";
import { errorOf } from "../api/problem";
import { keepAsFile } from "../parts/keepAsFile";

const ENDINGS = { markdown: "md", html: "html", json: "json" } as const;

/** Lets the browser keep a run's report as a file. */
export async function saveRunReport(runId: string, format: keyof typeof ENDINGS): Promise<void> {
  const { data, response } = await api().GET("/runs/{run_id}/report", {
    params: { path: { run_id: runId }, query: { format } },
    parseAs: "text",
  });
  if (!response.ok || typeof data !== "string") throw errorOf(undefined, response.status);
  keepAsFile(runId, ENDINGS[format], data);
}
