import Box from "@cloudscape-design/components/box";
import "./bars.css";

interface Bar {
  name: string;
  value: number;
  told?: string;
}

/** A few amounts side by side: a list for those who listen, bars for those who look. */
export function Bars({ title, bars }: { title: string; bars: Bar[] }) {
  const shown = bars.filter(({ value }) => value > 0);
  if (!shown.length) return null;
  const most = Math.max(...shown.map(({ value }) => value));
  return (
    <section>
      <Box variant="h3">{title}</Box>
      <ul className="bars">
        {shown.map(({ name, value, told }) => (
          <li key={name}>
            <span>{name}</span>
            <span className="bar-place" aria-hidden="true">
              <span className="bar" style={{ width: `${Math.max(2, (value / most) * 100)}%` }} />
            </span>
            <span className="bar-told">{told ?? value}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
