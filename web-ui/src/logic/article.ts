// An article as it is typed, what is wrong with it, and what somebody else made of it meanwhile.

export interface ArticleTexts {
  title: string;
  services: string[];
  symptoms: string;
  cause: string;
  fix: string;
  body: string;
  trust: number;
  version: number;
  reason: string;
}

interface Article {
  title: string;
  services?: string[];
  symptoms?: string;
  cause?: string;
  fix?: string;
  body?: string;
  trust_percent?: number;
  version?: number;
}

export const EMPTY: ArticleTexts = {
  title: "",
  services: [],
  symptoms: "",
  cause: "",
  fix: "",
  body: "",
  trust: 50,
  version: 0,
  reason: "",
};

export const PARTS = [
  ["symptoms", "Symptoms", 3],
  ["cause", "Cause", 3],
  ["fix", "Fix", 3],
  ["body", "More", 4],
] as const;

export function typedOf(article: Article): ArticleTexts {
  return {
    title: article.title,
    services: article.services ?? [],
    symptoms: article.symptoms ?? "",
    cause: article.cause ?? "",
    fix: article.fix ?? "",
    body: article.body ?? "",
    trust: article.trust_percent ?? 50,
    version: article.version ?? 0,
    reason: "",
  };
}

export function bodyOf(typed: ArticleTexts) {
  const { title, services, symptoms, cause, fix, body, trust } = typed;
  return { title: title.trim(), services, symptoms, cause, fix, body, trust_percent: trust };
}

export function faultsOfArticle(typed: ArticleTexts): Partial<Record<"title", string>> {
  return typed.title.trim() ? {} : { title: "Give it a title: the lesson, in a line." };
}

/** Where another version says something else than what is typed. */
export function differing(typed: ArticleTexts, other: Article): { label: string; theirs: string }[] {
  const theirs = typedOf(other);
  const rows = [
    { label: "Title", mine: typed.title, theirs: theirs.title },
    { label: "Services", mine: typed.services.join(", "), theirs: theirs.services.join(", ") },
    ...PARTS.map(([name, label]) => ({ label, mine: typed[name], theirs: theirs[name] })),
    { label: "Trust", mine: `${typed.trust} %`, theirs: `${theirs.trust} %` },
  ];
  return rows.filter((row) => row.mine !== row.theirs).map(({ label, theirs: told }) => ({ label, theirs: told }));
}

interface Change {
  at: string;
  was_percent: number;
  percent: number;
  by: string;
  why: string;
}

export function changeTold({ was_percent, percent, by, why }: Change): string {
  const moved = was_percent === percent ? `stayed at ${percent} %` : `${was_percent} % → ${percent} %`;
  return `${moved}: ${why}, by ${by}`;
}
