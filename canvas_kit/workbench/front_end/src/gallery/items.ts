/** The pictures of an answer, and what became known of each since: its judgement, its details, its
 * address. Whoever shows one is told when it changes, and only then. */

import type { MediaKey } from "../host";
import type {
  GalleryAnswer,
  GalleryColumns,
  GalleryDetails,
  GalleryKey,
  Judgement,
} from "./protocol";

/** A small picture with the edge that was asked for, or why there is none. */
export type Picture = { url: string; edge: number } | { problem: string };

export class Items {
  readonly count: number;
  private readonly columns: GalleryColumns;
  private readonly ratings: (number | null)[];
  private readonly versions: Uint32Array;
  private readonly pictures = new Map<number, Picture>();
  private readonly known = new Map<number, GalleryDetails>();
  private readonly listeners = new Map<number, Set<() => void>>();
  private readonly counting = new Set<() => void>();
  private places: Map<string, number> | undefined;
  private ratedCount: number;

  constructor(answer: GalleryAnswer) {
    this.columns = answer.columns;
    this.ratings = [...answer.columns.rating];
    this.count = this.ratings.length;
    this.versions = new Uint32Array(this.count);
    this.ratedCount = this.ratings.filter((rating) => rating !== null).length;
  }

  /** How many have a rating. */
  get rated(): number {
    return this.ratedCount;
  }

  key(index: number): GalleryKey {
    const { run_id, file } = this.columns;
    return {
      run_id: run_id.values[run_id.at[index] ?? 0] ?? "",
      file: file.values[file.at[index] ?? 0] ?? "",
    };
  }

  media(index: number): MediaKey {
    const { sha256, media_type, width, height } = this.columns;
    return {
      ...this.key(index),
      sha256: sha256[index] ?? "",
      media_type: media_type.values[media_type.at[index] ?? 0] ?? "",
      width: width[index] ?? 0,
      height: height[index] ?? 0,
    };
  }

  caption(index: number): string {
    const { values, at } = this.columns.caption;
    return values[at[index] ?? 0] ?? "";
  }

  rating(index: number): number | null {
    return this.ratings[index] ?? null;
  }

  details(index: number): GalleryDetails | undefined {
    return this.known.get(index);
  }

  picture(index: number): Picture | undefined {
    return this.pictures.get(index);
  }

  /** Where a picture is now; undefined if it is not among these. */
  place(key: GalleryKey): number | undefined {
    if (this.places === undefined) {
      this.places = new Map();
      for (let index = 0; index < this.count; index += 1) {
        this.places.set(nameOf(this.key(index)), index);
      }
    }
    return this.places.get(nameOf(key));
  }

  /** The next one without a rating, from an item on and then from the beginning. */
  unratedAfter(index: number): number | undefined {
    for (let step = 1; step <= this.count; step += 1) {
      const at = (index + step) % this.count;
      if (this.rating(at) === null) return at;
    }
    return undefined;
  }

  setPicture(index: number, picture: Picture): void {
    this.pictures.set(index, picture);
    this.changed(index);
  }

  forgetPicture(index: number): void {
    this.pictures.delete(index);
    this.changed(index);
  }

  setDetails(index: number, details: GalleryDetails): void {
    this.known.set(index, details);
    this.setRating(index, details.mine.rating);
    this.changed(index);
  }

  /** The judgement as it stands, or as it will when the answer comes. */
  judge(index: number, change: Partial<Judgement>): void {
    if (change.rating !== undefined) this.setRating(index, change.rating);
    const known = this.known.get(index);
    if (known) this.known.set(index, { ...known, mine: { ...known.mine, ...change } });
    this.changed(index);
  }

  /** Counts up whenever the item changes. */
  version(index: number): number {
    return this.versions[index] ?? 0;
  }

  /** Be told of changes of an item. Returns what ends that. */
  listen(index: number, told: () => void): () => void {
    const listeners = this.listeners.get(index) ?? new Set();
    this.listeners.set(index, listeners.add(told));
    return () => {
      listeners.delete(told);
      if (!listeners.size) this.listeners.delete(index);
    };
  }

  /** Be told when the number of rated items changes. */
  listenRated(told: () => void): () => void {
    this.counting.add(told);
    return () => this.counting.delete(told);
  }

  private setRating(index: number, rating: number | null): void {
    const before = this.rating(index);
    this.ratings[index] = rating;
    const by = Number(rating !== null) - Number(before !== null);
    if (!by) return;
    this.ratedCount += by;
    for (const told of this.counting) told();
  }

  private changed(index: number): void {
    this.versions[index] = this.version(index) + 1;
    for (const told of this.listeners.get(index) ?? []) told();
  }
}

const nameOf = (key: GalleryKey): string => `${key.run_id}\n${key.file}`;
