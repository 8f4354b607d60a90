import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Link from "@cloudscape-design/components/link";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import { answered, api, type Schemas } from "../api/client";
import { useDraft } from "../live/useDraft";
import { useLoaded } from "../live/useLoaded";
import { useSending } from "../live/useSending";
import { moment } from "../logic/words";
import { FormModal } from "../parts/FormModal";
import { Loaded } from "../parts/Loaded";
import { Prose } from "../parts/Prose";
import { useMay } from "../shell/SessionContext";
import { ArticleForm } from "./ArticleForm";
import { TrustHistory, UsedIn } from "./Past";
import { Trust } from "./Trust";

type Article = Schemas["Article"];

function Part({ title, text }: { title: string; text: string | undefined }) {
  if (!text) return null;
  return (
    <section>
      <Box variant="h3">{title}</Box>
      <p className="text">{text}</p>
    </section>
  );
}

/** Taking an article out of use, or putting it back: both want a reason. */
function Withdrawing({ article, onClose, onDone }: { article: Article; onClose: () => void; onDone: () => void }) {
  const back = Boolean(article.withdrawn);
  const [typed, change, discard] = useDraft("withdraw", { reason: "" });
  const [asked, setAsked] = useState(false);
  const { sending, error, send } = useSending();
  const missing = asked && !typed.reason.trim() ? "Say why; it stands in the audit log." : undefined;
  const submit = () => {
    setAsked(true);
    if (!typed.reason.trim()) return;
    void send(async () => {
      const sent = { params: { path: { article_id: article.article_id } }, body: { reason: typed.reason.trim() } };
      await answered(
        back ? api().POST("/knowledge/{article_id}/restore", sent) : api().POST("/knowledge/{article_id}/withdraw", sent),
      );
      discard();
      onDone();
    });
  };
  return (
    <FormModal
      header={back ? "Put it into use again?" : "Take it out of use?"}
      submit={back ? "Restore it" : "Withdraw it"}
      sending={sending}
      error={error}
      onSubmit={submit}
      onClose={onClose}
    >
      <Box>
        {back
          ? "Agents are told of it again where it fits, as far as it is trusted."
          : "Agents are not told of it any more. Nothing of it is lost; it can be restored."}
      </Box>
      <FormField label="Why" errorText={missing} stretch>
        <Textarea rows={2} value={typed.reason} onChange={({ detail }) => change({ reason: detail.value })} />
      </FormField>
    </FormModal>
  );
}

function Text({ details }: { details: Schemas["ArticleDetails"] }) {
  const { article } = details;
  return (
    <SpaceBetween size="m">
      {article.withdrawn ? (
        <Alert type="warning" header={`Out of use since ${moment(article.withdrawn.at)}`}>
          {article.withdrawn.reason} ({article.withdrawn.by})
        </Alert>
      ) : null}
      <Trust article={article} now={details.trusted_now_percent} />
      <p className="text quiet">
        {article.article_id}, version {article.version}
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
      {article.body ? (
        <section>
          <Box variant="h3">More</Box>
          <Prose text={article.body} title={article.title} />
        </section>
      ) : null}
      <TrustHistory article={article} />
      <UsedIn details={details} />
    </SpaceBetween>
  );
}

interface Properties {
  id: string;
  onClose: () => void;
  /** The list behind it is no longer right. */
  onChanged: () => void;
}

export function ArticleView({ id, onClose, onChanged }: Properties) {
  const may = useMay("responder");
  const [doing, setDoing] = useState<"edit" | "withdraw">();
  const found = useLoaded(id, () => answered(api().GET("/knowledge/{article_id}", { params: { path: { article_id: id } } })));
  const article = found.value?.article;
  const done = () => {
    setDoing(undefined);
    found.reload();
    onChanged();
  };
  if (article && doing === "edit") return <ArticleForm article={article} onClose={() => setDoing(undefined)} onSaved={done} />;
  if (article && doing === "withdraw") {
    return <Withdrawing article={article} onClose={() => setDoing(undefined)} onDone={done} />;
  }
  const changeable = may && article?.kind === "article";
  return (
    <Modal
      visible
      size="large"
      header={article?.title ?? id}
      closeAriaLabel="Close the article"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            {changeable ? (
              <Button onClick={() => setDoing("withdraw")}>{article.withdrawn ? "Restore" : "Withdraw"}</Button>
            ) : null}
            {changeable ? <Button onClick={() => setDoing("edit")}>Edit</Button> : null}
            <Button variant="primary" onClick={onClose}>
              Close
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <Loaded state={found}>{(details) => <Text details={details} />}</Loaded>
    </Modal>
  );
}
