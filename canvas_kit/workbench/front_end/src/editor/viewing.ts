/** Where the canvas is looked at from. */

import type { Viewport } from "@xyflow/react";
import type { Place } from "./layout";

/** A rectangle in the canvas's own pixels. */
export interface Extent extends Place {
  right: number;
  bottom: number;
}

/** A part of the screen, in its pixels. */
export interface Room {
  width: number;
  height: number;
}

/** What stays free at the edges when the view is moved, and when all is fitted in. */
const MARGIN = 24;
const FIT_MARGIN = 30;

/** The rectangle around some others; null around none. */
export function around(extents: readonly Extent[]): Extent | null {
  if (!extents.length) return null;
  return {
    x: Math.min(...extents.map((one) => one.x)),
    y: Math.min(...extents.map((one) => one.y)),
    right: Math.max(...extents.map((one) => one.right)),
    bottom: Math.max(...extents.map((one) => one.bottom)),
  };
}

export function sameView(one: Viewport, other: Viewport): boolean {
  return one.x === other.x && one.y === other.y && one.zoom === other.zoom;
}

/** The view in which all of an extent is seen, no larger than life. */
export function fitted({ x, y, right, bottom }: Extent, room: Room): Viewport {
  const [width, height] = [room.width - 2 * FIT_MARGIN, room.height - 2 * FIT_MARGIN];
  const zoom = Math.min(1, width / (right - x), height / (bottom - y));
  return {
    zoom,
    x: room.width / 2 - ((x + right) / 2) * zoom,
    y: room.height / 2 - ((y + bottom) / 2) * zoom,
  };
}

/** The view after something took a part of the room at the right or at the bottom: the node is
 * seen, and as much of what follows it as was seen before.
 *
 * @param own - The node.
 * @param all - The node and what follows it.
 * @param room - What is left.
 * @param taken - What was taken: further than that nothing is moved for what follows.
 */
export function shifted(view: Viewport, own: Extent, all: Extent, room: Room, taken: Place): Viewport {
  const { zoom } = view;
  const along = (at: number, size: number, begin: number, end: number, last: number, most: number) => {
    const hidden = (edge: number) => Math.max(0, edge * zoom + at + MARGIN - size);
    const spare = begin * zoom + at - MARGIN;
    return at - Math.max(hidden(end), Math.min(hidden(last), spare, most));
  };
  return {
    zoom,
    x: along(view.x, room.width, own.x, own.right, all.right, taken.x),
    y: along(view.y, room.height, own.y, own.bottom, all.bottom, taken.y),
  };
}
