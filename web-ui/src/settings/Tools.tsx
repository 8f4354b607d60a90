import Badge from "@cloudscape-design/components/badge";
import Select from "@cloudscape-design/components/select";
import { useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { useLoaded } from "../live/useLoaded";
import { MODE_OF, toolsWith } from "../logic/settings";
import { sentence, words } from "../logic/words";
import { Filters } from "../parts/Filters";
import { Listing } from "../parts/Listing";
import { Problem } from "../parts/Problem";

type Tool = Schemas["ToolView"];

const ALL = { value: "", label: "Every agent, and people" };
const AGENTS = [
  ALL,
  ...Object.entries(MODE_OF).map(([value, mode]) => ({ value, label: sentence(value), description: `Works in ${mode}` })),
];

/** Which tools there are, and which agents may call them. */
export function Tools() {
  const found = useLoaded("tools", () => answered(api().GET("/tools")));
  const [text, setText] = useState("");
  const [agent, setAgent] = useState("");
  const all = found.value?.items;
  return (
    <>
      <Problem error={found.error} onRetry={found.reload} />
      <Listing<Tool>
        title="Tools"
        description="Code refuses every other call, whatever a model or a log line says. No agent has a tool that changes a system: actions go through the policies."
        items={all && toolsWith(all, text, agent)}
        failed={Boolean(found.error)}
        trackBy="name"
        empty="No tool fits."
        filter={
          <Filters label="Search the tools" placeholder="Name or purpose" text={text} onText={setText}>
            <Select
              ariaLabel="Which agent"
              selectedOption={AGENTS.find(({ value }) => value === agent) ?? ALL}
              options={AGENTS}
              onChange={({ detail }) => setAgent(detail.selectedOption.value ?? "")}
            />
          </Filters>
        }
        columns={[
          { id: "name", header: "Tool", minWidth: 220, cell: (one) => <span className="code">{one.name}</span> },
          { id: "purpose", header: "What for", minWidth: 280, cell: (one) => one.purpose },
          { id: "server", header: "Server", cell: (one) => sentence(one.server) },
          {
            id: "manner",
            header: "Manner",
            minWidth: 90,
            cell: (one) => <Badge color={one.manner === "looks" ? "grey" : "blue"}>{one.manner}</Badge>,
          },
          {
            id: "agents",
            header: "Agents",
            minWidth: 180,
            cell: (one) =>
              one.agents.length ? (
                one.agents.map(words).join(", ")
              ) : (
                "None: code and people alone"
              ),
          },
        ]}
      />
    </>
  );
}
