import { useDeferredValue, useEffect, useState } from "react";
import type { Facet, FacetValue } from "./protocol";
import type { Speech } from "./words";

export type Filters = Record<string, FacetValue[]>;

interface FacetsProps {
  facets: Facet[];
  filters: Filters;
  say: Speech;
  choose: (facet: string, values: FacetValue[]) => void;
  /** Values of a facet that contain a text, those too that are not listed. */
  find: (facet: string, contains: string) => Promise<Facet>;
}

/** By what the pictures can be told apart, with how many each value would leave. */
export function Facets({ facets, filters, say, choose, find }: FacetsProps) {
  return (
    <div className="ckw-gallery-facets" role="group" aria-label={say("filters")}>
      {facets
        .filter(({ name, values }) => values.length > 1 || filters[name]?.length)
        .map((facet) => (
          <FacetBox
            key={facet.name}
            facet={facet}
            chosen={filters[facet.name] ?? []}
            say={say}
            choose={(values) => choose(facet.name, values)}
            find={(contains) => find(facet.name, contains)}
          />
        ))}
    </div>
  );
}

interface FacetBoxProps {
  facet: Facet;
  chosen: FacetValue[];
  say: Speech;
  choose: (values: FacetValue[]) => void;
  find: (contains: string) => Promise<Facet>;
}

const few = 6;

function FacetBox({ facet, chosen, say, choose, find }: FacetBoxProps) {
  const [all, setAll] = useState(false);
  const [contains, setContains] = useState("");
  const searched = useDeferredValue(contains.trim().toLowerCase());
  const [found, setFound] = useState<Facet | null>(null);
  const title = say.facet(facet.name);

  useEffect(() => {
    setFound(null);
    if (!searched || !facet.more) return;
    let current = true;
    const timer = setTimeout(() => {
      find(searched).then(
        (answer) => current && setFound(answer),
        () => undefined, // what is listed can be searched all the same
      );
    }, 200);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [searched, facet]);

  const listed = found ?? facet;
  const matching = listed.values.filter(({ value }) =>
    say.value(facet.name, value).toLowerCase().includes(searched),
  );
  const shown = all || searched ? matching : matching.slice(0, few);
  const long = facet.values.length > few || facet.more > 0;
  const toggle = (value: FacetValue): void =>
    choose(chosen.includes(value) ? chosen.filter((each) => each !== value) : [...chosen, value]);

  return (
    <details open className="ckw-gallery-facet">
      <summary>
        {title}
        {chosen.length > 0 && <span className="ckw-gallery-count">{chosen.length}</span>}
      </summary>
      {long && (
        <input
          type="search"
          value={contains}
          placeholder={say("search values", { name: title })}
          aria-label={say("search values", { name: title })}
          onChange={(event) => setContains(event.target.value)}
        />
      )}
      <div className="ckw-gallery-values" data-all={all || Boolean(searched)}>
        {shown.map(({ value, count, words }) => (
          <label key={String(value)} title={say.value(facet.name, value)}>
            <input
              type="checkbox"
              checked={chosen.includes(value)}
              onChange={() => toggle(value)}
            />
            <span className="ckw-gallery-value">{words ?? say.value(facet.name, value)}</span>
            <span className="ckw-gallery-count">{say.number(count)}</span>
          </label>
        ))}
        {!shown.length && <p className="ckw-gallery-hint">{say("no values")}</p>}
      </div>
      {!searched && matching.length > few && (
        <button type="button" className="ckw-gallery-link" onClick={() => setAll(!all)}>
          {all ? say("fewer values") : say("more values", { count: matching.length - few })}
        </button>
      )}
      {listed.more > 0 && (all || searched) && (
        <p className="ckw-gallery-hint">{say("further values", { count: listed.more })}</p>
      )}
    </details>
  );
}

interface ChipsProps {
  filters: Filters;
  text: string;
  say: Speech;
  choose: (facet: string, values: FacetValue[]) => void;
  clearText: () => void;
  clear: () => void;
}

/** What narrows the view now; each can be taken away. */
export function Chips({ filters, text, say, choose, clearText, clear }: ChipsProps) {
  const chips = Object.entries(filters).flatMap(([facet, values]) =>
    values.map((value) => ({ facet, value, values })),
  );
  if (!chips.length && !text) return null;
  return (
    <div className="ckw-gallery-chips">
      {text && <Chip words={`“${text}”`} label={say("close")} drop={clearText} />}
      {chips.map(({ facet, value, values }) => {
        const named = { name: say.facet(facet), value: say.value(facet, value) };
        return (
          <Chip
            key={`${facet} ${String(value)}`}
            words={`${named.name}: ${named.value}`}
            label={say("remove filter", named)}
            drop={() => choose(facet, values.filter((each) => each !== value))}
          />
        );
      })}
      <button type="button" className="ckw-gallery-link" onClick={clear}>
        {say("clear filters")}
      </button>
    </div>
  );
}

function Chip({ words, label, drop }: { words: string; label: string; drop: () => void }) {
  return (
    <span className="ckw-gallery-chip">
      <span title={words}>{words}</span>
      <button type="button" aria-label={label} onClick={drop}>
        ×
      </button>
    </span>
  );
}
