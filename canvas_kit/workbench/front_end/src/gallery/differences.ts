/** What differs between recorded pictures: their fields, and their texts word by word. */

import { diffWords } from "diff";
import type { GalleryDetails, GalleryRecord, MadeText } from "./protocol";

/** A piece of two texts: in both, or in one of them. */
export interface Piece {
  text: string;
  in: "both" | "first" | "second";
}

/** Two texts as pieces. Texts that have hardly anything in common are given whole. */
export function wordDifferences(first: string, second: string): Piece[] {
  const changes = diffWords(first, second, { maxEditLength: 2_000 });
  if (changes === undefined) {
    return [
      { text: first, in: "first" },
      { text: second, in: "second" },
    ];
  }
  return changes.map((change) => ({
    text: change.value,
    in: change.added ? "second" : change.removed ? "first" : "both",
  }));
}

export interface TextRow {
  name: string;
  texts: (string | null)[];
}

/** The texts of several runs beside each other, each with those of the same node and round. */
export function textRows(runs: readonly (readonly MadeText[])[]): TextRow[] {
  const nameOf = (text: MadeText): string =>
    text.round > 1 ? `${text.node_id} · ${text.round}` : text.node_id;
  const names = [...new Set(runs.flatMap((texts) => texts.map(nameOf)))];
  return names.map((name) => ({
    name,
    texts: runs.map((texts) => texts.find((text) => nameOf(text) === name)?.text ?? null),
  }));
}

/** A field of the record that the gallery has a title for, or "level <factor>". */
export interface FieldRow {
  name: string;
  values: string[];
  differs: boolean;
}

/** The fields of records beside each other; those that all lack are left out. */
export function fieldRows(items: readonly GalleryDetails[]): FieldRow[] {
  const factors = new Set(items.flatMap(({ record }) => Object.keys(record?.levels ?? {})));
  const fields: [string, (record: GalleryRecord, item: GalleryDetails) => unknown][] = [
    ...[...factors].map((factor): [string, (record: GalleryRecord) => unknown] => [
      `level ${factor}`,
      (record) => record.levels[factor],
    ]),
    ["prompt", (record) => record.prompts.join("\n")],
    ["preset", (record) => record.presets.join(", ")],
    ["model", (record) => record.model],
    ["backend", (record) => record.backend],
    ["seed", (record) => record.seed],
    ["size", (_, { key }) => (key.width ? `${key.width} × ${key.height}` : "")],
    ["rating", (_, { mine }) => mine.rating],
    ["tag", (_, { mine }) => mine.tags.join(", ")],
    ["verdict", (record) => record.verdicts.map(verdictText).join(", ")],
    ["status", (record) => record.status],
    ["canvas", (record) => record.canvas],
    ["batch", (record) => record.batch],
    ["node", (record) => record.node_id],
    ["run", (_, { key }) => key.run_id],
  ];
  return fields
    .map(([name, read]) => {
      const values = items.map((item) => textOf(item.record && read(item.record, item)));
      return { name, values, differs: new Set(values).size > 1 };
    })
    .filter(({ values }) => values.some(Boolean));
}

const textOf = (value: unknown): string =>
  value === null || value === undefined ? "" : String(value);

type Verdict = GalleryRecord["verdicts"][number];

/** A verdict in short, by signs that need no language. */
export function verdictText({ passed, score }: Verdict): string {
  const sign = passed === null ? "" : passed ? "✓" : "✗";
  return [sign, score === null ? "" : String(score)].filter(Boolean).join(" ");
}
