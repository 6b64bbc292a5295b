/** Where nodes lie that nobody has placed, and what "lay out" does. */

import { Graph, layout } from "@dagrejs/dagre";
import type { CanvasDocument } from "../host";

export interface Place {
  x: number;
  y: number;
}

export interface Box {
  id: string;
  width: number;
  height: number;
}

export interface Arrow {
  source: string;
  target: string;
  feedback?: boolean;
}

export const BOX_WIDTH = 224;
const BETWEEN_COLUMNS = 90;
const BETWEEN_ROWS = 36;
/** Above this, the finer layout takes seconds. */
const FINE = 350;

/** A place for each box, connections leading to the right. */
export function laidOut(boxes: readonly Box[], arrows: readonly Arrow[]): Map<string, Place> {
  const known = new Set(boxes.map((box) => box.id));
  const forward = arrows.filter(
    (one) => !one.feedback && known.has(one.source) && known.has(one.target),
  );
  return boxes.length > FINE ? coarse(boxes, forward) : fine(boxes, forward);
}

function fine(boxes: readonly Box[], arrows: readonly Arrow[]): Map<string, Place> {
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", ranksep: BETWEEN_COLUMNS, nodesep: BETWEEN_ROWS });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id, width, height } of boxes) graph.setNode(id, { width, height });
  for (const { source, target } of arrows) graph.setEdge(source, target);
  layout(graph);
  return new Map(
    boxes.map((box) => {
      const { x, y } = graph.node(box.id) as Place;
      return [box.id, { x: Math.round(x - box.width / 2), y: Math.round(y - box.height / 2) }];
    }),
  );
}

/** Columns by the longest way there; in each, beside the middle of what leads to it. */
function coarse(boxes: readonly Box[], arrows: readonly Arrow[]): Map<string, Place> {
  const before = new Map<string, string[]>(boxes.map((box) => [box.id, []]));
  const after = new Map<string, string[]>(boxes.map((box) => [box.id, []]));
  const waiting = new Map<string, number>(boxes.map((box) => [box.id, 0]));
  for (const { source, target } of arrows) {
    before.get(target)!.push(source);
    after.get(source)!.push(target);
    waiting.set(target, waiting.get(target)! + 1);
  }
  const column = new Map<string, number>();
  const ready = boxes.filter((box) => !waiting.get(box.id)).map((box) => box.id);
  for (let next = 0; next < ready.length; next += 1) {
    const id = ready[next]!;
    column.set(id, Math.max(-1, ...before.get(id)!.map((one) => column.get(one) ?? -1)) + 1);
    for (const one of after.get(id)!) {
      waiting.set(one, waiting.get(one)! - 1);
      if (!waiting.get(one)) ready.push(one);
    }
  }
  const columns: Box[][] = [];
  for (const box of boxes) (columns[column.get(box.id) ?? 0] ??= []).push(box);
  const places = new Map<string, Place>();
  let x = 0;
  for (const members of columns) {
    const wanted = new Map(
      members.map((box) => {
        const ys = before.get(box.id)!.flatMap((one) => places.get(one)?.y ?? []);
        return [box.id, ys.length ? ys.reduce((sum, y) => sum + y, 0) / ys.length : 0];
      }),
    );
    let y = Number.NEGATIVE_INFINITY;
    for (const box of [...members].sort((a, b) => wanted.get(a.id)! - wanted.get(b.id)!)) {
      y = Math.max(y, wanted.get(box.id)!);
      places.set(box.id, { x, y: Math.round(y) });
      y += box.height + BETWEEN_ROWS;
    }
    x += Math.max(...members.map((box) => box.width)) + BETWEEN_COLUMNS;
  }
  return places;
}

/** Places at which boxes that a run made higher cover nothing: what lay below one lies below it
 * still, at most as near as before. For the eye; nothing of it is written.
 *
 * @param heights - Of the boxes as they are now.
 * @param grown - How much of that a run put onto them.
 */
export function apart(
  places: ReadonlyMap<string, Place>,
  heights: ReadonlyMap<string, number>,
  grown: ReadonlyMap<string, number>,
): ReadonlyMap<string, Place> {
  if (!grown.size) return places;
  const shown = new Map<string, Place>();
  for (const [id, place] of [...places].sort(([, one], [, other]) => one.y - other.y)) {
    let { y } = place;
    for (const [above, at] of shown) {
      const height = heights.get(above);
      if (height === undefined || Math.abs(at.x - place.x) >= BOX_WIDTH) continue;
      const gap = place.y - (places.get(above)!.y + height - (grown.get(above) ?? 0));
      if (gap >= 0) y = Math.max(y, at.y + height + Math.min(gap, BETWEEN_ROWS / 2));
    }
    shown.set(id, y === place.y ? place : { x: place.x, y });
  }
  return shown;
}

/** Whether nobody has placed these nodes by hand: none has a place, or all lie on the grid
 * (260 × 120) that Python gives to what was composed there. */
export function isUnplaced(document: CanvasDocument): boolean {
  return document.nodes.every(
    ({ x, y }) => x == null || y == null || ((x - 100) % 260 === 0 && (y - 200) % 120 === 0),
  );
}

/** Where each node is shown: its own place, or one that is laid out and not written. */
export function shownPlaces(
  document: CanvasDocument,
  boxes: readonly Box[],
  arrows: readonly Arrow[],
): Map<string, Place> {
  const own = new Map<string, Place>();
  for (const { id, x, y } of document.nodes) if (x != null && y != null) own.set(id, { x, y });
  if (own.size === document.nodes.length && !isUnplaced(document)) return own;
  const laid = laidOut(boxes, arrows);
  if (isUnplaced(document)) return laid;
  // Below what is placed, so that nothing covers anything.
  const bottom = Math.max(...[...own.values()].map((place) => place.y)) + 240;
  const fresh = [...laid].filter(([id]) => !own.has(id));
  const left = Math.min(...fresh.map(([, place]) => place.x));
  const top = Math.min(...fresh.map(([, place]) => place.y));
  for (const [id, { x, y }] of fresh) own.set(id, { x: x - left + 100, y: y - top + bottom });
  return own;
}
