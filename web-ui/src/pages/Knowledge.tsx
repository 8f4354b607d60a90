import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Cards from "@cloudscape-design/components/cards";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { ArticleForm } from "../knowledge/ArticleForm";
import { ArticleView } from "../knowledge/ArticleView";
import { Trust } from "../knowledge/Trust";
import { useLoaded } from "../live/useLoaded";
import { Barred } from "../parts/Barred";
import { Filters } from "../parts/Filters";
import { Problem } from "../parts/Problem";
import { keepInAddress, useRoute } from "../shell/route";
import { useMay, useMayNot } from "../shell/SessionContext";

type Article = Schemas["FoundArticle"];

const AT_ONCE = 24;
const KINDS = [
  { id: "", text: "All" },
  { id: "article", text: "Articles" },
  { id: "runbook", text: "Runbooks" },
  { id: "withdrawn", text: "Withdrawn" },
];

function emptyTold(text: string, kind: string): string {
  if (kind === "withdrawn") return "Nothing is withdrawn.";
  return text ? "Nothing fits these words. Search for a symptom, an error or a service." : "Nothing is known yet.";
}

export default function Knowledge() {
  const { query } = useRoute();
  const may = useMay("responder");
  const mayNot = useMayNot("responder");
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
            ...(kind === "withdrawn" ? { withdrawn: true } : kind ? { kind: kind as Article["kind"] } : {}),
          },
        },
      }),
    ),
  );
  const items = found.value?.items ?? [];
  const [shown, setShown] = useState(AT_ONCE);
  const open = query.get("article") ?? "";
  const close = () => keepInAddress({ article: undefined });
  return (
    <SpaceBetween size="m">
      <Problem error={found.error} onRetry={found.reload} />
      {open === "new" && mayNot ? <Barred task="Writing an article" needed="responder" /> : null}
      <Cards<Article>
        variant="full-page"
        items={items.slice(0, shown)}
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
            onSubmit={(event) => {
              event.preventDefault();
              keepInAddress({ text: typed.trim() || undefined });
            }}
          >
            <Filters
              label="Search the knowledge"
              placeholder="Symptom, error, service; then Enter"
              text={typed}
              onText={(now) => {
                setTyped(now);
                if (!now) keepInAddress({ text: undefined });
              }}
            >
              <SegmentedControl
                label="Which kind"
                selectedId={kind}
                options={KINDS}
                onChange={({ detail }) => keepInAddress({ kind: detail.selectedId || undefined })}
              />
            </Filters>
          </form>
        }
        empty={<Box textAlign="center">{emptyTold(text, kind)}</Box>}
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
      {items.length > shown ? (
        <Box textAlign="center">
          <Button onClick={() => setShown(shown + AT_ONCE)}>
            Show more ({items.length - shown} left)
          </Button>
        </Box>
      ) : null}
      {open === "new" && !mayNot ? (
        <ArticleForm
          onClose={close}
          onSaved={() => {
            close();
            found.reload();
          }}
        />
      ) : open && open !== "new" ? (
        <ArticleView key={open} id={open} onClose={close} onChanged={found.reload} />
      ) : null}
    </SpaceBetween>
  );
}
