import { useEffect, useState } from "react";
import type { CanvasDocument, Host } from "../host";
import { Dialog } from "./Dialog";
import { problemOf } from "./loader";
import type { GalleryKey, GallerySource, OriginAnswer } from "./protocol";
import type { Speech } from "./words";

interface OriginProps {
  host: Host;
  source: GallerySource;
  item: GalleryKey;
  say: Speech;
  copy: (text: string) => void;
  announce: (words: string) => void;
  onOpenCanvas?: (document: CanvasDocument) => void;
  close: () => void;
}

const forms = ["as python", "as opening", "as json"] as const;

/** The canvas that made a picture, to be read, copied, inserted, or opened in the editor. */
export function Origin(props: OriginProps) {
  const { host, source, item, say, copy, announce, onOpenCanvas, close } = props;
  const [answer, setAnswer] = useState<OriginAnswer | null>(null);
  const [problem, setProblem] = useState("");
  const [form, setForm] = useState<(typeof forms)[number]>("as python");
  useEffect(() => {
    let current = true;
    host.ask<OriginAnswer>("gallery.origin", { source, key: item }).then(
      (came) => current && setAnswer(came),
      (error: unknown) => current && setProblem(problemOf(error, "")),
    );
    return () => {
      current = false;
    };
  }, []);
  const text = answer
    ? {
        "as python": answer.code,
        "as opening": answer.open_code,
        "as json": JSON.stringify(answer.document, null, 2),
      }[form]
    : "";
  const insert = async (code: string): Promise<boolean> => {
    const done = await host.insertCode(code).catch(() => false);
    announce(say(done ? "inserted" : "not inserted"));
    return done;
  };
  /** In a tab where there are tabs, else in a cell, where it is a variable that can be run. */
  const edit = async ({ document, edit_code }: OriginAnswer): Promise<void> => {
    if (onOpenCanvas) onOpenCanvas(document);
    else if (!(await insert(edit_code))) return;
    close();
  };
  return (
    <Dialog label={say("origin")} className="ckw-gallery-origin" close={close}>
      <h3>{say("origin")}</h3>
      <div role="tablist" className="ckw-gallery-tabs">
        {forms.map((each) => (
          <button
            key={each}
            type="button"
            role="tab"
            aria-selected={form === each}
            onClick={() => setForm(each)}
          >
            {say(each)}
          </button>
        ))}
      </div>
      {problem ? (
        <p className="ckw-gallery-fault">{say("failed", { problem })}</p>
      ) : (
        <pre role="tabpanel" tabIndex={0}>
          {answer ? text : say("loading")}
        </pre>
      )}
      <p className="ckw-gallery-buttons">
        <button type="button" disabled={!answer} onClick={() => copy(text)}>
          {say("copy")}
        </button>
        {form !== "as json" && (
          <button type="button" disabled={!answer} onClick={() => void insert(text)}>
            {say("insert")}
          </button>
        )}
        <button type="button" disabled={!answer} onClick={() => answer && void edit(answer)}>
          {say(onOpenCanvas ? "open canvas" : "insert editor")}
        </button>
        <button type="button" className="ckw-gallery-main" data-first onClick={close}>
          {say("close")}
        </button>
      </p>
    </Dialog>
  );
}
