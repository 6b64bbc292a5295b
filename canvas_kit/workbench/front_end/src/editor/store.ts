/** The editor's state, outside React: what is shown reads the part that it needs. */

import { useCallback, useSyncExternalStore } from "react";
import type { CanvasDocument, CanvasSource, Host, JobSnapshot, MediaKey } from "../host";
import { renamed, sameDocument, sharing, whole, withPlaces } from "./document";
import { estimatedHeight, graphOf, type GraphView } from "./graph";
import { begin, redo, step, undo, type History } from "./history";
import { apart, BOX_WIDTH, laidOut, shownPlaces, type Place } from "./layout";
import type { Checked, Choices, Content, Description, FoundProblem } from "./protocol";
import type { SweepAnswer, Types, Vary } from "./protocol";
import { isGoing, RunStore } from "./runs";
import * as varying from "./vary";
import type { Say } from "./words";

const CHECK_MS = 250;

export type Panel = "json" | "python" | "help" | "problems" | "connect" | null;

/** Where a connection is being drawn from, and the handles (`node\0handle`) that can take it. */
export interface Connecting {
  node: string;
  handle: string;
  fits: ReadonlySet<string>;
}

export interface EditorState {
  history: History<Content>;
  types: Types;
  description: Description | null;
  choices: Choices | null;
  graph: GraphView;
  /** Where nodes lie: in the document, or laid out for the eye. */
  places: ReadonlyMap<string, Place>;
  /** Where they are seen: with room for what a run put onto those above. */
  shown: ReadonlyMap<string, Place>;
  selection: ReadonlySet<string>;
  /** Ids of the selected lines. */
  lines: ReadonlySet<string>;
  /** The node whose form is open, also a badge's. */
  form: string | null;
  problems: readonly FoundProblem[];
  checked: "asking" | "fine" | "problems" | "failed";
  sweep: SweepAnswer | null;
  panel: Panel;
  connecting: Connecting | null;
  /** What a screen reader is told. */
  said: string;
  /** What went wrong with what the user asked for, until it is closed. */
  notice: string;
  job: string | null;
  starting: boolean;
  /** What is looked at in large. */
  looking: Looking | null;
}

interface SelectionChange {
  type: string;
  id?: string;
  selected?: boolean;
}

export interface Looking {
  media: MediaKey[];
  place: number;
  text: string;
}

const EMPTY: GraphView = {
  boxes: [],
  lines: [],
  badges: new Map(),
  resolved: { links: [], broken: new Map(), flowing: new Map() },
};

export class EditorStore {
  readonly runs = new RunStore();
  #state: EditorState;
  #listeners = new Set<() => void>();
  #base: number;
  #checks = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ends: (() => void)[] = [];
  #unfollow: (() => void) | undefined;
  /** Heights of boxes as drawn, for laying out; and what of that came by a run. */
  readonly heights = new Map<string, number>();
  readonly #grown = new Map<string, number>();

