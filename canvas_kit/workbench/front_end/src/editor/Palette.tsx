import { useMemo, useState, type KeyboardEvent } from "react";
import { add, connect, kindsAt, nameOf, possible } from "./actions";
import { useStore } from "./context";
import { Nothing, SearchField, TypeItems } from "./controls";
import { DRAG_TYPE } from "./dragging";
import { fittingWords } from "./fitting";
import { outputHandle, readHandle } from "./graph";
import type { Place } from "./layout";
import { typesWith } from "./ports";
import type { NodeType } from "./protocol";
import { useEditor, type EditorStore } from "./store";

/** The types whose name, description or own name hold all the words. */
function matching(types: readonly NodeType[], search: string): NodeType[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const hit = (type: NodeType, word: string) =>
    `${type.name} ${type.type} ${type.description}`.toLowerCase().includes(word);
  return types.filter((type) => words.every((word) => hit(type, word)));
}

/** Moves the focus among the items of a list by the arrow keys. */
export function walk(event: KeyboardEvent<HTMLElement>, selector: string): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by) return;
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>(selector)];
  const root = event.currentTarget.getRootNode() as Document | ShadowRoot;
  const place = items.indexOf(root.activeElement as HTMLElement);
  const next = items[Math.max(0, Math.min(items.length - 1, place + by))];
  event.preventDefault();
  event.stopPropagation();
  next?.focus();
}

/** All node types in groups: drag one onto the canvas, or click it. */
export function Palette() {
  const store = useStore();
  const description = useEditor(store, (state) => state.description);
  const [search, setSearch] = useState("");
  const found = useMemo(() => matching(description?.types ?? [], search), [description, search]);
  return (
    <nav
      className="ckw-palette"
      aria-label={store.say("palette")}
      onKeyDown={(event) => walk(event, "input, .ckw-item")}
    >
      <SearchField
        value={search}
        words={store.say("searchNodes")}
        role="palette-search"
        change={setSearch}
        enter={() => {
          if (!found[0]) return;
          add(store, found[0].type);
          setSearch("");
        }}
      />
      {(description?.categories ?? []).map((category) => {
        const types = found.filter((type) => type.category === category.id);
        if (!types.length) return null;
        return (
          <section key={category.id}>
            <h3>{category.name}</h3>
            <TypeItems
              types={types}
              choose={(type) => add(store, type)}
              drag={(data, type) => {
                data.setData(DRAG_TYPE, type);
                data.effectAllowed = "copy";
              }}
            />
          </section>
        );
      })}
      {description && !found.length && <Nothing />}
    </nav>
  );
}

/** A short list at a place of the canvas: what to add there, connected with what was drawn from. */
export function QuickAdd({
  screen,
  frame,
  from,
  choose,
  close,
}: {
  screen: Place;
  frame: HTMLElement;
  from: { node: string; handle: string } | undefined;
  choose: (type: string) => void;
  close: () => void;
}) {
  const store = useStore();
  const [search, setSearch] = useState("");
  const [types, title] = useMemo(() => {
    const known = store.state.types;
    if (!from) return [[...known.values()], store.say("addNode")] as const;
    const { out } = readHandle(from.handle);
    const [side, key] = out ? (["inputs", "addTaking"] as const) : (["outputs", "addGiving"] as const);
    const kinds = kindsAt(store, from.node, from.handle);
    const words = fittingWords(store.say, store.host.language, known, side, kinds);
    return [typesWith(known, side, kinds), store.say(key, words)] as const;
  }, [store, from]);
  const found = matching(types, search);
  const edge = frame.getBoundingClientRect();
  const left = Math.max(4, Math.min(screen.x - edge.left, edge.width - 230));
  const top = Math.max(4, Math.min(screen.y - edge.top, edge.height - 330));
  return (
    <div
      className="ckw-quick nowheel"
      role="dialog"
      aria-label={title}
      style={{ left, top }}
      onKeyDown={(event) => {
        if (event.key === "Escape") {
          event.stopPropagation();
          close();
        } else walk(event, "input, .ckw-item");
      }}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) close();
      }}
    >
      {from && <p className="ckw-hint">{title}</p>}
      <SearchField
        value={search}
        words={store.say("searchNodes")}
        placeholder={store.say(from ? "connectWithNew" : "addNode")}
        begin
        change={setSearch}
        enter={() => found[0] && choose(found[0].type)}
      />
      <div className="ckw-list">
        <TypeItems types={found} choose={choose} />
        {!found.length && <Nothing />}
      </div>
    </div>
  );
}

/** Every way to connect the selected node, for who does not draw lines with a mouse. */
export function ConnectTo({ node, close }: { node: string; close: () => void }) {
  const store = useStore();
  const [search, setSearch] = useState("");
  const graph = useEditor(store, (state) => state.graph);
  const ways = useMemo(() => waysOf(store, node), [store, node, graph]);
  const found = ways.filter((way) => way.words.toLowerCase().includes(search.toLowerCase()));
  const go = (way: (typeof ways)[number] | undefined) => {
    if (!way) return;
    way.go();
    close();
  };
  return (
    <>
      <SearchField
        value={search}
        words={store.say("searchConnections")}
        begin
        change={setSearch}
        enter={() => go(found[0])}
      />
      <div className="ckw-list">
        {found.map((way) => (
          <button key={way.words} type="button" className="ckw-item" onClick={() => go(way)}>
            {way.words}
          </button>
        ))}
        {!found.length && <Nothing words={store.say("nothingToConnect")} />}
      </div>
    </>
  );
}

function waysOf(store: EditorStore, node: string): { words: string; go: () => void }[] {
  const type = store.state.types.get(store.document.nodes.find((one) => one.id === node)?.type ?? "");
  const box = store.state.graph.boxes.find((one) => one.id === node);
  const outs = (type?.outputs ?? []).map((port) => outputHandle(port.name));
  const ins = [...(box?.inputs ?? []), ...(box?.badges ?? [])].map((port) => port.handle);
  const title = (id: string, name: string, out: boolean) => {
    const ports = store.state.types.get(
      store.document.nodes.find((one) => one.id === id)?.type ?? "",
    );
    const port = (out ? ports?.outputs : ports?.inputs)?.find((one) => one.name === name);
    return port?.title ?? name;
  };
  return [...outs, ...ins].flatMap((handle) =>
    possible(store, node, handle).map((ends) => {
      const number = ends.number === undefined ? "" : ` ${ends.number}`;
      const from = `${nameOf(store, ends.source)} · ${title(ends.source, ends.output, true)}`;
      const to = `${nameOf(store, ends.target)} · ${title(ends.target, ends.input, false)}${number}`;
      return { words: `${from} → ${to}`, go: () => void connect(store, ends) };
    }),
  );
}
