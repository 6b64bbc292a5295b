/** Which part of a long list of equal tiles is on screen: arithmetic only. */

export interface Tiling {
  count: number;
  columns: number;
  /** Of a tile, in CSS pixels. */
  width: number;
  height: number;
  /** Between tiles, and around them. */
  gap: number;
}

export interface Range {
  first: number;
  /** The last one that belongs to it; smaller than `first` when there is none. */
  last: number;
}

/** Tiles at least as wide as asked for, as many to a line as fit; what is left over widens them. */
export function tiling(
  count: number,
  room: number,
  wanted: number,
  gap: number,
  below: number,
): Tiling {
  const inner = Math.max(1, room - gap);
  const columns = Math.max(1, Math.floor(inner / (wanted + gap)));
  const width = Math.max(1, Math.floor(inner / columns) - gap);
  return { count, columns, width, height: width + below, gap };
}

export const lineCount = (tiles: Tiling): number => Math.ceil(tiles.count / tiles.columns);

export const lineTop = (tiles: Tiling, line: number): number =>
  tiles.gap + line * (tiles.height + tiles.gap);

export const wholeHeight = (tiles: Tiling): number => lineTop(tiles, lineCount(tiles));

/** The lines to be drawn: those on screen and `spare` more on each side. */
export function linesOnScreen(tiles: Tiling, top: number, height: number, spare: number): Range {
  const step = tiles.height + tiles.gap;
  const first = Math.floor((top - tiles.gap) / step) - spare;
  const last = Math.ceil((top + height - tiles.gap) / step) - 1 + spare;
  return { first: Math.max(0, first), last: Math.min(lineCount(tiles) - 1, last) };
}

/** The items of lines: those of `seen` first, then what else `drawn` holds. */
export function itemsOf(tiles: Tiling, seen: Range, drawn: Range = seen): number[] {
  const items: number[] = [];
  const add = (from: number, to: number): void => {
    const end = Math.min(tiles.count, (to + 1) * tiles.columns);
    for (let index = Math.max(0, from * tiles.columns); index < end; index += 1) items.push(index);
  };
  add(seen.first, seen.last);
  add(seen.last + 1, drawn.last);
  add(drawn.first, seen.first - 1);
  return items;
}

/** Where to scroll so that an item is whole on screen; as little as needed. */
export function topToShow(tiles: Tiling, index: number, top: number, height: number): number {
  const begin = lineTop(tiles, Math.floor(index / tiles.columns)) - tiles.gap;
  const end = begin + tiles.height + 2 * tiles.gap;
  if (begin < top) return begin;
  if (end > top + height) return Math.min(begin, end - height);
  return top;
}

const steps = ["left", "right", "up", "down", "page up", "page down", "first", "last"] as const;

export type Step = (typeof steps)[number];

export const isStep = (name: string): name is Step => steps.includes(name as Step);

/** Where a step leads from an item. Stays where it is at the ends. */
export function stepFrom(tiles: Tiling, index: number, step: Step, height: number): number {
  const page = Math.max(1, Math.floor(height / (tiles.height + tiles.gap))) * tiles.columns;
  const by: Record<Step, number> = {
    left: -1,
    right: 1,
    up: -tiles.columns,
    down: tiles.columns,
    "page up": -page,
    "page down": page,
    first: -tiles.count,
    last: tiles.count,
  };
  const last = tiles.count - 1;
  const to = index + by[step];
  if (step === "up" && to < 0) return index;
  if (step === "down" && to > last) {
    const lineOf = (item: number): number => Math.floor(item / tiles.columns);
    return lineOf(index) < lineOf(last) ? last : index;
  }
  return Math.max(0, Math.min(last, to));
}

/** Tells scrolling that is too fast to see anything from looking. */
export class Pace {
  private top = 0;
  private at = -1_000;

  /** Whether the place moved by more than three screens a second since it was last told. */
  fast(top: number, height: number, now: number): boolean {
    const passed = now - this.at;
    const moved = Math.abs(top - this.top);
    this.top = top;
    this.at = now;
    if (passed > 200 || passed <= 0) return false;
    return moved / passed > (3 * height) / 1_000;
  }
}
