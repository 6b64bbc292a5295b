/** Keeps the counts of facets in step with what is judged, without asking Python again. */

import type { Facet, FacetValue } from "./protocol";

/** The best rating first, and what has none last. */
const rank = (rating: FacetValue): number => (typeof rating === "number" ? rating : -1);

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
    const values = [...counts].map(([value, count]) => ({ value, count }));
    if (name === "rating") values.sort((one, other) => rank(other.value) - rank(one.value));
    return { ...facet, values };
  });
}
