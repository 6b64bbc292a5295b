/** What is chosen among items that have numbers. A selection never changes; each step gives another. */

export interface Selection {
  readonly chosen: ReadonlySet<number>;
  /** Where a range begins. */
  readonly anchor: number;
}

export const nothing: Selection = { chosen: new Set(), anchor: 0 };

/** Choose an item, or no longer. A range begins here. */
export function toggled(selection: Selection, index: number): Selection {
  const chosen = new Set(selection.chosen);
  if (!chosen.delete(index)) chosen.add(index);
  return { chosen, anchor: index };
}

/** Choose everything from the anchor to an item, besides what is chosen. */
export function extended(selection: Selection, index: number): Selection {
  const chosen = new Set(selection.chosen);
  const [from, to] = [Math.min(selection.anchor, index), Math.max(selection.anchor, index)];
  for (let each = from; each <= to; each += 1) chosen.add(each);
  return { chosen, anchor: selection.anchor };
}

/** Choose nothing; a range would begin at an item. */
export const anchoredAt = (selection: Selection, index: number): Selection => ({
  ...selection,
  anchor: index,
});

export function everything(count: number): Selection {
  return { chosen: new Set(Array.from({ length: count }, (_, index) => index)), anchor: 0 };
}

/** The chosen ones in order. */
export const inOrder = (selection: Selection): number[] =>
  [...selection.chosen].sort((one, other) => one - other);

/** The same items after their numbers changed; `undefined` for what is there no more. */
export function renumbered(
  selection: Selection,
  place: (index: number) => number | undefined,
): Selection {
  const chosen = new Set<number>();
  for (const index of selection.chosen) {
    const now = place(index);
    if (now !== undefined) chosen.add(now);
  }
  return { chosen, anchor: place(selection.anchor) ?? 0 };
}
