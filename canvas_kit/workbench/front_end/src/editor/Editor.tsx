import { ReactFlowProvider } from "@xyflow/react";
import { useRef, useState, type ClipboardEvent, type KeyboardEvent } from "react";
import { add, copied, duplicate, nudge, paste, remove, views } from "./actions";
import { Bar, VaryBar } from "./Bar";
import { EditorContext } from "./context";
import { IconButton } from "./controls";
import { Flow } from "./Flow";
import { Form } from "./Form";
import { Palette } from "./Palette";
import { Panels } from "./Panels";
import { Lightbox, Results } from "./Results";
import { useEditor, type EditorStore } from "./store";

const STEP = 10;

/** The whole editor. */
export function Editor({
  store,
  onOpenGallery,
}: {
  store: EditorStore;
  onOpenGallery?: (folder: string) => void;
}) {
  const [palette, setPalette] = useState(true);
  const root = useRef<HTMLDivElement>(null);
  const said = useEditor(store, (state) => state.said);
  const notice = useEditor(store, (state) => state.notice);
  const empty = useEditor(
    store,
    (state) => state.description !== null && !state.history.now.document.nodes.length,
  );
  const focus = (role: string) => {
    setPalette(true);
    requestAnimationFrame(() =>
      root.current?.querySelector<HTMLElement>(`[data-role="${role}"]`)?.focus(),
    );
  };
  const full = () => {
    const document = root.current!.ownerDocument;
    if (document.fullscreenElement) void document.exitFullscreen();
    else void root.current!.requestFullscreen?.().catch(() => store.tell(store.say("noFullScreen")));
  };
  return (
    <EditorContext.Provider value={store}>
      <div
        ref={root}
        className="ckw-editor ckw-view"
        data-lm-suppress-shortcuts="true"
        lang={store.host.language}
        onKeyDown={(event) => onKey(store, event, focus)}
        onCopy={(event) => onCopy(store, event, false)}
        onCut={(event) => onCopy(store, event, true)}
        onPaste={(event) => {
          if (isTyping(event.target)) return;
          if (paste(store, event.clipboardData.getData("text/plain"))) event.preventDefault();
        }}
      >
        <Bar palette={palette} togglePalette={() => setPalette(!palette)} full={full} />
        <VaryBar />
        <div className="ckw-stage">
          {palette && <Palette />}
          <div className="ckw-middle">
            <ReactFlowProvider>
              <Flow />
            </ReactFlowProvider>
            {empty && <Beginning store={store} />}
            {notice && (
              <div className="ckw-notice" role="alert">
                <span>{notice}</span>
                <IconButton words={store.say("close")} press={() => store.tell("")} />
              </div>
            )}
            <Panels />
          </div>
          <Form />
        </div>
        <Results {...(onOpenGallery ? { onOpenGallery } : {})} />
        <Lightbox />
        <div className="ckw-said" role="status" aria-live="polite">
          {said}
        </div>
      </div>
    </EditorContext.Provider>
  );
}

/** What an empty canvas says: how to begin. */
function Beginning({ store }: { store: EditorStore }) {
  const types = store.state.types;
  const common = ["input", "interception", "generation", "collector"].filter((type) => types.has(type));
  return (
    <div className="ckw-beginning">
      <h2>{store.say("beginTitle")}</h2>
      <p>{store.say("beginText")}</p>
      <div className="ckw-buttons">
        <button
          type="button"
          className="ckw-go"
          onClick={() => {
            beginWith(store, common);
            requestAnimationFrame(() => views.get(store)?.fit());
          }}
        >
          {common.map((type) => types.get(type)!.name).join(" → ")}
        </button>
      </div>
      <p className="ckw-hint">{store.say("beginKeys")}</p>
    </div>
  );
}

/** Add these nodes in a row, each connected with the one before; one step to undo. */
function beginWith(store: EditorStore, types: readonly string[]): void {
  let before: string | null = null;
  types.forEach((type, index) => {
    const output = before && store.state.graph.boxes.find((box) => box.id === before)?.outputs[0];
    const from = before && output ? { node: before, handle: output.handle } : undefined;
    const place = { x: 100 + 310 * index, y: 200 };
    before = add(store, type, place, from, "begin");
  });
  const first = store.document.nodes.find((node) => node.type === types[0]);
  if (first) store.select([first.id]);
}

function isTyping(target: EventTarget): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, select, pre") !== null;
}

function onCopy(store: EditorStore, event: ClipboardEvent, cut: boolean): void {
  if (isTyping(event.target)) return;
  const text = copied(store);
  if (text === null) return;
  event.clipboardData.setData("text/plain", text);
  event.preventDefault();
  if (cut) remove(store);
}

function onKey(
  store: EditorStore,
  event: KeyboardEvent<HTMLElement>,
  focus: (role: string) => void,
): void {
  const command = event.ctrlKey || event.metaKey;
  if (command && event.key === "Enter") {
    event.preventDefault();
    void store.start();
    return;
  }
  if (isTyping(event.target)) {
    if (event.key === "Escape") (event.target as HTMLElement).blur();
    return;
  }
  if (!command && event.altKey) return;
  const on = (event.target as HTMLElement).closest<HTMLElement>(".react-flow__node");
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const by = event.shiftKey ? STEP * 5 : STEP;
  const acts: Record<string, () => void> = command
    ? {
        z: () => (event.shiftKey ? store.redo() : store.undo()),
        y: () => store.redo(),
        d: () => duplicate(store),
        a: () => store.select(store.state.graph.boxes.map((box) => box.id)),
      }
    : {
        Delete: () => remove(store),
        Backspace: () => remove(store),
        ArrowLeft: () => nudge(store, -by, 0),
        ArrowRight: () => nudge(store, by, 0),
        ArrowUp: () => nudge(store, 0, -by),
        ArrowDown: () => nudge(store, 0, by),
        Escape: () => store.escape(),
        "/": () => focus("palette-search"),
        "?": () => store.show({ panel: store.state.panel === "help" ? null : "help" }),
        c: () => store.state.form !== null && store.show({ panel: "connect" }),
        l: () => store.layOut(),
        f: () => views.get(store)?.fit(),
        "+": () => views.get(store)?.zoom(1.25),
        "-": () => views.get(store)?.zoom(1 / 1.25),
      };
  if (on && !command && (event.key === "Enter" || event.key === " ") && event.target === on) {
    const id = on.dataset.id!;
    const { selection } = store.state;
    acts[event.key] = () =>
      store.select(event.shiftKey ? [...selection, id] : [id]);
  }
  const act = acts[key];
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}
