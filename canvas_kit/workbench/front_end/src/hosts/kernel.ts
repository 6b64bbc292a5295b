/** Where a view runs in a notebook's cell: it asks its kernel, through its widget's messages.
 *
 * A kernel reads messages between cells only. So nothing here runs into a time limit while a cell
 * is busy: the question stands in line, as a cell would, and a line above the view says so. What
 * Python has to tell (how far a job is, a changed canvas) comes at any time.
 */

import type { CanvasDocument, CanvasSource, Host, JobSnapshot, Language, MediaKey, Versioned } from "../host";
import { HostError } from "../host";
import { speaker } from "../words";
import type { Kernel, Model } from "./model";
import { words } from "./words";

/** How long a question waits before it is said why. */
const PATIENCE_MS = 1500;
/** Pictures whose addresses are kept; what is shown stays shown when its address is let go. */
const KEPT_PICTURES = 400;
/** Pictures that are asked for at the same time. */
const PICTURES_AT_ONCE = 6;
/** How long the notebook may take to put a cell below. */
const INSERT_MS = 2000;
/** What a kernel is called while what it held is lost. */
const ENDS = new Set(["restarting", "autorestarting", "terminating", "dead"]);

interface Message {
  id?: number;
  answer?: unknown;
  error?: string;
  snapshot?: JobSnapshot;
}

interface Waiting {
  settle(message: Message, buffers: DataView[]): void;
  refuse(error: HostError): void;
}

export class KernelHost implements Host {
  readonly language: Language;
  private readonly waiting = new Map<number, Waiting>();
  private readonly followers = new Map<string, Set<(snapshot: JobSnapshot) => void>>();
  private readonly latest = new Map<string, JobSnapshot>();
  private readonly pictures = new Map<string, Promise<string>>();
  private readonly line: (() => void)[] = [];
  private fetching = 0;
  private count = 0;
  private readonly kernel: Kernel | null | undefined;
  private patience: ReturnType<typeof setTimeout> | undefined;

  /** `told` is called with what the user should know about the kernel, empty when it answers. */
  constructor(
    private readonly model: Model,
    private readonly element: HTMLElement,
    private readonly known: Record<string, unknown> = {},
    private readonly told: (words: string) => void = () => {},
  ) {
    this.language = model.get("language") === "de" ? "de" : "en";
    model.on("msg:custom", this.hear);
    this.kernel = model.widget_manager.kernel;
    this.kernel?.statusChanged?.connect(this.lookWhetherAlive);
  }

  close(): void {
    clearTimeout(this.patience);
    this.model.off("msg:custom", this.hear);
    this.kernel?.statusChanged?.disconnect(this.lookWhetherAlive);
    for (const address of this.pictures.values()) void address.then(URL.revokeObjectURL, () => {});
    this.pictures.clear();
  }

  async ask<Answer>(method: string, parameters: Record<string, unknown> = {}): Promise<Answer> {
    if (method in this.known) return this.known[method] as Answer;
    return (await this.send(method, parameters))[0] as Answer;
  }

  picture(key: MediaKey, edge: number): Promise<string> {
    const name = `${key.sha256}/${edge}`;
    const found = this.pictures.get(name) ?? this.fetch(key, edge);
    this.pictures.delete(name); // what was asked for last stands last
    this.pictures.set(name, found);
    found.catch(() => this.pictures.delete(name));
    for (const [old, address] of this.pictures) {
      if (this.pictures.size <= KEPT_PICTURES) break;
      this.pictures.delete(old);
      void address.then(URL.revokeObjectURL, () => {});
    }
    return found;
  }

  follow(job: string, told: (snapshot: JobSnapshot) => void): () => void {
    const followers = this.followers.get(job) ?? new Set();
    this.followers.set(job, followers.add(told));
    const latest = this.latest.get(job);
    if (latest !== undefined) told(latest);
    if (latest === undefined || !ended(latest)) {
      this.send("follow", { job }).then(
        ([snapshot]) => this.take(snapshot as JobSnapshot),
        (error: HostError) => console.warn(error.message),
      );
    }
    return () => void followers.delete(told);
  }

  watchJob(told: (job: string) => void): () => void {
    const look = (): void => {
      const job = this.model.get("job");
      if (typeof job === "string" && job) told(job);
    };
    look();
    this.model.on("change:job", look);
    return () => this.model.off("change:job", look);
  }

  insertCode(code: string): Promise<boolean> {
    return new Promise((done) => {
      setTimeout(() => done(false), INSERT_MS);
      const detail = { code, done };
      this.element.dispatchEvent(new CustomEvent("canvas-kit:insert", { detail, bubbles: true }));
    });
  }

