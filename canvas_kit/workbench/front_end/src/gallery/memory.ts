/** What a browser keeps for its user: how they like to look (always), and where they were in a
 * gallery (while the tab is open). Without storage the gallery works, and forgets. */

import { readKeys, type KeyMap } from "./keys";
import type { GalleryKey, GallerySource, GalleryView } from "./protocol";

export const captionKinds = ["line", "prompt", "preset", "model", "seed", "file", "none"] as const;
export type CaptionKind = (typeof captionKinds)[number];

export interface Liking {
  /** The width of a tile in pixels, at least. */
  tile: number;
  caption: CaptionKind;
  /** How large texts are: 1 as everywhere else. */
  text: number;
  facets: boolean;
  record: boolean;
}

export const usual: Liking = { tile: 168, caption: "line", text: 1, facets: true, record: true };

/** Where the user was. */
export interface Place {
  view: GalleryView;
  /** The view that Python asked for when this was kept: another one goes before it. */
  asked: string;
  at: GalleryKey | null;
}

const likingName = "canvas-kit:gallery";
const keysName = "canvas-kit:gallery keys";

export function readLiking(): Liking {
  const read = readStored(localStorageOr(), likingName) as Partial<Liking> | undefined;
  const liking = { ...usual };
  if (typeof read?.tile === "number") liking.tile = Math.min(512, Math.max(64, read.tile));
  if (typeof read?.text === "number") liking.text = Math.min(2.5, Math.max(0.8, read.text));
  if (captionKinds.includes(read?.caption as CaptionKind)) {
    liking.caption = read?.caption as CaptionKind;
  }
  if (typeof read?.facets === "boolean") liking.facets = read.facets;
  if (typeof read?.record === "boolean") liking.record = read.record;
  return liking;
}

export const keepLiking = (liking: Liking): void => keep(localStorageOr(), likingName, liking);

export const readUserKeys = (): KeyMap => readKeys(localStorageOr()?.getItem(keysName) ?? null);

export const keepUserKeys = (keys: KeyMap): void => keep(localStorageOr(), keysName, keys);

/** Where the user was in this source. What Python asks for anew goes before it. */
export function readPlace(source: GallerySource): Place {
  const asked = JSON.stringify(source.view ?? {});
  const read = readStored(sessionStorageOr(), placeName(source)) as Place | undefined;
  if (read && read.asked === asked && typeof read.view === "object") return read;
  return { view: source.view ?? {}, asked, at: read?.at ?? null };
}

export const keepPlace = (source: GallerySource, place: Place): void =>
  keep(sessionStorageOr(), placeName(source), place);

function placeName({ view: _, ...source }: GallerySource): string {
  return `canvas-kit:gallery ${JSON.stringify(source)}`;
}

function readStored(storage: Storage | undefined, name: string): unknown {
  try {
    return JSON.parse(storage?.getItem(name) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

function keep(storage: Storage | undefined, name: string, value: unknown): void {
  try {
    storage?.setItem(name, JSON.stringify(value));
  } catch {
    // Storage is full or forbidden: nothing that the user made is lost by that.
  }
}

/** Reading the property itself throws where a page may not store anything. */
function localStorageOr(): Storage | undefined {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}

function sessionStorageOr(): Storage | undefined {
  try {
    return globalThis.sessionStorage;
  } catch {
    return undefined;
  }
}
