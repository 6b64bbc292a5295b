/** What the gallery asks and what comes: the JSON of the methods `gallery.*`.
 *
 * Answered by `canvas_kit/workbench/looking.py`. All matched pictures come at once as compact
 * columns; what is known of one comes when it is asked for.
 */

import type { CanvasDocument, MediaKey } from "../host";

/** What is looked at. Opaque to the view, which sends it back with each question. */
export interface GallerySource {
  kind: "run" | "batch" | "selection" | "exports";
  /** How Python wants it shown at first, and again whenever Python changes it. */
  view?: GalleryView;
  [more: string]: unknown;
}

/** What a view can choose to see. All of it can be said in Python too. */
export interface GalleryView {
  /** For each facet its chosen values: any of them, and all facets at once. `null`: has none. */
  filters?: Record<string, FacetValue[]>;
  /** Words of the prompts and of the texts that were made; the beginning of a word is enough. */
  text?: string;
  sort?: GallerySort;
  /** The seed of a shuffle in which nothing tells what made a picture; "new" draws one. */
  blind?: number | "new" | null;
}

export interface GallerySort {
  /** One of `GalleryAnswer.sorts`. */
  by: string;
  descending: boolean;
}

/** Large numbers come as texts. */
export type FacetValue = string | number | boolean | null;

/** `gallery.open`: parameters `{source} & GalleryView`. Without a sort: the newest first. */
export interface GalleryAnswer {
  /** How many pictures the source has, and how many of them are in the columns. */
  total: number;
  matched: number;
  /** What is looked at, in words: the batch's name, the exports folder, … */
  title: string;
  /** Who rates: whose ratings the columns hold. */
  rater: string;
  columns: GalleryColumns;
  /** In the order in which they should be shown; none that would tell while blind. */
  facets: Facet[];
  /** By what it can be sorted: "time", "rating", names of facets. Empty while blind. */
  sorts: string[];
  /** The seed of the shuffle; null if it is not blind. */
  blind: number | null;
  /** What could not be read, a sentence each. */
  problems: string[];
}

/** `gallery.progress`: how far Python is with reading the records, which it does at the first time,
 * or when very many are new. */
export type ProgressAnswer = Record<"read" | "total", number> | null;

/** A text for each item, as a place in `values`. */
export interface SharedTexts {
  values: string[];
  at: number[];
}

/** One entry for each matched picture, in the order to be shown. */
export interface GalleryColumns {
  /** While blind it is "blind" for all, and `file` a token that tells nothing. */
  run_id: SharedTexts;
  file: SharedTexts;
  /** The first 16 hexadecimal digits of its SHA-256: enough for the address of a picture. */
  sha256: string[];
  media_type: SharedTexts;
  /** 0 where not known. */
  width: number[];
  height: number[];
  /** This rater's ratings, 0 to 5. */
  rating: (number | null)[];
  /** A line for each that tells it from the others in the answer. Empty texts while blind. */
  caption: SharedTexts;
}

export interface Facet {
  /** "prompt", "preset", "model", "seed", "verdict", "status", "batch", "canvas", "node", "rating"
   * (this rater's), "rated_by", "tag", or "level <factor>". */
  name: string;
  /** The most frequent first, or in order where there is one; at most 100, chosen ones always.
   * `words` tell a long text from the other long ones. */
  values: { value: FacetValue; count: number; words?: string }[];
  /** How many further values there are. */
  more: number;
}

/** `gallery.values`: parameters `{source, facet, contains} & GalleryView`, answer a `Facet`: those of
 * its values that contain a text, the unlisted too. Refused while blind. */
export interface ValuesParameters extends GalleryView {
  source: GallerySource;
  facet: string;
  contains: string;
}

/** Names a picture in a question. */
export interface GalleryKey {
  run_id: string;
  file: string;
}

/** A judgement, as it stands. */
export interface Judgement {
  rating: number | null;
  tags: string[];
  note: string;
}

export interface RaterJudgement extends Judgement {
  rater: string;
  at: string;
  blind: boolean;
}

export interface MadeText {
  node_id: string;
  node_type: string;
  round: number;
  file: string;
  text: string;
}

/** `gallery.details`: parameters `{source, keys: GalleryKey[]}`, answer `{items: GalleryDetails[]}`
 * in the order of the keys. */
export interface GalleryDetails {
  key: MediaKey;
  /** This rater's. */
  mine: Judgement;
  /** Null while blind. */
  record: GalleryRecord | null;
  /** Set where its record cannot be read (any more): why. */
  problem: string;
}

export interface GalleryRecord {
  /** All raters' judgements, this one's included. */
  ratings: RaterJudgement[];
  started_at: string;
  status: string;
  canvas: string;
  batch: string;
  node_id: string;
  round: number;
  /** As a text, since it may be larger than a number of JavaScript holds. */
  seed: string | null;
  model: string;
  backend: string;
  presets: string[];
  prompts: string[];
  levels: Record<string, FacetValue>;
  verdicts: { node_id: string; passed: boolean | null; score: number | null; reason: string }[];
  /** All texts of its run, in canvas order. */
  texts: MadeText[];
  size_bytes: number;
  folder: string;
  /** The entity as `metadata.json` holds it: everything that is known. */
  entity: Record<string, unknown>;
}

/** `gallery.rate`: parameters `{source, key: GalleryKey}` and what of a `Judgement` changes; the
 * rest stays. A rating while blind is recorded with the seed and the place in the shuffle. */
export interface RateAnswer {
  key: GalleryKey;
  mine: Judgement;
}

/** `gallery.undo`: parameters `{source}`; takes back this rater's last change in this gallery. */
export type UndoAnswer = RateAnswer | { key: null };

/** `gallery.origin`: parameters `{source, key}`: what made it. Refused while blind. */
export interface OriginAnswer {
  document: CanvasDocument;
  /** Python that makes the same canvas, and runs it with the same seed. */
  code: string;
  /** Python that opens the run and its picture. */
  open_code: string;
  /** Python that makes the same canvas and shows it in the editor. */
  edit_code: string;
}

// `gallery.select`: parameters `{source, keys}`: what is chosen now, for Python's `.selection`.
// Answer `{}`.