  /** Ask, and get what came with the answer too. */
  send(method: string, parameters: object): Promise<[unknown, DataView[]]> {
    return new Promise((resolve, reject) => {
      const id = ++this.count;
      this.waiting.set(id, {
        refuse: reject,
        settle: (message, buffers) =>
          message.error === undefined
            ? resolve([message.answer, buffers])
            : reject(new HostError(message.error)),
      });
      this.patience ??= setTimeout(this.explain, PATIENCE_MS);
      this.model.send({ id, method, parameters });
    });
  }

  private readonly hear = (message: Message, buffers: DataView[]): void => {
    const { id, snapshot } = message;
    if (snapshot !== undefined) this.take(snapshot);
    if (id === undefined) return;
    this.waiting.get(id)?.settle(message, buffers);
    this.waiting.delete(id);
    this.rest();
  };

  private take(snapshot: JobSnapshot): void {
    const latest = this.latest.get(snapshot.job);
    if (latest !== undefined && ended(latest) && !ended(snapshot)) return;
    this.latest.set(snapshot.job, snapshot);
    for (const told of this.followers.get(snapshot.job) ?? []) told(snapshot);
  }

  private readonly explain = (): void => {
    const kernel = this.model.widget_manager.kernel;
    const say = speaker(words, this.language);
    if (kernel === null || ENDS.has(kernel?.status ?? "")) this.lose();
    else this.told(say("busy"));
  };

  /** anywidget 0.11 takes from its views what tells other widgets that their kernel has ended. */
  private readonly lookWhetherAlive = (_: unknown, status: string): void => {
    if (!ENDS.has(status)) return;
    this.element.classList.add("jupyter-widgets-disconnected"); // the static form is seen now
    this.lose();
  };

  /** The kernel that was asked will not answer any more. */
  private lose(): void {
    const gone = speaker(words, this.language)("gone");
    this.told(gone);
    for (const { refuse } of this.waiting.values()) refuse(new HostError(gone));
    this.waiting.clear();
  }

  /** It answers: what else was asked takes its time, or the cell is not at its end. */
  private rest(): void {
    clearTimeout(this.patience);
    this.patience = this.waiting.size ? setTimeout(this.explain, PATIENCE_MS) : undefined;
    this.told("");
  }

  private async fetch(key: MediaKey, edge: number): Promise<string> {
    if (this.fetching >= PICTURES_AT_ONCE) {
      await new Promise<void>((ready) => this.line.push(ready));
    }
    this.fetching += 1;
    try {
      const { run_id, file, sha256 } = key;
      const [answer, buffers] = await this.send("picture", { run_id, file, sha256, edge });
      const type = (answer as { media_type: string }).media_type;
      return URL.createObjectURL(new Blob(buffers as DataView<ArrayBuffer>[], { type }));
    } finally {
      this.fetching -= 1;
      this.line.shift()?.();
    }
  }
}

function ended(snapshot: JobSnapshot): boolean {
  return snapshot.state === "ended" || snapshot.state === "lost";
}

interface State {
  revision: number;
  document: CanvasDocument;
  /** Who made this revision: a source, or nothing for Python. */
  by: string;
}

/** The canvas of an editor in a cell. Python has the last word.
 *
 * Every change says on which of Python's revisions it rests. Changes do not wait for each other:
 * those that Python does not know yet may follow one another, as long as no one else came between.
 * The numbers that the view sees are our own, since it must not wait for Python's.
 */
export class KernelSource implements CanvasSource {
  private readonly id = crypto.randomUUID();
  private readonly listeners = new Set<(now: Versioned) => void>();
  private now: Versioned;
  /** Python's latest revision that we know. */
  private confirmed: number;

  constructor(
    private readonly model: Model,
    private readonly host: Pick<KernelHost, "send">,
  ) {
    const { revision, document } = model.get("state") as State;
    this.confirmed = revision;
    this.now = { revision, document };
    model.on("change:state", this.changed);
  }

  close(): void {
    this.model.off("change:state", this.changed);
  }

  current(): Versioned {
    return this.now;
  }

  change(document: CanvasDocument, base: number): boolean {
    if (base !== this.now.revision) return false;
    this.now = { revision: base + 1, document };
    this.host
      .send("change", { document, base: this.confirmed, by: this.id })
      .then(([answer]) => {
        const refused = answer as State | null;
        if (refused !== null) this.take(refused);
      })
      .catch((error: HostError) => console.warn(error.message));
    return true;
  }

  listen(changed: (now: Versioned) => void): () => void {
    this.listeners.add(changed);
    return () => void this.listeners.delete(changed);
  }

  private readonly changed = (): void => this.take(this.model.get("state") as State);

  private take({ revision, document, by }: State): void {
    if (revision < this.confirmed) return;
    this.confirmed = revision;
    if (by === this.id) return; // our own; the view may be further by now
    this.now = { revision: this.now.revision + 1, document };
    for (const listener of this.listeners) listener(this.now);
  }
}
