/** Words in English and in German; each view has a table of its own. */

import type { Language } from "./host";

export type Words<Key extends string> = Record<Key, readonly [english: string, german: string]>;

/** What `words` says in a language. `{name}` in a text is filled in from `given`. */
export function speaker<Key extends string>(words: Words<Key>, language: Language) {
  return (key: Key, given: Record<string, string | number> = {}): string =>
    words[key][language === "de" ? 1 : 0].replace(/\{(\w+)\}/g, (_, name: string) =>
      String(given[name] ?? ""),
    );
}
