// What the list tells of one incident: the same on a desk's table and on a phone's cards.

import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { useNow } from "../live/useNow";
import { ageOf } from "../logic/age";
import { causeIn, type Incident } from "../logic/incidentList";
import { ago } from "../logic/words";
import { SeverityBadge, StatusBadge } from "../parts/badges";

export interface ListProperties {
  items: Incident[];
  header: ReactNode;
  filter: ReactNode;
  pagination: ReactNode;
  empty: ReactNode;
  loading: boolean;
}

/** What both kinds of list are given. */
export function common({ items, header, filter, pagination, empty, loading }: ListProperties) {
  return {
    variant: "full-page" as const,
    items,
    header,
    filter,
    pagination,
    empty,
    loading,
    trackBy: "incident_id" as const,
    loadingText: "Looking for incidents",
  };
}

export function Title({ one, heading = false }: { one: Incident; heading?: boolean }) {
  return (
    <div className="title">
      <Link href={`#/incidents/${one.incident_id}`} {...(heading ? { fontSize: "heading-s" as const } : {})}>
        {one.title}
      </Link>
    </div>
  );
}

/** That it was there before: worth knowing before anything else. */
export function Again({ one }: { one: Incident }) {
  if (!one.recurs) return null;
  return <span className="again">again, as {one.recurs}</span>;
}

export function State({ one }: { one: Incident }) {
  return (
    <SpaceBetween direction="horizontal" size="s" alignItems="center">
      <SeverityBadge severity={one.severity ?? null} />
      <StatusBadge status={one.status} />
    </SpaceBetween>
  );
}

export function Cause({ one }: { one: Incident }) {
  return <>{causeIn(one) || <span className="quiet">-</span>}</>;
}

export function Opened({ one }: { one: Incident }) {
  const now = useNow(5_000);
  return <>{ago(one.opened_at, now)}</>;
}

export function Age({ one }: { one: Incident }) {
  const now = useNow(5_000);
  return <>{ageOf(one, now)}</>;
}
