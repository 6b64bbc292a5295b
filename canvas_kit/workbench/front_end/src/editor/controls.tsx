/** Small controls that stand in many places of the editor. */

import { useEffect, useRef, type ReactNode } from "react";
import { useStore } from "./context";
import { Icon, typeIcon } from "./icons";
import type { NodeType } from "./protocol";

/** A button that is an icon alone; `words` say what it does. */
export function IconButton({
  words,
  press,
  icon = "close",
  size = 14,
}: {
  words: string;
  press: () => void;
  icon?: string;
  size?: number;
}) {
  return (
    <button type="button" className="ckw-plain" aria-label={words} title={words} onClick={press}>
      <Icon name={icon} size={size} />
    </button>
  );
}

/** What is wrong with something. */
export function Note({ severity = "problem", children }: { severity?: string; children: ReactNode }) {
  return (
    <p className={`ckw-note ckw-${severity}`} role="alert">
      {children}
    </p>
  );
}

/** A field to search in; Enter takes what was found first. */
export function SearchField({
  value,
  words,
  placeholder = words,
  change,
  enter,
  begin = false,
  role,
}: {
  value: string;
  words: string;
  placeholder?: string;
  change: (value: string) => void;
  enter: () => void;
  /** Whether it takes the focus when it appears. */
  begin?: boolean;
  /** Names it for who looks for it. */
  role?: string;
}) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (begin) field.current?.focus({ preventScroll: true });
  }, [begin]);
  return (
    <label className="ckw-search">
      <Icon name="search" size={14} />
      <input
        ref={field}
        type="search"
        value={value}
        placeholder={placeholder}
        aria-label={words}
        data-role={role}
        onChange={(event) => change(event.target.value)}
        onKeyDown={(event) => event.key === "Enter" && enter()}
      />
    </label>
  );
}

/** Node types to add: each can be clicked, and dragged onto the canvas where it says how. */
export function TypeItems({
  types,
  choose,
  drag,
}: {
  types: readonly NodeType[];
  choose: (type: string) => void;
  drag?: (data: DataTransfer, type: string) => void;
}) {
  return types.map(({ type, name, description, category }) => (
    <button
      key={type}
      type="button"
      className={`ckw-item ckw-role-${category}`}
      data-type={type}
      title={description}
      draggable={drag !== undefined}
      onDragStart={(event) => drag?.(event.dataTransfer, type)}
      onClick={() => choose(type)}
    >
      <span className="ckw-typeicon">
        <Icon name={typeIcon({ type, category })} size={14} />
      </span>
      {name}
    </button>
  ));
}

/** Said where a search found nothing. */
export function Nothing({ words }: { words?: string }) {
  const store = useStore();
  return <p className="ckw-hint">{words ?? store.say("nothingFound")}</p>;
}
