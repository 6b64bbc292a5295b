/** What would fit a port, in words. */

import type { Language } from "../host";
import { typesWith } from "./ports";
import type { Types } from "./protocol";
import type { Say } from "./words";

const KINDS = ["text", "media", "seed", "resolution", "quality"] as const;
/** So many node types are named as examples. */
const NAMED = 3;

/** Kinds of values, and some node types with a port for one of them at a side. */
export function fittingWords(
  say: Say,
  language: Language,
  types: Types,
  side: "inputs" | "outputs",
  kinds: readonly string[],
): { kinds: string; types: string } {
  const list = new Intl.ListFormat(language === "de" ? "de" : "en-GB", { type: "disjunction" });
  const names = typesWith(types, side, kinds).map((type) => type.name);
  return {
    kinds: list.format(KINDS.filter((kind) => kinds.includes(kind)).map((kind) => say(`kind_${kind}`))),
    types: list.format(names.slice(0, NAMED)),
  };
}
