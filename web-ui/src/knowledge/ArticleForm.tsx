import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Slider from "@cloudscape-design/components/slider";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";
import { answered, api, newKey, once, type Schemas } from "../api/client";
import { ApiError } from "../api/problem";
import { useDraft } from "../live/useDraft";
import { useSending } from "../live/useSending";
import { type ArticleTexts, bodyOf, differing, EMPTY, faultsOfArticle, PARTS, typedOf } from "../logic/article";
import { FormModal } from "../parts/FormModal";
import { ServicesField } from "../parts/ServicesField";

type Article = Schemas["Article"];

interface Properties {
  /** What is edited; without it, a new one is written. */
  article?: Article;
  onClose: () => void;
  onSaved: (article: Article) => void;
}

/** What somebody else made of it meanwhile, beside what is typed here. */
function Theirs({ typed, newer }: { typed: ArticleTexts; newer: Article }) {
  const others = differing(typed, newer);
  return (
    <Alert type="warning" header="Somebody else changed it meanwhile">
      {others.length ? "Theirs, where it differs from what you typed; saving puts yours in its place:" : "Both of you wrote the same."}
      <dl>
        {others.map(({ label, theirs }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd className="text">{theirs || "(nothing)"}</dd>
          </div>
        ))}
      </dl>
    </Alert>
  );
}

async function newest(id: string): Promise<Article> {
  return (await answered(api().GET("/knowledge/{article_id}", { params: { path: { article_id: id } } }))).article;
}

/** An article, written or edited by a person; what is typed outlives whatever goes wrong. */
export function ArticleForm({ article, onClose, onSaved }: Properties) {
  const [typed, change, discard] = useDraft(`article.${article?.article_id ?? "new"}`, article ? typedOf(article) : EMPTY);
  const [newer, setNewer] = useState<Article>();
  const [asked, setAsked] = useState(false);
  const { sending, error, send } = useSending();
  const faults = asked ? faultsOfArticle(typed) : {};
  const save = async () => {
    if (!article) {
      return answered(api().POST("/knowledge", { body: bodyOf(typed), params: { header: once(newKey()) } }));
    }
    const path = { article_id: article.article_id };
    const version = newer?.version ?? typed.version;
    const body = { ...bodyOf(typed), version, reason: typed.reason.trim() || null };
    return answered(api().PUT("/knowledge/{article_id}", { params: { path }, body }));
  };
  const submit = () => {
    setAsked(true);
    if (Object.keys(faultsOfArticle(typed)).length) return;
    void send(async () => {
      try {
        const saved = await save();
        discard();
        onSaved(saved);
      } catch (failed) {
        if (article && failed instanceof ApiError && failed.status === 409) {
          const found = await newest(article.article_id);
          if (found.version !== (newer?.version ?? typed.version)) {
            setNewer(found);
            return;
          }
        }
        throw failed;
      }
    });
  };
  const again = newer ? "Save mine in its place" : "Save it";
  return (
    <FormModal
      size="large"
      header={article ? "Edit the article" : "Write an article"}
      submit={article ? again : "Add it"}
      sending={sending}
      error={error}
      onSubmit={submit}
      onClose={onClose}
    >
      {newer ? <Theirs typed={typed} newer={newer} /> : null}
      <FormField label="Title" errorText={faults.title} stretch>
        <Input
          value={typed.title}
          invalid={Boolean(faults.title)}
          onChange={({ detail }) => change({ title: detail.value })}
        />
      </FormField>
      <FormField label="Services" description="None: it may be about any." stretch>
        <ServicesField chosen={typed.services} invalid={false} firstIs="" onChange={(services) => change({ services })} />
      </FormField>
      {PARTS.map(([name, label, rows]) => (
        <FormField key={name} label={label} stretch>
          <Textarea rows={rows} value={typed[name]} onChange={({ detail }) => change({ [name]: detail.value })} />
        </FormField>
      ))}
      <FormField label="Trust" description="How sure you are, in percent. Grades of verdicts move it, too." constraintText={`${typed.trust} %`}>
        <Slider min={0} max={100} step={5} value={typed.trust} onChange={({ detail }) => change({ trust: detail.value })} />
      </FormField>
      {article ? (
        <FormField label="Why it is changed" description="Stands in the audit log, and beside the trust." stretch>
          <Input value={typed.reason} onChange={({ detail }) => change({ reason: detail.value })} />
        </FormField>
      ) : null}
    </FormModal>
  );
}
