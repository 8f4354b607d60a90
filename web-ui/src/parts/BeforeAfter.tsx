import { brief, differences, words } from "../logic/words";
import "./beforeAfter.css";

interface Properties {
  before: Record<string, unknown> | undefined;
  after: Record<string, unknown> | undefined;
}

/** What changes, before and after; nothing where nothing does. */
export function BeforeAfter({ before, after }: Properties) {
  if (!after || !Object.keys(after).length) return null;
  const changed = differences(before, after);
  if (!changed.length) return null;
  return (
    <div className="before-after" tabIndex={0} role="region" aria-label="Before and after">
      <table>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {changed.map(({ name, before: old, after: now }) => (
            <tr key={name}>
              <th scope="row">{words(name)}</th>
              <td className="code">{brief(old)}</td>
              <td className="code">{brief(now)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
