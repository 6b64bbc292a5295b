import { useState } from "react";
import { goTo, nameOf, views } from "./actions";
import { useStore } from "./context";
import { IconButton } from "./controls";
import { useDraft } from "./fields";
import { Icon } from "./icons";
import { isGoing } from "./runs";
import { useEditor, useJob, type Panel } from "./store";
import { asked, axes, count, withLevels } from "./vary";

function Button({
  icon,
  words,
  press,
  off,
  on,
}: {
  icon: string;
  words: string;
  press: () => void;
  off?: boolean;
  on?: boolean;
}) {
  return (
    <button
      type="button"
      className="ckw-tool"
      title={words}
      aria-label={words}
      disabled={off}
      aria-pressed={on}
      onClick={press}
    >
      <Icon name={icon} />
    </button>
  );
}

/** The bar above the canvas. */
export function Bar({
  palette,
  togglePalette,
  full,
}: {
  palette: boolean;
  togglePalette: () => void;
  full: () => void;
}) {
  const store = useStore();
  const past = useEditor(store, (state) => state.history.past.length > 0);
  const future = useEditor(store, (state) => state.history.future.length > 0);
  const panel = useEditor(store, (state) => state.panel);
  const open = (which: Panel) => store.show({ panel: panel === which ? null : which });
  return (
    <div className="ckw-bar" role="toolbar" aria-label={store.say("toolbar")}>
      <Button icon="plus" words={store.say("palette")} press={togglePalette} on={palette} />
      <CanvasName />
      <span className="ckw-group">
        <Button icon="undo" words={store.say("undo")} press={() => store.undo()} off={!past} />
        <Button icon="redo" words={store.say("redo")} press={() => store.redo()} off={!future} />
      </span>
      <span className="ckw-group">
        <Button icon="layout" words={store.say("layOut")} press={() => store.layOut()} />
        <Button icon="fit" words={store.say("fit")} press={() => views.get(store)?.fit()} />
      </span>
      <span className="ckw-group ckw-zoom">
        <Button icon="zoomOut" words={store.say("zoomOut")} press={() => views.get(store)?.zoom(1 / 1.25)} />
        <Button icon="zoomIn" words={store.say("zoomIn")} press={() => views.get(store)?.zoom(1.25)} />
      </span>
      <span className="ckw-group">
        <Button icon="code" words={store.say("asPython")} press={() => open("python")} on={panel === "python"} />
        <button type="button" className="ckw-tool" onClick={() => open("json")} aria-pressed={panel === "json"}>
          JSON
        </button>
        <Button icon="help" words={store.say("help")} press={() => open("help")} on={panel === "help"} />
        <Button icon="full" words={store.say("fullScreen")} press={full} />
      </span>
      <span className="ckw-end">
        <Problems />
        <RunButtons />
      </span>
    </div>
  );
}

function CanvasName() {
  const store = useStore();
  const name = useEditor(store, ({ history }) => history.now.document.name ?? "");
  const draft = useDraft(name, (text) =>
    store.edit({ document: { ...store.document, name: text } }, { key: "name" }),
  );
  return (
    <input
      className="ckw-canvasname"
      type="text"
      {...draft.input}
      placeholder={store.say("untitled")}
      aria-label={store.say("canvasName")}
      onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
    />
  );
}

function Problems() {
  const store = useStore();
  const problems = useEditor(store, (state) => state.problems);
  const checked = useEditor(store, (state) => state.checked);
  const open = useEditor(store, (state) => state.panel === "problems");
  const empty = useEditor(store, ({ history }) => !history.now.document.nodes.length);
  if (empty) return null;
  const wrong = problems.filter((one) => one.severity === "problem").length;
  const forgotten = problems.length - wrong;
  if (!problems.length) {
    return checked === "fine" ? (
      <span className="ckw-fine" title={store.say("fine")} role="img" aria-label={store.say("fine")}>
        <Icon name="check" size={14} />
      </span>
    ) : null;
  }
  return (
    <button
      type="button"
      className={`ckw-tool ckw-problems ${wrong ? "ckw-problem" : "ckw-warning"}`}
      aria-expanded={open}
      onClick={() => store.show({ panel: open ? null : "problems" })}
    >
      <Icon name="warning" size={14} />
      {wrong ? store.say("nProblems", { n: wrong }) : store.say("nWarnings", { n: forgotten })}
    </button>
  );
}