  constructor(
    readonly host: Host,
    readonly source: CanvasSource,
    readonly say: Say,
    readonly onJob: (job: string) => void = () => {},
  ) {
    const { document, revision } = source.current();
    this.#base = revision;
    this.#state = {
      history: begin({ document: whole(document), vary: varying.NOTHING }),
      types: new Map(),
      description: null,
      choices: null,
      graph: EMPTY,
      places: new Map(),
      shown: new Map(),
      selection: new Set(),
      lines: new Set(),
      form: null,
      problems: [],
      checked: "asking",
      sweep: null,
      panel: null,
      connecting: null,
      said: "",
      notice: "",
      job: null,
      starting: false,
      looking: null,
    };
  }

  /** Ask for what is needed, and listen. Returns what ends that. */
  open(): () => void {
    this.#ends.push(this.source.listen((now) => this.#take(now.document, now.revision)));
    this.host
      .ask<Description>("describe")
      .then((description) => {
        const types: Types = new Map(description.types.map((type) => [type.type, type]));
        this.#set({ description, types });
        this.#redraw();
        this.#ask();
      })
      .catch((error: unknown) => this.tell(this.say("noDescription", { why: words(error) })));
    this.host
      .ask<Choices>("choices")
      .then((choices) => this.#set({ choices }))
      .catch((error: unknown) => this.tell(this.say("noChoices", { why: words(error) })));
    return () => {
      clearTimeout(this.#timer);
      this.#checks += 1;
      this.#unfollow?.();
      for (const end of this.#ends) end();
    };
  }

  get state(): EditorState {
    return this.#state;
  }

  get document(): CanvasDocument {
    return this.#state.history.now.document;
  }

  get vary(): Vary {
    return this.#state.history.now.vary;
  }

  listen = (told: () => void): (() => void) => {
    this.#listeners.add(told);
    return () => void this.#listeners.delete(told);
  };

  #set(change: Partial<EditorState>): void {
    this.#state = { ...this.#state, ...change };
    for (const told of [...this.#listeners]) told();
  }

  show(change: Partial<Pick<EditorState, "panel" | "connecting">>): void {
    this.#set(change);
  }

  /** Look at pictures in large; null closes that. */
  look(looking: Looking | null): void {
    this.#set({ looking });
  }

  /** Say to a screen reader. */
  announce(said: string): void {
    this.#set({ said });
  }

  /** Show what went wrong, in a place that screen readers read at once; empty closes it. */
  tell(notice: string): void {
    this.#set({ notice });
  }

  /** Change the document or what varies; one step to undo. */
  edit(change: Partial<Content>, options: { key?: string; said?: string } = {}): void {
    const now = this.#state.history.now;
    const content = { ...now, ...change };
    if (content.document === now.document && content.vary === now.vary) return;
    this.#go(step(this.#state.history, content, options.key, Date.now()), options.said);
  }

  undo(): void {
    if (this.#state.history.past.length) this.#go(undo(this.#state.history), this.say("undone"));
  }

  redo(): void {
    if (this.#state.history.future.length) this.#go(redo(this.#state.history), this.say("redone"));
  }

  #go(history: History<Content>, said?: string): void {
    const before = this.document;
    this.#set({ history, ...(said ? { said } : {}) });
    if (history.now.document !== before) {
      this.#redraw();
      this.#send();
    }
    this.#ask();
  }

  #send(): void {
    const { document } = this;
    if (this.source.change(document, this.#base)) {
      this.#base = this.source.current().revision;
      return;
    }
    const now = this.source.current();
    this.#take(now.document, now.revision);
    this.tell(this.say("changedElsewhere"));
  }

  /** Take over what was changed elsewhere: a step that can be undone, as any other. */
  #take(given: CanvasDocument, revision: number): void {
    this.#base = revision;
    const fresh = whole(given);
    if (sameDocument(fresh, this.document)) return;
    const document = sharing(this.document, fresh);
    const history = step(this.#state.history, { ...this.#state.history.now, document });
    this.#set({ history, said: this.say("takenOver") });
    this.#redraw();
    this.#ask();
  }

  /** Work out anew what is drawn. */
  #redraw(): void {
    const { types, graph: before, selection, form } = this.#state;
    if (!types.size) return;
    const { document } = this;
    const graph = graphOf(document, types, before);
    const ids = new Set(document.nodes.map((node) => node.id));
    const kept = [...selection].filter((id) => ids.has(id) && !graph.badges.has(id));
    const lines = new Set(graph.lines.map((line) => line.id));
    const places = this.#placed(graph);
    this.#set({
      graph,
      places,
      shown: apart(places, this.heights, this.#grown),
      selection: kept.length === selection.size ? selection : new Set(kept),
      lines: new Set([...this.#state.lines].filter((id) => lines.has(id))),
      form: form !== null && ids.has(form) ? form : null,
    });
  }

  /** Take in how high boxes are drawn, and how much of that is what a run put onto them. */
  measured(sizes: ReadonlyMap<string, { height: number; grown: number }>): void {
    for (const [id, { height, grown }] of sizes) {
      this.heights.set(id, height);
      if (grown) this.#grown.set(id, grown);
      else this.#grown.delete(id);
    }
    const shown = apart(this.#state.places, this.heights, this.#grown);
    const same = [...shown].every(([id, place]) => this.#state.shown.get(id) === place);
    if (!same) this.#set({ shown });
  }

  /** The place that each node is given, by the document's own places that it rests on. */
  #given = new Map<string, Place & { own: string }>();

  #placed(graph: GraphView): Map<string, Place> {
    const { document } = this;
    const own = new Map(document.nodes.map((node) => [node.id, `${node.x} ${node.y}`]));
    const first = !this.#given.size;
    const unknown = document.nodes.some((node) => node.x == null && !this.#given.has(node.id));
    if (first || unknown) {
      const laid = shownPlaces(document, this.#boxes(graph), graph.lines);
      for (const [id, place] of laid) {
        if (!first && this.#given.has(id)) continue;
        this.#given.set(id, { ...place, own: own.get(id) ?? "" });
      }
    }
    const places = new Map<string, Place>();
    for (const node of document.nodes) {
      const shown = this.#given.get(node.id);
      const { x = shown?.x ?? 0, y = shown?.y ?? 0 } = node;
      const place = shown?.own === own.get(node.id) ? { x: shown!.x, y: shown!.y } : { x, y };
      this.#given.set(node.id, { ...place, own: own.get(node.id)! });
      places.set(node.id, place);
    }
    return places;
  }

  #boxes(graph: GraphView): { id: string; width: number; height: number }[] {
    return graph.boxes.map((box) => ({
      id: box.id,
      width: BOX_WIDTH,
      height: this.heights.get(box.id) ?? estimatedHeight(box),
    }));
  }

  /** Move nodes; with them, what was laid out and not written so far is. */
  move(moved: ReadonlyMap<string, Place>, options: { key?: string; said?: string } = {}): void {
    const all = new Map([...this.#state.places].filter(([id]) => !this.#state.graph.badges.has(id)));
    for (const [id, place] of moved) all.set(id, place);
    this.edit({ document: withPlaces(this.document, all) }, options);
  }

  /** Lay out the selected nodes where there are several, else all. */
  layOut(): void {
    const { selection, graph, places } = this.#state;
    const some = selection.size > 1;
    const boxes = this.#boxes(graph).filter((box) => !some || selection.has(box.id));
    if (!boxes.length) return;
    const laid = laidOut(boxes, graph.lines);
    const corner = (of: ReadonlyMap<string, Place>, axis: "x" | "y") =>
      Math.min(...boxes.map((box) => of.get(box.id)?.[axis] ?? 0));
    const [x, y] = some
      ? [corner(places, "x") - corner(laid, "x"), corner(places, "y") - corner(laid, "y")]
      : [100, 100];
    const moved = [...laid].map(([id, at]): [string, Place] => [id, { x: at.x + x, y: at.y + y }]);
    this.move(new Map(moved), { said: this.say("laidOut") });
  }

  /** Select nodes and lines; of a single node the form opens. */
  select(nodes: Iterable<string>, lines: Iterable<string> = []): void {
    const selection = new Set(nodes);
    const [only] = selection;
    const form = selection.size === 1 ? only! : null;
    this.#set({ selection, lines: new Set(lines), form });
  }

  /** Follow what the canvas tells of its selection. Told late or twice it changes nothing, so that
   * the form of a badge stays open. */
  selectionTold(of: "selection" | "lines", changes: readonly SelectionChange[]): void {
    const ids = new Set(this.#state[of]);
    for (const change of changes) {
      if (change.type !== "select") continue;
      if (change.selected) ids.add(change.id!);
      else ids.delete(change.id!);
    }
    const { selection, lines, [of]: former } = this.#state;
    if (ids.size === former.size && [...ids].every((id) => former.has(id))) return;
    this.select(of === "selection" ? ids : selection, of === "lines" ? ids : lines);
  }

  /** Open a node's form; a parameter's with `box` selected, or the first box that shows it. */
  openForm(id: string, box = this.#state.graph.badges.get(id) ?? id): void {
    this.select([box]);
    this.#set({ form: id });
  }

  closeForm(): void {
    this.#set({ form: null });
  }

  /** Close what is open, the nearest first; then select nothing. */
  escape(): void {
    const { panel, notice, form } = this.#state;
    if (panel !== null) this.show({ panel: null });
    else if (notice) this.tell("");
    else if (form !== null && !this.#state.selection.has(form)) this.closeForm();
    else this.select([]);
  }

  /** Give a node another id; what refers to it follows. */
  rename(id: string, wanted: string): void {
    const place = this.#given.get(id);
    if (place) this.#given.set(wanted, place);
    const { selection, form } = this.#state;
    const other = (one: string) => (one === id ? wanted : one);
    const document = renamed(this.document, id, wanted);
    const vary = varying.followed(this.vary, id, wanted);
    this.#set({ selection: new Set() });
    this.edit({ document, vary });
    this.#set({ selection: new Set([...selection].map(other)), form: form && other(form) });
  }

  /** Ask whether the canvas can run, and what its sweep is, when no more changes come. */
  #ask(): void {
    clearTimeout(this.#timer);
    this.#checks += 1;
    const number = this.#checks;
    this.#timer = setTimeout(() => void this.#check(number), CHECK_MS);
  }

  async #check(number: number): Promise<void> {
    const { document } = this;
    const vary = varying.asked(this.vary, document, this.#state.types);
    try {
      const [checked, sweep] = await Promise.all([
        this.host.ask<Checked>("check", { document }),
        vary ? this.host.ask<SweepAnswer>("sweep", { document, vary }) : null,
      ]);
      if (number !== this.#checks) return;
      const { problems } = checked;
      const wrong = problems.filter((one) => one.severity === "problem").length;
      const before = this.#state.problems.filter((one) => one.severity === "problem").length;
      const told = wrong && wrong !== before ? { said: this.say("problemsNow", { n: wrong }) } : {};
      const state = problems.length ? "problems" : "fine";
      this.#set({ problems, sweep, checked: state, ...told });
    } catch (error) {
      if (number !== this.#checks) return;
      this.#set({ checked: "failed", notice: this.say("notChecked", { why: words(error) }) });
    }
  }

  /** Begin a run, or the runs of what varies. */
  async start(): Promise<void> {
    if (this.#state.starting || isGoing(this.runs.snapshot)) return;
    const { document } = this;
    const vary = varying.asked(this.vary, document, this.#state.types);
    const seed = this.vary.base_seed;
    const more = vary ? { vary } : seed === null ? {} : { seed };
    this.#set({ starting: true, notice: "", said: this.say("starts") });
    try {
      const { job } = await this.host.ask<{ job: string }>("start", { document, ...more });
      this.follow(job);
      this.onJob(job);
    } catch (error) {
      this.tell(this.say("notStarted", { why: words(error) }));
    } finally {
      this.#set({ starting: false });
    }
  }

  async stop(): Promise<void> {
    const { job } = this.#state;
    if (job === null) return;
    try {
      await this.host.ask("stop", { job });
      this.announce(this.say("stops"));
    } catch (error) {
      this.tell(this.say("notStopped", { why: words(error) }));
    }
  }

  /** Show how far a job is, now and until it has ended. */
  follow(job: string): void {
    if (job === this.#state.job) return;
    this.#unfollow?.();
    this.runs.apply(null, true);
    this.#set({ job });
    this.#unfollow = this.host.follow(job, (snapshot) => this.#told(snapshot));
  }

  #told(snapshot: JobSnapshot): void {
    if (snapshot.job !== this.#state.job) return;
    const before = this.runs.snapshot?.state;
    this.runs.apply(snapshot);
    if (snapshot.state === "ended" && before !== "ended") {
      this.announce(this.say("ended", { how: this.say(statusKey(snapshot.status)) }));
    }
  }

  /** Take the last job's state off the canvas. */
  forget(): void {
    this.#unfollow?.();
    this.#unfollow = undefined;
    this.runs.apply(null);
    this.#set({ job: null });
  }
}

/** The name in the table of words of how a job ended. */
export function statusKey(status: string) {
  const known = ["completed", "partial", "failed", "cancelled", "aborted"] as const;
  return known.find((one) => one === status) ?? "unknownStatus";
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The part of the editor's state that a component reads; it is drawn again when that changes. */
export function useEditor<Part>(store: EditorStore, part: (state: EditorState) => Part): Part {
  return useSyncExternalStore(store.listen, () => part(store.state));
}

/** What is known of a node of the job. */
export function useNodeRun(store: EditorStore, id: string) {
  const listen = useCallback((told: () => void) => store.runs.listen(id, told), [store, id]);
  return useSyncExternalStore(listen, () => store.runs.node(id));
}

/** The job as it was last told. */
export function useJob(store: EditorStore): JobSnapshot | null {
  const listen = useCallback((told: () => void) => store.runs.listen("", told), [store]);
  return useSyncExternalStore(listen, () => store.runs.snapshot);
}
