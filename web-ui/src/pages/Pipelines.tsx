import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { useLoaded } from "../live/useLoaded";
import { sentence } from "../logic/words";
import { Filters } from "../parts/Filters";
import { Problem } from "../parts/Problem";
import { Rows } from "../parts/Rows";
import { Discover } from "../pipelines/Discover";
import { keepInAddress, useRoute } from "../shell/route";
import { useMay } from "../shell/SessionContext";
import { SharedCauses } from "./SharedCauses";

type Entry = Schemas["CatalogEntry"];

const NAMED = 5;

function shortened(names: string[]): string {
  const more = names.length - NAMED;
  return [...names.slice(0, NAMED), ...(more > 0 ? [`and ${more} more`] : [])].join(", ") || "-";
}

function fits(entry: Entry, text: string): boolean {
  const told = [entry.entry_id, entry.description, entry.owner, entry.kind].join(" ").toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => told.includes(word));
}

export default function Pipelines() {
  const may = useMay("approver");
  const { query } = useRoute();
  const onlyPipelines = query.get("show") !== "all";
  const [text, setText] = useState("");
  const found = useLoaded("catalog", () => answered(api().GET("/pipelines")));
  const items = (found.value?.items ?? []).filter(
    (one) => (!onlyPipelines || one.kind === "pipeline") && fits(one, text),
  );
  return (
    <SpaceBetween size="m">
      <Problem error={found.error} onRetry={found.reload} />
      <Rows<Entry>
        name="Catalog"
        variant="full-page"
        items={items}
        loading={!found.value && !found.error}
        trackBy="entry_id"
        header={
          <Header
            variant="h1"
            counter={found.value ? `(${items.length})` : ""}
            description="What ITOps knows of, and whose it is."
            actions={may ? <Button href="#/pipelines/new">Register a pipeline</Button> : undefined}
          >
            Pipelines and services
          </Header>
        }
        filter={
          <Filters label="Search the catalog" placeholder="Name, owner, kind" text={text} onText={setText}>
            <SegmentedControl
              label="Which entries"
              selectedId={onlyPipelines ? "pipelines" : "all"}
              options={[
                { id: "pipelines", text: "Pipelines" },
                { id: "all", text: "Everything" },
              ]}
              onChange={({ detail }) => keepInAddress({ show: detail.selectedId === "all" ? "all" : undefined })}
            />
          </Filters>
        }
        empty={text ? "Nothing fits." : `The catalog holds none${may ? ": register one, or look for unregistered ones below" : "; an approver registers them"}.`}
        columns={[
          {
            id: "name",
            header: "Name",
            minWidth: 240,
            cell: (one) => (
              <>
                <Link href={`#/pipelines/${encodeURIComponent(one.entry_id)}`}>{one.entry_id}</Link>
                <div className="quiet">{one.description}</div>
              </>
            ),
          },
          { id: "kind", header: "Kind", cell: (one) => sentence(one.kind) },
          { id: "owner", header: "Owner", cell: (one) => one.owner || "-" },
          { id: "tier", header: "Tier", cell: (one) => one.tier },
          { id: "needs", header: "Depends on", cell: (one) => shortened(one.depends_on) },
        ]}
      />
      <SharedCauses />
      <Discover onWritten={found.reload} />
    </SpaceBetween>
  );
}
