import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";
import Modal from "@cloudscape-design/components/modal";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Schemas } from "../api/client";
import { moment, sentence } from "../logic/words";
import { keepInAddress } from "../shell/route";

type Article = Schemas["FoundArticle"];

function close() {
  keepInAddress({ article: undefined });
}

/** How far an article is trusted, and where it comes from. */
export function Trust({ article }: { article: Article }) {
  return (
    <SpaceBetween size="xxs">
      <SpaceBetween direction="horizontal" size="xs">
        <Badge color={article.kind === "runbook" ? "blue" : "grey"}>{sentence(article.kind)}</Badge>
        <span className="quiet">{article.services.join(", ") || "any service"}</span>
      </SpaceBetween>
      <ProgressBar value={article.trust_percent} variant="standalone" label="Trust" />
    </SpaceBetween>
  );
}

function Part({ title, text }: { title: string; text: string }) {
  if (!text) return null;
  return (
    <section>
      <Box variant="h3">{title}</Box>
      <p className="text">{text}</p>
    </section>
  );
}

export function ArticleView({ article }: { article: Article | undefined }) {
  return (
    <Modal
      visible={Boolean(article)}
      size="large"
      header={article?.title ?? ""}
      closeAriaLabel="Close the article"
      onDismiss={close}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={close}>
            Close
          </Button>
        </Box>
      }
    >
      {article ? (
        <SpaceBetween size="m">
          <Trust article={article} />
          <p className="text quiet">
            {article.article_id}
            {article.learned_at ? `, learned ${moment(article.learned_at)}` : ""}
            {article.source_incident ? (
              <>
                {" from "}
                <Link href={`#/incidents/${article.source_incident}`}>{article.source_incident}</Link>
              </>
            ) : null}
          </p>
          <Part title="Symptoms" text={article.symptoms} />
          <Part title="Cause" text={article.cause} />
          <Part title="Fix" text={article.fix} />
          <Part title="More" text={article.body} />
        </SpaceBetween>
      ) : null}
    </Modal>
  );
}
