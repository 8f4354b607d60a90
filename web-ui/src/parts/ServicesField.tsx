import Autosuggest from "@cloudscape-design/components/autosuggest";
import TokenGroup from "@cloudscape-design/components/token-group";
import { useEffect, useState } from "react";
import { answered, api } from "../api/client";
import { namesIn } from "../logic/newIncident";

interface Properties {
  chosen: string[];
  invalid: boolean;
  /** What the first one is to the rest; nothing where they are all alike. */
  firstIs?: string;
  onChange: (services: string[]) => void;
}

/** Services by name, those of the catalog offered; anything may be typed. */
export function ServicesField({ chosen, invalid, firstIs = "shows the symptom", onChange }: Properties) {
  const [typed, setTyped] = useState("");
  const [known, setKnown] = useState<string[]>([]);
  useEffect(() => {
    // Without the catalog nothing is offered; typing works all the same.
    answered(api().GET("/pipelines")).then(
      (page) => setKnown(page.items.map((entry) => entry.entry_id)),
      () => setKnown([]),
    );
  }, []);

  const add = (text: string) => {
    const names = namesIn(text).filter((name) => !chosen.includes(name));
    if (names.length) onChange([...chosen, ...names]);
    setTyped("");
  };
  return (
    <>
      <Autosuggest
        value={typed}
        invalid={invalid}
        placeholder="payment-service, then Enter"
        enteredTextLabel={(text) => `Use "${text}"`}
        options={known.filter((name) => !chosen.includes(name)).map((value) => ({ value }))}
        empty="No such service in the catalog; Enter takes what you typed"
        onChange={({ detail }) => (/[,;\s]$/.test(detail.value) ? add(detail.value) : setTyped(detail.value))}
        onSelect={({ detail }) => add(detail.value)}
        onKeyDown={(event) => {
          if (event.detail.key === "Enter" && typed.trim()) {
            event.preventDefault();
            add(typed);
          }
        }}
        onBlur={() => typed.trim() && add(typed)}
      />
      <TokenGroup
        items={chosen.map((label, number) => ({
          label,
          dismissLabel: `Remove ${label}`,
          ...(number === 0 && firstIs ? { tags: [firstIs] } : {}),
        }))}
        onDismiss={({ detail }) => onChange(chosen.filter((_, number) => number !== detail.itemIndex))}
      />
    </>
  );
}
