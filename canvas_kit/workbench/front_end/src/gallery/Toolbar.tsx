import { useEffect, useState, type ReactNode, type RefObject } from "react";
import { Icon } from "./Icon";
import { kindOf } from "./loader";
import { captionKinds, type CaptionKind, type Liking } from "./memory";
import type { GalleryAnswer, GalleryView } from "./protocol";
import type { Speech } from "./words";

interface ToolbarProps {
  answer: GalleryAnswer | null;
  view: GalleryView;
  say: Speech;
  liking: Liking;
  like: (part: Partial<Liking>) => void;
  search: RefObject<HTMLInputElement | null>;
  change: (part: GalleryView) => void;
  toggleBlind: () => void;
  refresh: () => void;
  fullScreen: () => void;
  help: () => void;
}

/** What is shown, in which order and how large. */
export function Toolbar(props: ToolbarProps) {
  const { answer, view, say, liking, like, change } = props;
  const blind = answer?.blind ?? null;
  const sort = view.sort ?? { by: "time", descending: true };
  const filtered = answer !== null && answer.matched !== answer.total;
  const kinds = answer?.columns.media_type.values ?? [];
  const texts = kinds.length > 0 && kinds.every((kind) => kindOf(kind) === "text");
  const counts = answer ? { total: answer.total, matched: answer.matched } : { total: 0, matched: 0 };
  return (
    <header className="ckw-gallery-toolbar">
      <button
        type="button"
        aria-pressed={liking.facets}
        title={say("filters")}
        aria-label={say("filters")}
        onClick={() => like({ facets: !liking.facets })}
      >
        <Icon name="filters" />
      </button>
      <span className="ckw-gallery-title">
        <strong title={answer?.title}>{blind === null ? answer?.title : say("gallery")}</strong>
        {answer && <span>{say(filtered ? "of total" : texts ? "all texts" : "all", counts)}</span>}
      </span>
      {blind === null && <Search {...props} />}
      {answer && answer.sorts.length > 0 && (
        <span className="ckw-gallery-sort">
          <select
            aria-label={say("sort")}
            title={say("sort")}
            value={sort.by}
            onChange={({ target }) => change({ sort: { ...sort, by: target.value } })}
          >
            {answer.sorts.map((by) => (
              <option key={by} value={by}>
                {say.facet(by)}
              </option>
            ))}
          </select>
          <button
            type="button"
            aria-label={say(sort.descending ? "descending" : "ascending")}
            title={say(sort.descending ? "descending" : "ascending")}
            onClick={() => change({ sort: { ...sort, descending: !sort.descending } })}
          >
            {sort.descending ? "↓" : "↑"}
          </button>
        </span>
      )}
      {blind === null && (
        <select
          aria-label={say("caption")}
          title={say("caption")}
          value={liking.caption}
          onChange={({ target }) => like({ caption: target.value as CaptionKind })}
        >
          {captionKinds.map((kind) => (
            <option key={kind} value={kind}>
              {say(`caption ${kind}`)}
            </option>
          ))}
        </select>
      )}
      <input
        type="range"
        min={64}
        max={512}
        step={8}
        value={liking.tile}
        aria-label={say("size")}
        title={say("size")}
        onChange={({ target }) => like({ tile: Number(target.value) })}
      />
      <span className="ckw-gallery-tools">
        <button type="button" aria-pressed={blind !== null} onClick={props.toggleBlind}>
          {say(blind === null ? "blind" : "reveal")}
        </button>
        <Tool label={say("smaller text")} sign="A−" press={() => like({ text: sized(liking.text, -0.1) })} />
        <Tool label={say("larger text")} sign="A+" press={() => like({ text: sized(liking.text, 0.1) })} />
        <Tool label={say("refresh")} sign={<Icon name="refresh" />} press={props.refresh} />
        <Tool label={say("full screen")} sign={<Icon name="full" />} press={props.fullScreen} />
        <Tool label={say("keys")} sign="?" press={props.help} />
      </span>
    </header>
  );
}

const sized = (text: number, by: number): number =>
  Math.round(Math.min(2.5, Math.max(0.8, text + by)) * 10) / 10;

interface ToolProps {
  label: string;
  sign: ReactNode;
  press: () => void;
}

function Tool({ label, sign, press }: ToolProps) {
  return (
    <button type="button" title={label} aria-label={label} onClick={press}>
      {sign}
    </button>
  );
}

/** Asks when the user has stopped typing for a moment. */
function Search({ view, say, search, change }: ToolbarProps) {
  const asked = view.text ?? "";
  const [text, setText] = useState(asked);
  useEffect(() => setText(asked), [asked]);
  useEffect(() => {
    if (text === asked) return;
    const timer = setTimeout(() => change({ text }), 300);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <input
      ref={search}
      type="search"
      className="ckw-gallery-search"
      value={text}
      placeholder={say("search placeholder")}
      aria-label={say("search placeholder")}
      onChange={({ target }) => setText(target.value)}
    />
  );
}