function RunButtons() {
  const store = useStore();
  const job = useJob(store);
  const starting = useEditor(store, (state) => state.starting);
  const empty = useEditor(store, ({ history }) => !history.now.document.nodes.length);
  const content = useEditor(store, (state) => state.history.now);
  const types = useEditor(store, (state) => state.types);
  const sweep = useEditor(store, (state) => state.sweep);
  const vary = asked(content.vary, content.document, types);
  const runs = sweep && vary ? sweep.runs : count(vary);
  if (isGoing(job)) {
    return (
      <button
        type="button"
        className="ckw-go ckw-stop"
        disabled={job!.state === "stopping"}
        onClick={() => void store.stop()}
      >
        <Icon name="stop" size={13} /> {store.say(job!.state === "stopping" ? "stopping" : "cancel")}
      </button>
    );
  }
  return (
    <button
      type="button"
      className="ckw-go"
      disabled={starting || empty}
      title={store.say("runHint")}
      onClick={() => void store.start()}
    >
      <Icon name="run" size={13} /> {vary ? store.say("runMany", { n: runs }) : store.say("run")}
    </button>
  );
}

/** What varies, and what comes of it; there only when something does. */
export function VaryBar() {
  const store = useStore();
  const content = useEditor(store, (state) => state.history.now);
  const types = useEditor(store, (state) => state.types);
  const sweep = useEditor(store, (state) => state.sweep);
  const [code, setCode] = useState(false);
  const { vary, document } = content;
  const all = axes(vary, document, types);
  if (!all.length && vary.seeds === 1 && vary.base_seed === null) return null;
  const set = (change: Partial<typeof vary>) =>
    store.edit({ vary: { ...store.vary, ...change } }, { key: "seeds" });
  return (
    <section className="ckw-varybar" aria-label={store.say("varying")}>
      <Icon name="vary" />
      {all.map((axis) => (
        <span key={axis.key} className="ckw-chip">
          <button type="button" onClick={() => goTo(store, axis.node)}>
            {nameOf(store, axis.node)} · {axis.field.title} <b>× {axis.levels.length}</b>
          </button>
          <IconButton words={`${store.say("varyNot")}: ${axis.field.title}`} press={() => store.edit({ vary: withLevels(store.vary, axis.key, null) })} size={11} />
        </span>
      ))}
      <Seeds set={set} />
      {sweep && (
        <strong className="ckw-words" role="status">
          {sweep.words}
        </strong>
      )}
      {sweep?.problems.map((one) => (
        <span key={one.message} className={`ckw-note ckw-${one.severity}`}>
          {one.message}
        </span>
      ))}
      {sweep?.code && (
        <button type="button" aria-expanded={code} onClick={() => setCode(!code)}>
          {store.say("asPython")}
        </button>
      )}
      {code && sweep?.code && <Code code={sweep.code} />}
    </section>
  );
}

function Seeds({ set }: { set: (change: { seeds?: number; base_seed?: number | string | null }) => void }) {
  const store = useStore();
  const seeds = useEditor(store, ({ history }) => history.now.vary.seeds);
  const base = useEditor(store, ({ history }) => history.now.vary.base_seed);
  const draft = useDraft(base === null ? "" : String(base), (text) => {
    const digits = text.trim();
    if (digits === "") set({ base_seed: null });
    else if (/^\d{1,16}$/.test(digits)) {
      set({ base_seed: Number.isSafeInteger(Number(digits)) ? Number(digits) : digits });
    }
  });
  return (
    <>
      <label>
        {store.say("seeds")}
        <input
          type="number"
          min={1}
          max={1000}
          value={seeds}
          onChange={(event) => set({ seeds: Math.max(1, Math.min(1000, Number(event.target.value) || 1)) })}
        />
      </label>
      <label>
        {store.say("baseSeed")}
        <input
          type="text"
          inputMode="numeric"
          size={10}
          placeholder={store.say("drawn")}
          {...draft.input}
        />
      </label>
    </>
  );
}

/** Code to read, copy, and put into a cell. */
export function Code({ code }: { code: string }) {
  const store = useStore();
  const [told, setTold] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(code);
      setTold(store.say("codeCopied"));
    } catch {
      setTold(store.say("codeNotCopied"));
    }
  };
  const insert = async () => {
    const done = await store.host.insertCode(code).catch(() => false);
    setTold(store.say(done ? "codeInserted" : "codeNotInserted"));
  };
  return (
    <div className="ckw-code">
      <pre tabIndex={0} aria-label={store.say("asPython")}>
        {code}
      </pre>
      <div className="ckw-buttons">
        <button type="button" onClick={() => void copy()}>
          {store.say("copyCode")}
        </button>
        <button type="button" onClick={() => void insert()}>
          {store.say("insertCode")}
        </button>
        <span role="status">{told}</span>
      </div>
    </div>
  );
}
