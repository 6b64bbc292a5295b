/** Rates, tags and notes, one after another so that the last word stays the last, and undoes it. */

import type { Host } from "../host";
import type { Items } from "./items";
import type { GalleryKey, GallerySource, Judgement, RateAnswer, UndoAnswer } from "./protocol";

export interface Undone {
  key: GalleryKey;
  mine: Judgement;
}

export class Judging {
  private tail: Promise<unknown> = Promise.resolve();
  /** How many changes each step of the user made: undoing takes them back together. */
  private readonly steps: number[] = [];

  constructor(
    private readonly host: Host,
    private readonly source: GallerySource,
  ) {}

  /** Change the judgement of items. They show it at once, and what they had if it fails.
   *
   * Throws what the host throws, after it was shown as it is.
   */
  change(
    items: Items,
    indices: readonly number[],
    changeOf: (index: number) => Partial<Judgement>,
  ): Promise<void> {
    const changes = indices.map((index) => {
      const change = changeOf(index);
      const known = items.details(index)?.mine;
      const before: Partial<Judgement> = {
        ...known,
        rating: items.rating(index),
      };
      items.judge(index, change);
      return { index, key: items.key(index), change, before };
    });
    return this.after(async () => {
      let done = 0;
      try {
        for (const { index, key, change } of changes) {
          const parameters = { source: this.source, key, ...change };
          const { mine } = await this.host.ask<RateAnswer>("gallery.rate", parameters);
          done += 1;
          items.judge(index, mine);
        }
      } catch (error) {
        for (const { index, before } of changes.slice(done)) items.judge(index, before);
        throw error;
      } finally {
        if (done) this.steps.push(done);
      }
    });
  }

  /** Take back the user's last step. Gives what it changed, the last first. */
  undo(): Promise<Undone[]> {
    return this.after(async () => {
      const undone: Undone[] = [];
      for (let count = this.steps.pop() ?? 1; count > 0; count -= 1) {
        const answer = await this.host.ask<UndoAnswer>("gallery.undo", { source: this.source });
        if (answer.key === null) break;
        undone.push(answer);
      }
      return undone;
    });
  }

  private after<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const answer = this.tail.then(work);
    this.tail = answer.catch(() => undefined);
    return answer;
  }
}
