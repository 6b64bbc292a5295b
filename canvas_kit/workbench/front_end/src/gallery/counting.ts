/** Keeps the counts of facets in step with what is judged, without asking Python again. */

import type { Facet, FacetValue } from "./protocol";

/** The facets after an item's values of one of them changed. */
export function recounted(
  facets: readonly Facet[],
  name: string,
  before: readonly FacetValue[],
  after: readonly FacetValue[],
): Facet[] {
  return facets.map((facet) => {
    if (facet.name !== name) return facet;
    const counts = new Map(facet.values.map(({ value, count }) => [value, count]));
    const add = (value: FacetValue, by: number): void =>
      void counts.set(value, Math.max(0, (counts.get(value) ?? 0) + by));
    for (const value of before) add(value, -1);
    for (const value of after) add(value, 1);
    return { ...facet, values: [...counts].map(([value, count]) => ({ value, count })) };
  });
}
