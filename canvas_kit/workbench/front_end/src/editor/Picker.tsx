import { useEffect, useId, useMemo, useRef, useState } from "react";
import { useStore } from "./context";
import type { Choice } from "./protocol";

const SHOWN = 9;

/** A choice of many, with search; only the rows in sight are there, so thousands are no burden. */
export function Picker({
  id,
  value,
  choices,
  empty,
  free = false,
  several,
  onPick,
  label,
}: {
  id?: string;
  value: string;
  choices: readonly Choice[];
  /** What an empty value means; a row for it stands first. */
  empty?: string;
  /** Whether what was typed can be taken as it is. */
  free?: boolean;
  /** Several can be picked: those that are. */
  several?: readonly string[];
  onPick: (value: string) => void;
  label: string;
}) {
  const store = useStore();
  const [open, setOpen] = useState(several !== undefined);
  const [search, setSearch] = useState("");
  const [place, setPlace] = useState(0);
  const [top, setTop] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const own = useId();
  const rows = useMemo(() => {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    const text = (one: Choice) => `${one.title} ${one.value} ${one.description ?? ""}`.toLowerCase();
    const found = choices.filter((one) => words.every((word) => text(one).includes(word)));
    const first = empty !== undefined && !words.length ? [{ value: "", title: empty }] : [];
    const exact = choices.some((one) => one.value === search.trim());
    const typed = search.trim();
    const last =
      free && typed && !exact ? [{ value: typed, title: store.say("takeTyped", { typed }) }] : [];
    return [...first, ...found, ...last] as Choice[];
  }, [choices, search, empty, free, store]);
  const height = choices.some((one) => one.description) ? 50 : 30;
  const current = choices.find((one) => one.value === value);
  useEffect(() => {
    if (open && several === undefined) field.current?.focus();
  }, [open, several]);
  useEffect(() => setPlace(0), [search]);
  const reveal = (next: number) => {
    setPlace(next);
    const box = list.current;
    if (!box) return;
    if (next * height < box.scrollTop) box.scrollTop = next * height;
    const bottom = (next + 1) * height - box.clientHeight;
    if (bottom > box.scrollTop) box.scrollTop = bottom;
  };
  const close = () => {
    setOpen(false);
    setSearch("");
    setTop(0);
    button.current?.focus();
  };
  const pick = (row: Choice | undefined) => {
    if (!row) return;
    onPick(row.value);
    if (several === undefined) close();
  };
  const from = Math.max(0, Math.floor(top / height) - 2);
  const shown = rows.slice(from, from + SHOWN + 6);
  const head = (
    <button
      ref={button}
      id={id}
      type="button"
      className="ckw-pick"
      aria-haspopup="listbox"
      aria-expanded={open}
      aria-label={`${label}: ${current?.title ?? (value || empty || "")}`}
      onClick={() => (open ? close() : setOpen(true))}
    >
      <ChoiceIcon icon={current?.icon} />
      <span>{current?.title ?? (value || empty || "–")}</span>
      <i aria-hidden="true">▾</i>
    </button>
  );
  return (
    <div className="ckw-picker">
      {several === undefined && head}
      {several === undefined && !open && current?.description && (
        <p className="ckw-hint">{current.description}</p>
      )}
      {open && (
        <div
          className="ckw-pop"
          onKeyDown={(event) => {
            if (event.key === "Escape" && several === undefined) {
              event.stopPropagation();
              close();
            } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
              event.preventDefault();
              event.stopPropagation();
              const by = event.key === "ArrowDown" ? 1 : -1;
              reveal(Math.max(0, Math.min(rows.length - 1, place + by)));
            } else if (event.key === "Enter") {
              event.preventDefault();
              event.stopPropagation();
              pick(rows[place]);
            }
          }}
        >
          {(choices.length > 7 || free) && (
            <input
              ref={field}
              type="search"
              value={search}
              placeholder={store.say("search")}
              role="combobox"
              aria-expanded="true"
              aria-controls={own}
              aria-activedescendant={rows[place] ? `${own}-${place}` : undefined}
              aria-label={`${label}: ${store.say("search")}`}
              onChange={(event) => setSearch(event.target.value)}
            />
          )}
          <div
            ref={list}
            id={own}
            className="ckw-options"
            role="listbox"
            aria-label={label}
            aria-multiselectable={several !== undefined}
            tabIndex={choices.length > 7 || free ? -1 : 0}
            style={{ height: Math.min(rows.length, SHOWN * (height > 40 ? 0.6 : 1)) * height }}
            onScroll={(event) => setTop(event.currentTarget.scrollTop)}
          >
            <div style={{ height: rows.length * height, position: "relative" }}>
              {shown.map((row, index) => {
                const at = from + index;
                const chosen = several ? several.includes(row.value) : row.value === value;
                return (
                  <div
                    key={row.value}
                    id={`${own}-${at}`}
                    role="option"
                    aria-selected={chosen}
                    className={`ckw-option${at === place ? " ckw-active" : ""}${chosen ? " ckw-chosen" : ""}`}
                    style={{ top: at * height, height }}
                    title={row.description}
                    onMouseDown={(event) => event.preventDefault()}
                    onMouseEnter={() => setPlace(at)}
                    onClick={() => pick(row)}
                  >
                    {several && <input type="checkbox" readOnly tabIndex={-1} checked={chosen} />}
                    <ChoiceIcon icon={row.icon} />
                    <span>
                      <b>{row.title}</b>
                      {row.default && <em> {store.say("byDefault")}</em>}
                      {row.description && <small>{row.description}</small>}
                    </span>
                  </div>
                );
              })}
            </div>
          </div>
          {!rows.length && <p className="ckw-hint">{store.say("nothingFound")}</p>}
        </div>
      )}
    </div>
  );
}

/** The icon of a choice: a short sign or a picture; names of icon fonts are not shown. */
function ChoiceIcon({ icon }: { icon: string | undefined }) {
  if (!icon) return null;
  if (/^(data:image\/|https?:|blob:)/.test(icon)) return <img src={icon} alt="" width={18} height={18} />;
  return /^[a-z_0-9-]{3,}$/i.test(icon) ? null : <i className="ckw-sign">{icon}</i>;
}
