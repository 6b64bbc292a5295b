import { useId, useState, type KeyboardEvent } from "react";
import { Dialog } from "./Dialog";
import type { Speech } from "./words";

interface FormProps {
  say: Speech;
  /** What it is about, in words. */
  what: string;
  close: () => void;
}

interface TagsProps extends FormProps {
  tags: string[];
  /** Tags that were given before, the most frequent first. */
  known: string[];
  /** Whether they are added to several pictures. */
  adding: boolean;
  save: (tags: string[]) => void;
}

const tagsIn = (text: string): string[] => [
  ...new Set(
    text
      .split(",")
      .map((tag) => tag.trim())
      .filter(Boolean),
  ),
];

/** Tags, separated by commas; those that are known are offered while typing. */
export function TagsForm({ say, what, tags, known, adding, save, close }: TagsProps) {
  const [text, setText] = useState(tags.length ? `${tags.join(", ")}, ` : "");
  const [at, setAt] = useState(0);
  const list = useId();
  const title = say("tags for", { what });
  const given = text.split(",");
  const begun = (given.at(-1) ?? "").trim().toLowerCase();
  const used = new Set(given.slice(0, -1).map((tag) => tag.trim()));
  const offered = known
    .filter((tag) => !used.has(tag) && tag.toLowerCase().startsWith(begun) && tag !== begun)
    .slice(0, 8);
  const take = (tag: string): void => {
    setText(`${[...given.slice(0, -1), ` ${tag}`].join(",").trim()}, `);
    setAt(0);
  };
  const pressed = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const tag = offered[at];
    if (step && offered.length) {
      setAt((at + step + offered.length) % offered.length);
      event.preventDefault();
    } else if (event.key === "Tab" && !event.shiftKey && tag && begun) {
      take(tag);
      event.preventDefault();
    }
  };
  return (
    <Dialog label={title} className="ckw-gallery-form" close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save(tagsIn(text));
        }}
      >
        <h3>{title}</h3>
        <input
          data-first
          role="combobox"
          aria-expanded={offered.length > 0}
          aria-controls={list}
          aria-activedescendant={offered.length ? `${list}-${at}` : undefined}
          aria-label={title}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={pressed}
        />
        <div id={list} role="listbox" className="ckw-gallery-offers">
          {offered.map((tag, place) => (
            <button
              key={tag}
              id={`${list}-${place}`}
              type="button"
              role="option"
              tabIndex={-1}
              aria-selected={place === at}
              onClick={() => take(tag)}
            >
              {tag}
            </button>
          ))}
        </div>
        <p className="ckw-gallery-hint">
          {say(adding ? "tags all hint" : "tags hint")} {offered.length > 0 && begun && "Tab ⇥"}
        </p>
        <Buttons say={say} close={close} />
      </form>
    </Dialog>
  );
}

interface NoteProps extends FormProps {
  note: string;
  save: (note: string) => void;
}

/** A note of any length. */
export function NoteForm({ say, what, note, save, close }: NoteProps) {
  const [text, setText] = useState(note);
  const title = say("note for", { what });
  return (
    <Dialog label={title} className="ckw-gallery-form" close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save(text.trim());
        }}
      >
        <h3>{title}</h3>
        <textarea
          data-first
          rows={5}
          aria-label={title}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save(text.trim());
          }}
        />
        <p className="ckw-gallery-hint">{say("note hint")}</p>
        <Buttons say={say} close={close} />
      </form>
    </Dialog>
  );
}

function Buttons({ say, close }: { say: Speech; close: () => void }) {
  return (
    <p className="ckw-gallery-buttons">
      <button type="button" onClick={close}>
        {say("cancel")}
      </button>
      <button type="submit" className="ckw-gallery-main">
        {say("save")}
      </button>
    </p>
  );
}
