/** What a view needs of where it runs: a notebook's kernel, or a Jupyter server.
 *
 * Views know this interface and nothing else: no kernel, no address, no notebook. Python behind it
 * is the same in both cases (`canvas_kit.workbench.desk`).
 */

export type Language = "en" | "de";

/** A canvas file, as `Canvas.to_document()` writes it. Fields that we do not know are kept. */
export interface CanvasDocument {
  id?: string;
  name?: string;
  type?: string;
  nodes: NodeDocument[];
  connections: ConnectionDocument[];
  [more: string]: unknown;
}

export interface NodeDocument {
  id: string;
  type: string;
  x?: number;
  y?: number;
  [field: string]: unknown;
}

export interface ConnectionDocument {
  sourceId: string;
  targetId: string;
  label?: string | null;
  targetLabel?: string | null;
  [more: string]: unknown;
}

/** A document and how often it was changed; what comes late carries an old number. */
export interface Versioned {
  revision: number;
  document: CanvasDocument;
}

/** Where a canvas lives: Python's variable, or a file. */
export interface CanvasSource {
  current(): Versioned;
  /** Hand in a change that was made to the revision `base`; false where another came first. */
  change(document: CanvasDocument, base: number): boolean;
  /** Called when it was changed elsewhere. Returns what ends that. */
  listen(changed: (now: Versioned) => void): () => void;
}

/** Names a recorded picture, or another recorded file. */
export interface MediaKey {
  run_id: string;
  file: string;
  sha256: string;
  media_type: string;
  width?: number;
  height?: number;
}

export type NodeState =
  "waiting" | "running" | "completed" | "failed" | "refused" | "skipped" | "cancelled";

export interface NodeProgress {
  state: NodeState;
  /** What its backend says, or why it did not complete. */
  message: string;
  /** The beginning of the text that it made. */
  text: string;
  step: number | null;
  total: number | null;
  round: number;
  media: MediaKey[];
  /** A small picture of the work so far, as a data URL; empty without one. */
  preview: string;
  reused: boolean;
}

export interface RunRow {
  run_id: string;
  index: number;
  status: string;
  levels: Record<string, string | number | boolean | null>;
  media: MediaKey[];
  reason: string;
}

/** How far a run or a batch is. Comes whole, a few times a second, whatever happens meanwhile. */
export interface JobSnapshot {
  job: string;
  kind: "run" | "batch";
  /** "lost": its process is gone without a last word; what was made is kept. */
  state: "waiting" | "running" | "stopping" | "ended" | "lost";
  /** How it ended: completed, partial, failed, cancelled, aborted; empty before. */
  status: string;
  error: string;
  /** The number of the last event that is in it. */
  number: number;
  name: string;
  folder: string | null;
  started_at: string;
  seconds: number;
  seconds_left: number | null;
  total: number;
  ended: number;
  completed: number;
  wanting: number;
  cancelled: number;
  /** The nodes of the run, or of the run of the batch that began last. */
  nodes: Record<string, NodeProgress>;
  /** The latest runs that ended, the newest first; at most 60. */
  runs: RunRow[];
  messages: string[];
}

/** What went wrong, in words for people. */
export class HostError extends Error {}

export interface Host {
  readonly language: Language;
  /** Ask Python. The methods are those of `canvas_kit.workbench.desk.Desk`. */
  ask<Answer>(method: string, parameters?: Record<string, unknown>): Promise<Answer>;
  /** An address for an `img`. `edge`: the longest edge in pixels of a thumbnail; 0 for the file. */
  picture(key: MediaKey, edge: number): Promise<string>;
  /** Be told how far a job is, at most five times a second, until it has ended. */
  follow(job: string, told: (snapshot: JobSnapshot) => void): () => void;
  /** The job that belongs to what is shown, if there is one: told now, and whenever another takes
   * its place (started here, in Python, or found again after a reload). Returns what ends that. */
  watchJob?(told: (job: string) => void): () => void;
  /** Put code into a new cell below; false where there is no notebook to put it into. */
  insertCode(code: string): Promise<boolean>;
}
