import Box from "@cloudscape-design/components/box";
import Link from "@cloudscape-design/components/link";
import type { Schemas } from "../api/client";
import { changeTold } from "../logic/article";
import { moment, sentence } from "../logic/words";

/** What moved the trust in an article, the newest first. */
export function TrustHistory({ article }: { article: Schemas["Article"] }) {
  const changes = (article.trust_history ?? []).toReversed();
  return (
    <section>
      <Box variant="h3">What moved the trust</Box>
      {changes.length ? (
        <ul>
          {changes.map((one) => (
            <li key={`${one.at} ${one.by}`}>
              <span className="text">{changeTold(one)}</span>{" "}
              <span className="quiet">
                {moment(one.at)}
                {one.incident_id ? (
                  <>
                    , <Link href={`#/incidents/${one.incident_id}`}>{one.incident_id}</Link>
                  </>
                ) : null}
              </span>
            </li>
          ))}
        </ul>
      ) : (
        <p className="text quiet">
          Nothing yet: it is as it was written.{" "}
          {article.kind === "runbook" ? "" : "A grade of the verdict it was learned from moves it, and so does an edit."}
        </p>
      )}
    </section>
  );
}

/** In which incidents the agents were told of an article. */
export function UsedIn({ details }: { details: Schemas["ArticleDetails"] }) {
  return (
    <section>
      <Box variant="h3">Where it was used</Box>
      {details.used_in.length ? (
        <ul>
          {details.used_in.map((one) => (
            <li key={one.incident_id}>
              <Link href={`#/incidents/${one.incident_id}`}>{one.incident_id}</Link> <span className="text">{one.title}</span>{" "}
              <span className="quiet">
                {sentence(one.status)}, {moment(one.opened_at)}, fitted with {one.score.toFixed(1)}
              </span>
            </li>
          ))}
        </ul>
      ) : (
        <p className="text quiet">In none of the newest {details.looked_at} incidents.</p>
      )}
    </section>
  );
}
