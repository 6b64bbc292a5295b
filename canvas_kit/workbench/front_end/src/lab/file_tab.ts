/** A canvas file in a tab: what keeps its text, the view, and the disk in step. */

import type { CanvasDocument, CanvasSource, Host, Versioned } from "../host";
import { readCanvas, writeCanvas, type ReadCanvas } from "./canvas_file";
import type { DocumentContext, LabWidget } from "./jupyter";
import { NotEnabled, ServerAway } from "../hosts/server";
import { button, type LabWorkbench, notice } from "./workbench";

/** Milliseconds between two looks at the file on the disk, while the tab is seen. */
const LOOK_EVERY = 3000;

/** The canvas in a document of JupyterLab, as a view edits it. */
class FileSource implements CanvasSource {
  private revision = 0;
  private readonly listeners = new Set<(now: Versioned) => void>();
  private written = "";

  constructor(
    private readonly context: DocumentContext,
    private read: Extract<ReadCanvas, { document: CanvasDocument }>,
  ) {}

  current(): Versioned {
    return { revision: this.revision, document: this.read.document };
  }

  change(document: CanvasDocument, base: number): boolean {
    if (base !== this.revision) return false;
    this.read = { ...this.read, document };
    this.revision += 1;
    this.written = writeCanvas(document, this.read.large);
    this.context.model.fromString(this.written);
    this.context.model.dirty = true;
    return true;
  }

  listen(changed: (now: Versioned) => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }

  /** Take over what the text became elsewhere; nothing if it is what was written here. */
  take(text: string, read: Extract<ReadCanvas, { document: CanvasDocument }>): void {
    if (text === this.written) return;
    this.written = text;
    this.read = read;
    this.revision += 1;
    for (const listener of this.listeners) listener(this.current());
  }
}

/** Show the canvas of `context` in `content`, from when its text is there until it is disposed. */
export function showFile(workbench: LabWorkbench, content: LabWidget, context: DocumentContext): void {
  const { node } = content;
  node.classList.add("ckw-lab", "ckw-lab-file");
  let source: FileSource | undefined;
  let unmount: (() => void) | undefined;
  let shown = 0;

  const name = () => context.path.split("/").at(-1) ?? context.path;

  const clear = () => {
    shown += 1;
    unmount?.();
    unmount = source = undefined;
    node.replaceChildren();
  };

  const showProblem = (problem: Exclude<ReadCanvas, { document: CanvasDocument }>) => {
    clear();
    const { say } = workbench;
    const open = () => {
      void workbench.app.commands.execute("docmanager:open", { path: context.path, factory: "Editor" });
    };
    node.append(
      notice(say(problem.problem, { name: name(), detail: problem.detail }), [button(say("openText"), open)]),
    );
  };

  const showCanvas = async (read: Extract<ReadCanvas, { document: CanvasDocument }>) => {
    clear();
    const mine = shown;
    const mounted = new FileSource(context, read);
    source = mounted;
    const bar = document.createElement("div");
    const view = document.createElement("div");
    view.className = "ckw-lab-view";
    node.append(bar, view);
    const job = await rememberedJob(workbench, context.path);
    const taken = await workbench.mount(view, (bundle, element, host) => {
      if (mine !== shown) return () => {};
      return bundle.mountEditor(element, asOf(context, host), mounted, {
        ...(job ? { job } : {}),
        onJob: (started) => localStorage.setItem(jobKey(workbench, context.path), started),
        onOpenGallery: (folder) => workbench.openGallery(folder),
      });
    });
    if (mine !== shown) {
      taken();
      return;
    }
    unmount = taken;
    showTrouble(bar);
  };

  const showTrouble = (bar: HTMLElement) => {
    const { host, say } = workbench;
    const lines = [host.trouble, context.model.readOnly ? say("readOnly") : ""].filter(Boolean);
    const again = button(say("tryAgain"), () => void host.greet().then(() => showTrouble(bar)));
    bar.replaceChildren(...lines.map((line) => notice(line, line === host.trouble ? [again] : [])));
    bar.className = lines.length ? "ckw-lab-bar" : "";
  };

  const readText = () => {
    const text = context.model.toString();
    const read = readCanvas(text);
    if ("problem" in read) showProblem(read);
    else if (source) source.take(text, read);
    else void showCanvas(read);
  };

  const changed = () => {
    if (context.isReady) readText();
  };
  void Promise.all([context.ready, workbench.host.greet()]).then(() => {
    if (content.isDisposed) return;
    readText();
    context.model.contentChanged.connect(changed);
    const stop = watchDisk(workbench, content, context);
    content.disposed.connect(() => {
      stop();
      clear();
    });
  });
}

/** The host, told with each question of which file the canvas is: it may name pictures beside it. */
function asOf(context: DocumentContext, host: Host): Host {
  const ask: Host["ask"] = (method, parameters = {}) =>
    host.ask(method, { ...parameters, canvas_file: context.path.replace(/^[^/:]*:/, "") });
  return Object.create(host, { ask: { value: ask } }) as Host;
}

function jobKey(workbench: LabWorkbench, path: string): string {
  return `canvas-kit:job:${workbench.base}${path}`;
}

/** The job that was started last from a file in this browser; undefined if it is forgotten. */
async function rememberedJob(workbench: LabWorkbench, path: string): Promise<string | undefined> {
  const key = jobKey(workbench, path);
  const job = localStorage.getItem(key);
  if (job === null) return undefined;
  try {
    await workbench.host.ask("job", { job });
    return job;
  } catch (error) {
    if (error instanceof ServerAway) return job;
    if (!(error instanceof NotEnabled)) localStorage.removeItem(key);
    return undefined;
  }
}

/** Notice when another program changes the file: reload what was not edited, else ask. */
function watchDisk(workbench: LabWorkbench, content: LabWidget, context: DocumentContext): () => void {
  let busy = false;
  let saving = false;
  let kept = "";
  const note = (_: unknown, state: string) => {
    saving = state === "started";
  };
  context.saveState.connect(note);

  const look = async () => {
    if (busy || saving || !content.isVisible || document.visibilityState === "hidden") return;
    if (context.model.collaborative || context.contentsModel === null) return;
    busy = true;
    try {
      const { contents } = workbench.app.serviceManager;
      // Away, moved or deleted: Lab says so itself when the file is saved.
      const now = await contents.get(context.path, { content: false }).catch(() => undefined);
      if (now === undefined) return;
      const known = context.contentsModel;
      const newer = Date.parse(now.last_modified) > Date.parse(known.last_modified);
      if (!newer || saving || context.isDisposed || now.last_modified === kept) return;
      if (context.model.dirty && !(await theirs(workbench, context))) kept = now.last_modified;
      else await context.revert();
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => void look(), LOOK_EVERY);
  return () => {
    clearInterval(timer);
    if (!context.isDisposed) context.saveState.disconnect(note);
  };
}

async function theirs(workbench: LabWorkbench, context: DocumentContext): Promise<boolean> {
  const { say, lab } = workbench;
  const { Dialog, showDialog } = lab.apputils;
  const name = context.path.split("/").at(-1) ?? context.path;
  const answer = await showDialog({
    title: say("changedTitle", { name }),
    body: say("changedBody"),
    buttons: [Dialog.cancelButton({ label: say("keepMine") }), Dialog.okButton({ label: say("takeTheirs") })],
    defaultButton: 0,
  });
  return answer.button.accept;
}
