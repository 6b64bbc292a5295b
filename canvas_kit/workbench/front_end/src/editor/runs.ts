/** How far a job is, for many readers: each is told only when what it reads has changed. */

import type { JobSnapshot, NodeProgress, RunRow } from "../host";

const MOST_ROWS = 600;

type Told = () => void;

export class RunStore {
  #snapshot: JobSnapshot | null = null;
  #nodes = new Map<string, NodeProgress>();
  #rows = new Map<string, RunRow>();
  #listeners = new Map<string, Set<Told>>();

  /** Take in a snapshot; null forgets the job. Where work `goesOn` with another job, nodes show
   * what they made until that tells of them. */
  apply(snapshot: JobSnapshot | null, goesOn = false): void {
    if (snapshot === null || snapshot.job !== this.#snapshot?.job) this.#rows.clear();
    this.#snapshot = snapshot;
    if (goesOn) return this.#tell("");
    const fresh = snapshot?.nodes ?? {};
    const changed: string[] = [];
    for (const [id, told] of Object.entries(fresh)) {
      const known = this.#nodes.get(id);
      const progress = withFormer(told, known);
      if (known && sameProgress(known, progress)) continue;
      this.#nodes.set(id, progress);
      changed.push(id);
    }
    for (const id of [...this.#nodes.keys()]) {
      if (id in fresh) continue;
      this.#nodes.delete(id);
      changed.push(id);
    }
    for (const row of snapshot?.runs ?? []) {
      // The latest runs are told again and again; the same object is not drawn again.
      const known = this.#rows.get(row.run_id);
      if (known?.status !== row.status || known.media.length !== row.media.length) {
        this.#rows.set(row.run_id, row);
      }
    }
    if (this.#rows.size > MOST_ROWS) {
      const old = [...this.#rows.keys()].slice(0, this.#rows.size - MOST_ROWS);
      for (const id of old) this.#rows.delete(id);
    }
    for (const id of changed) this.#tell(id);
    this.#tell("");
  }

  get snapshot(): JobSnapshot | null {
    return this.#snapshot;
  }

  /** The runs that ended and were seen here, the first to begin first. */
  rows(): RunRow[] {
    return [...this.#rows.values()].sort((a, b) => a.index - b.index);
  }

  node(id: string): NodeProgress | undefined {
    return this.#nodes.get(id);
  }

  /** Be told when a node's state changed, or with "" when anything about the job did. */
  listen(id: string, told: Told): () => void {
    const known = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, known.add(told));
    return () => {
      known.delete(told);
      if (!known.size && this.#listeners.get(id) === known) this.#listeners.delete(id);
    };
  }

  #tell(id: string): void {
    for (const told of [...(this.#listeners.get(id) ?? [])]) told();
  }
}

/** A node that has made nothing yet, with what it made before: nodes do not shrink and grow. */
function withFormer(told: NodeProgress, known: NodeProgress | undefined): NodeProgress {
  const toCome = ["waiting", "running"].includes(told.state) && !told.text && !told.media.length;
  return toCome && known ? { ...told, text: known.text, media: known.media } : told;
}

export function sameProgress(one: NodeProgress, other: NodeProgress): boolean {
  return (
    one.state === other.state &&
    one.message === other.message &&
    one.text === other.text &&
    one.step === other.step &&
    one.total === other.total &&
    one.round === other.round &&
    one.preview === other.preview &&
    one.reused === other.reused &&
    one.media.length === other.media.length &&
    one.media.every((key, index) => key.sha256 === other.media[index]?.sha256)
  );
}

/** The job is under way: it can be cancelled, and no other can be started here. */
export function isGoing(snapshot: JobSnapshot | null): boolean {
  return snapshot !== null && snapshot.state !== "ended" && snapshot.state !== "lost";
}

/** Seconds in words such as "3:05" or "1:02:09". */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
