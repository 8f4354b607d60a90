import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Cards from "@cloudscape-design/components/cards";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Link from "@cloudscape-design/components/link";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { useLoaded } from "../live/useLoaded";
import { Problem } from "../parts/Problem";
import { keepInAddress, useRoute } from "../shell/route";
import { useMay } from "../shell/SessionContext";
import { ArticleView, Trust } from "./ArticleView";
import { NewArticle } from "./NewArticle";
import "./filters.css";

type Article = Schemas["FoundArticle"];

const KINDS = [
  { id: "", text: "All" },
  { id: "article", text: "Articles" },
  { id: "runbook", text: "Runbooks" },
];

export default function Knowledge() {
  const { query } = useRoute();
  const may = useMay("responder");
  const text = query.get("text") ?? "";
  const kind = query.get("kind") ?? "";
  const [typed, setTyped] = useState(text);
  const found = useLoaded(`${text} ${kind}`, () =>
    answered(
      api().GET("/knowledge", {
        params: {
          query: {
            limit: 200,
            ...(text ? { query: text } : {}),
            ...(kind ? { kind: kind as Article["kind"] } : {}),
          },
        },
      }),
    ),
  );
  const items = found.value?.items ?? [];
  const open = items.find((one) => one.article_id === query.get("article"));
  return (
    <SpaceBetween size="m">
      <Problem error={found.error} onRetry={found.reload} />
      <Cards<Article>
        variant="full-page"
        items={items}
        loading={!found.value && !found.error}
        loadingText="Loading what is known"
        trackBy="article_id"
        cardsPerRow={[{ cards: 1 }, { minWidth: 760, cards: 2 }, { minWidth: 1500, cards: 3 }]}
        ariaLabels={{ selectionGroupLabel: "Knowledge", itemSelectionLabel: (_, one) => one.title }}
        header={
          <Header
            variant="h1"
            counter={found.value ? `(${items.length})` : ""}
            description="Articles learned from incidents or written by people, and runbooks."
            actions={
              may ? (
                <Button variant="primary" onClick={() => keepInAddress({ article: "new" })}>
                  Write an article
                </Button>
              ) : undefined
            }
          >
            Knowledge
          </Header>
        }
        filter={
          <form
            className="filters"
            onSubmit={(event) => {
              event.preventDefault();
              keepInAddress({ text: typed.trim() || undefined });
            }}
          >
            <div className="filters-text">
              <Input
                type="search"
                value={typed}
                ariaLabel="Search the knowledge"
                clearAriaLabel="Clear the search"
                placeholder="Symptom, error, service; then Enter"
                onChange={({ detail }) => {
                  setTyped(detail.value);
                  if (!detail.value) keepInAddress({ text: undefined });
                }}
              />
            </div>
            <SegmentedControl
              label="Which kind"
              selectedId={kind}
              options={KINDS}
              onChange={({ detail }) => keepInAddress({ kind: detail.selectedId || undefined })}
            />
          </form>
        }
        empty={<Box textAlign="center">{text ? "Nothing fits these words." : "Nothing is known yet."}</Box>}
        cardDefinition={{
          header: (one) => (
            <Link
              fontSize="heading-s"
              href={`#/knowledge?article=${one.article_id}`}
              onFollow={(event) => {
                event.preventDefault();
                keepInAddress({ article: one.article_id });
              }}
            >
              {one.title}
            </Link>
          ),
          sections: [
            { id: "trust", content: (one) => <Trust article={one} /> },
            { id: "about", content: (one) => <p className="text">{(one.cause || one.symptoms).slice(0, 220)}</p> },
          ],
        }}
      />
      <ArticleView article={open} />
      <NewArticle open={query.get("article") === "new"} onAdded={found.reload} />
    </SpaceBetween>
  );
}
