import type { Schemas } from "../api/client";
import "./days.css";

type Day = Schemas["Day"];

/** Failed and succeeded executions of 24 hours each, named by the day on which they end. */
export function Days({ days }: { days: Day[] }) {
  const most = Math.max(1, ...days.map(({ failed, succeeded }) => failed + succeeded));
  return (
    <div>
      <ol className="days" aria-label="Executions by day">
      {days.map(({ since, until, failed, succeeded }) => (
        <li key={since} title={`${until.slice(0, 10)}: ${failed} failed, ${succeeded} succeeded`}>
          <span className="unseen">
            {until.slice(0, 10)}: {failed} failed, {succeeded} succeeded
          </span>
          <span className="day-good" style={{ height: `${(succeeded / most) * 100}%` }} />
          <span className="day-bad" style={{ height: `${(failed / most) * 100}%` }} />
        </li>
      ))}
      </ol>
      <div className="days-legend" aria-hidden="true">
        <span>{days[0]?.until.slice(0, 10)}</span>
        <span className="days-good">Succeeded</span>
        <span className="days-bad">Failed</span>
        <span>{days.at(-1)?.until.slice(0, 10)}</span>
      </div>
    </div>
  );
}
