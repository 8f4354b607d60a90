// Every page, each in a chunk of its own.

import { type ComponentType, lazy } from "react";
import { Incidents } from "../pages/Incidents";

export interface PageProps {
  /** What stands in the address behind the page's name, such as an incident's id. */
  subject: string;
}

interface Page {
  form: RegExp;
  title: string;
  content: ComponentType<PageProps>;
  kind?: "form" | "table" | "default";
}

export const PAGES: Page[] = [
  { form: /^\/incidents$/, title: "Incidents", content: Incidents, kind: "table" },
  {
    form: /^\/(?:incidents\/)?new$/,
    title: "Open an incident",
    content: lazy(() => import("../pages/NewIncident")),
    kind: "form",
  },
  {
    form: /^\/incidents\/(INC-[0-9A-F]{8})$/,
    title: "Incident",
    content: lazy(() => import("../incident/Incident")),
  },
  { form: /^\/approvals$/, title: "Approvals", content: lazy(() => import("../pages/Approvals")) },
  {
    form: /^\/approvals\/(APR-[0-9A-F]{8})$/,
    title: "Approval",
    content: lazy(() => import("../pages/Approval")),
  },
  { form: /^\/chat$/, title: "Chat", content: lazy(() => import("../chat/Chat")) },
  { form: /^\/chat\/([\w-]+)$/, title: "Chat", content: lazy(() => import("../chat/Chat")) },
  { form: /^\/runs$/, title: "Runs", content: lazy(() => import("../runs/Runs")) },
  { form: /^\/runs\/([\w-]+)$/, title: "Run", content: lazy(() => import("../runs/Run")) },
  { form: /^\/pipelines$/, title: "Pipelines", content: lazy(() => import("../pages/Pipelines")) },
  {
    form: /^\/pipelines\/new$/,
    title: "Register a pipeline",
    content: lazy(() => import("../pipelines/Register")),
    kind: "form",
  },
  {
    form: /^\/pipelines\/([^/]+\/executions\/[^/]+)$/,
    title: "Execution",
    content: lazy(() => import("../pipelines/Execution")),
  },
  { form: /^\/pipelines\/(.+)$/, title: "Pipeline", content: lazy(() => import("../pages/Pipeline")) },
  { form: /^\/fleet$/, title: "Fleet", content: lazy(() => import("../pages/Fleet")) },
  { form: /^\/fleet\/([\w:-]+)$/, title: "Device", content: lazy(() => import("../fleet/Device")) },
  { form: /^\/knowledge$/, title: "Knowledge", content: lazy(() => import("../pages/Knowledge")) },
  { form: /^\/stats$/, title: "Statistics", content: lazy(() => import("../pages/Stats")) },
  { form: /^\/settings$/, title: "Settings", content: lazy(() => import("../pages/Settings")) },
];

export interface Link {
  text: string;
  href: string;
}

export const LINKS: Link[] = [
  { text: "Incidents", href: "#/incidents" },
  { text: "Approvals", href: "#/approvals" },
  { text: "Chat", href: "#/chat" },
  { text: "Runs", href: "#/runs" },
  { text: "Pipelines", href: "#/pipelines" },
  { text: "Fleet", href: "#/fleet" },
  { text: "Knowledge", href: "#/knowledge" },
  { text: "Statistics", href: "#/stats" },
  { text: "Settings", href: "#/settings" },
];

export function pageAt(path: string): { page: Page; subject: string } | undefined {
  for (const page of PAGES) {
    const found = page.form.exec(path);
    if (found) return { page, subject: found[1] ?? "" };
  }
  return undefined;
}
