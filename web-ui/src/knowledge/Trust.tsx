import Badge from "@cloudscape-design/components/badge";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Schemas } from "../api/client";
import { sentence } from "../logic/words";

/** How far an article is trusted, and what it is about. */
export function Trust({ article, now }: { article: Schemas["Article"]; now?: number }) {
  const faded = now !== undefined && now < article.trust_percent;
  return (
    <SpaceBetween size="xxs">
      <SpaceBetween direction="horizontal" size="xs">
        <Badge color={article.kind === "runbook" ? "blue" : "grey"}>{sentence(article.kind)}</Badge>
        {article.withdrawn ? <Badge color="red">Withdrawn</Badge> : null}
        <span className="quiet text">{article.services?.join(", ") || "any service"}</span>
      </SpaceBetween>
      <ProgressBar
        value={article.trust_percent}
        variant="standalone"
        label="Trust"
        additionalInfo={faded ? `By now ${now} %: what was learned is trusted half as much after half a year` : undefined}
      />
    </SpaceBetween>
  );
}
