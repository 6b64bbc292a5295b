import { useEffect, useRef, useState, type ReactNode } from "react";
import { useFocus } from "./focus";
import { goTo, nameOf, views } from "./actions";
import { Code } from "./Bar";
import { useStore } from "./context";
import { IconButton, Note } from "./controls";
import { read } from "./document";
import { Icon } from "./icons";
import { ConnectTo } from "./Palette";
import { useEditor } from "./store";
import type { WordKey } from "./words";

/** What opens over the canvas: JSON, Python, problems, help, "connect to…". */
export function Panels() {
  const store = useStore();
  const panel = useEditor(store, (state) => state.panel);
  const form = useEditor(store, (state) => state.form);
  const close = () => store.show({ panel: null });
  switch (panel) {
    case "json":
      return (
        <Sheet title={store.say("json")} close={close}>
          <Json close={close} />
        </Sheet>
      );
    case "python":
      return (
        <Sheet title={store.say("asPython")} close={close}>
          <Python />
        </Sheet>
      );
    case "problems":
      return (
        <Sheet title={store.say("problems")} close={close}>
          <ProblemList />
        </Sheet>
      );
    case "help":
      return (
        <Sheet title={store.say("help")} close={close}>
          <Help />
        </Sheet>
      );
    case "connect":
      return form === null ? null : (
        <Sheet title={store.say("connectNode", { name: nameOf(store, form) })} close={close}>
          <ConnectTo node={form} close={close} />
        </Sheet>
      );
    default:
      return null;
  }
}

function Sheet({ title, close, children }: { title: string; close: () => void; children: ReactNode }) {
  const store = useStore();
  const box = useRef<HTMLElement>(null);
  useFocus(box, true);
  return (
    <section
      ref={box}
      className="ckw-sheet"
      role="dialog"
      aria-label={title}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close();
      }}
    >
      <header>
        <h2>{title}</h2>
        <IconButton words={store.say("close")} press={close} />
      </header>
      <div className="ckw-sheetbody">{children}</div>
    </section>
  );
}

function Json({ close }: { close: () => void }) {
  const store = useStore();
  const document = useEditor(store, ({ history }) => history.now.document);
  const [text, setText] = useState<string | null>(null);
  const [wrong, setWrong] = useState(false);
  const written = JSON.stringify(document, null, 2);
  const take = (from: string) => {
    const found = read(from);
    setWrong(!found);
    if (!found) return;
    store.edit({ document: found }, { said: store.say("jsonTaken") });
    store.select([]);
    close();
    requestAnimationFrame(() => views.get(store)?.fit());
  };
  const save = () => {
    const name = (document.name || "canvas").replace(/[^\p{L}\p{N}_-]+/gu, "_");
    const link = window.document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`${written}\n`], { type: "application/json" }));
    link.download = `${name}.canvas.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };
  return (
    <>
      <textarea
        className="ckw-json"
        spellCheck={false}
        value={text ?? written}
        aria-label={store.say("json")}
        aria-invalid={wrong}
        onChange={(event) => {
          setText(event.target.value);
          setWrong(false);
        }}
      />
      {wrong && <Note>{store.say("jsonWrong")}</Note>}
      <div className="ckw-buttons">
        <button type="button" disabled={text === null} onClick={() => take(text ?? written)}>
          {store.say("jsonTake")}
        </button>
        <button type="button" disabled={text === null} onClick={() => setText(null)}>
          {store.say("jsonReset")}
        </button>
        <label className="ckw-button">
          {store.say("importFile")}
          <input
            type="file"
            accept=".json,application/json"
            onChange={(event) => void event.target.files?.[0]?.text().then(take)}
          />
        </label>
        <button type="button" onClick={save}>
          {store.say("exportFile")}
        </button>
      </div>
    </>
  );
}

function Python() {
  const store = useStore();
  const document = useEditor(store, ({ history }) => history.now.document);
  const [code, setCode] = useState("");
  const [wrong, setWrong] = useState("");
  useEffect(() => {
    let here = true;
    store.host.ask<{ code: string }>("python", { document }).then(
      (answer) => {
        if (!here) return;
        setCode(answer.code);
        setWrong("");
      },
      (error: unknown) => here && setWrong(error instanceof Error ? error.message : String(error)),
    );
    return () => {
      here = false;
    };
  }, [store, document]);
  if (wrong) return <p className="ckw-note ckw-problem">{wrong}</p>;
  return code ? <Code code={code} /> : <p className="ckw-hint">{store.say("waits")}</p>;
}

function ProblemList() {
  const store = useStore();
  const problems = useEditor(store, (state) => state.problems);
  if (!problems.length) return <p className="ckw-hint">{store.say("fine")}</p>;
  return (
    <ul className="ckw-problemlist">
      {problems.map((one, index) => (
        <li key={index} className={`ckw-${one.severity}`}>
          <button type="button" disabled={!one.node} onClick={() => one.node && goTo(store, one.node)}>
            <Icon name="warning" size={14} />
            <span>
              {one.node && <b>{nameOf(store, one.node)} </b>}
              {one.message}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

const KEYS: [string, WordKey][] = [
  ["/", "key_palette"],
  ["Tab", "key_tab"],
  ["Enter", "key_enter"],
  ["C", "key_connect"],
  ["← ↑ → ↓", "key_arrows"],
  ["Del", "key_delete"],
  ["Ctrl Z · Ctrl Shift Z", "key_undo"],
  ["Ctrl C · X · V", "key_copy"],
  ["Ctrl D", "key_duplicate"],
  ["Ctrl A", "key_all"],
  ["L", "key_layout"],
  ["F", "key_fit"],
  ["+ −", "key_zoom"],
  ["Ctrl Enter", "key_run"],
  ["Esc", "key_escape"],
  ["?", "key_help"],
];

function Help() {
  const store = useStore();
  return (
    <>
      <dl className="ckw-keys">
        {KEYS.map(([keys, words]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{store.say(words)}</dd>
          </div>
        ))}
      </dl>
      <p className="ckw-hint">{store.say("mouseHelp")}</p>
    </>
  );
}
