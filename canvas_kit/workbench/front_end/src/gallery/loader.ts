/** Fetches what the tiles on screen need: small pictures, and what is known of each. */

import type { Host, MediaKey } from "../host";
import type { Items } from "./items";
import type { GalleryDetails, GallerySource } from "./protocol";
import { WantedQueue } from "./queue";

/** What a kind of file is shown by. */
export type Kind = "picture" | "sound" | "film" | "text" | "other";

export function kindOf(mediaType: string): Kind {
  const begin = mediaType.slice(0, mediaType.indexOf("/"));
  const kinds: Record<string, Kind> = { image: "picture", audio: "sound", video: "film" };
  return kinds[begin] ?? (begin === "text" || mediaType === "application/json" ? "text" : "other");
}

/** The address of a picture once it can be shown without a wait.
 *
 * Throws what the host throws, and where what came is no picture.
 */
export async function decoded(
  host: Host,
  key: MediaKey,
  edge: number,
  signal?: AbortSignal,
): Promise<string> {
  const url = await host.picture(key, edge);
  signal?.throwIfAborted();
  const image = new Image();
  image.src = url;
  // An address that is given up stops its request.
  signal?.addEventListener("abort", () => image.removeAttribute("src"), { once: true });
  await image.decode();
  return url;
}

/** How many pictures' details are asked for at once. */
const together = 100;

export class Loader {
  private readonly pictures: WantedQueue<number, string>;
  private readonly details: WantedQueue<readonly number[], GalleryDetails[]>;
  private edge = 320;
  private looked: readonly number[] = [];

  constructor(
    private readonly host: Host,
    private readonly source: GallerySource,
    private readonly items: Items,
    noPicture: string,
  ) {
    this.pictures = new WantedQueue(
      (index, signal) => decoded(host, items.media(index), this.edge, signal),
      (index, url) => items.setPicture(index, { url, edge: this.edge }),
      (index, error) => items.setPicture(index, { problem: problemOf(error, noPicture) }),
    );
    this.details = new WantedQueue(
      (indices) => this.ask(indices),
      () => undefined,
      // The record beside a picture says what is wrong; tiles do without.
      () => undefined,
      1,
    );
  }

  /** Want what these tiles show, the first most; `edge` in pixels of the screen. */
  want(indices: readonly number[], edge: number): void {
    this.looked = indices;
    const sharp = edge > 320 ? 640 : 320;
    if (sharp !== this.edge) {
      this.pictures.want([]);
      this.edge = sharp;
    }
    this.wantPictures();
    const unknown = indices.filter((index) => !this.items.details(index));
    const parts: number[][] = [];
    for (let begin = 0; begin < unknown.length; begin += together) {
      parts.push(unknown.slice(begin, begin + together));
    }
    this.details.want(parts);
  }

  /** What is known of items, asked for where it is not there. */
  async detailsOf(indices: readonly number[]): Promise<GalleryDetails[]> {
    const unknown = indices.filter((index) => !this.items.details(index));
    for (let begin = 0; begin < unknown.length; begin += together) {
      await this.ask(unknown.slice(begin, begin + together));
    }
    return indices.flatMap((index) => this.items.details(index) ?? []);
  }

  /** The address of a picture leads nowhere any more: hosts keep only so many. Fetch it again. */
  lost(index: number): void {
    this.items.forgetPicture(index);
    this.wantPictures();
  }

  private wantPictures(): void {
    this.pictures.want(this.looked.filter((index) => this.lacksPicture(index)));
  }

  private lacksPicture(index: number): boolean {
    const picture = this.items.picture(index);
    if (picture && ("problem" in picture || picture.edge >= this.edge)) return false;
    return kindOf(this.items.media(index).media_type) === "picture";
  }

  private async ask(indices: readonly number[]): Promise<GalleryDetails[]> {
    const keys = indices.map((index) => this.items.key(index));
    const parameters = { source: this.source, keys };
    const answer = await this.host.ask<{ items: GalleryDetails[] }>("gallery.details", parameters);
    indices.forEach((index, place) => {
      const details = answer.items[place];
      if (details) this.items.setDetails(index, details);
    });
    return answer.items;
  }
}

/** What a host or a browser says, in words. A browser's own words for a bad picture help no one. */
export function problemOf(error: unknown, noPicture: string): string {
  if (error instanceof DOMException) return noPicture;
  return error instanceof Error ? error.message : String(error);
}
