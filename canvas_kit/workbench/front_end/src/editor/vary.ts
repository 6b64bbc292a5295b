/** What a run is varied by: levels of fields, and seeds. */

import type { CanvasDocument } from "../host";
import type { Field, Level, Types, Vary } from "./protocol";

/** The level at which a node is taken out and its neighbours are joined. */
export const WITHOUT = "(without)";

export const NOTHING: Vary = { factors: {}, seeds: 1, base_seed: null };

export const factorKey = (node: string, field: string) => `${node}.${field}`;

export interface Axis {
  key: string;
  node: string;
  field: Field;
  levels: Level[];
}

/** The axes whose node and field are in the canvas, in their order. */
export function axes(vary: Vary, document: CanvasDocument, types: Types): Axis[] {
  return Object.entries(vary.factors).flatMap(([key, levels]) => {
    const cut = key.lastIndexOf(".");
    const [node, name] = [key.slice(0, cut), key.slice(cut + 1)];
    const type = document.nodes.find((one) => one.id === node)?.type;
    const field = types.get(type ?? "")?.fields.find((one) => one.name === name);
    return field ? [{ key, node, field, levels }] : [];
  });
}

/** What is handed to Python, or undefined where nothing varies. Levels that are empty are not. */
export function asked(vary: Vary, document: CanvasDocument, types: Types): Vary | undefined {
  const kept = axes(vary, document, types).filter((axis) => axis.levels.length > 0);
  if (!kept.length && vary.seeds === 1) return undefined;
  return { ...vary, factors: Object.fromEntries(kept.map((axis) => [axis.key, axis.levels])) };
}

/** How many runs it makes. */
export function count(vary: Vary | undefined): number {
  if (!vary) return 1;
  return Object.values(vary.factors).reduce((runs, levels) => runs * levels.length, vary.seeds);
}

/** With an axis more, or with other levels; without the axis where `levels` is null. */
export function withLevels(vary: Vary, key: string, levels: Level[] | null): Vary {
  const { [key]: _, ...rest } = vary.factors;
  const factors = levels === null ? rest : { ...vary.factors, [key]: levels };
  return { ...vary, factors };
}

/** With the keys of a node's axes under its new id. */
export function followed(vary: Vary, id: string, wanted: string): Vary {
  const factors = Object.entries(vary.factors).map(([key, levels]) => {
    const cut = key.lastIndexOf(".");
    return [key.slice(0, cut) === id ? wanted + key.slice(cut) : key, levels];
  });
  return { ...vary, factors: Object.fromEntries(factors) };
}

/** The levels in lines of text, one a line; numbers as numbers, whole ranges as `1..5`. */
export function typed(text: string, field: Field): Level[] {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  if (field.kind !== "number" && field.kind !== "integer") return [...new Set(lines)];
  const numbers = lines.flatMap((line) => line.split(/[;,\s]+/)).flatMap(numbersIn);
  return [...new Set(numbers)];
}

function numbersIn(word: string): Level[] {
  const range = /^(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)(?:\.\.(\d+(?:\.\d+)?))?$/.exec(word);
  if (range) {
    const [first, last, by] = [Number(range[1]), Number(range[2]), Number(range[3] ?? 1)];
    const steps = Math.floor((last - first) / by + 1e-9);
    if (by <= 0 || steps < 0 || steps > 1000) return [];
    const digits = Math.max(...[range[1], range[3] ?? ""].map((n) => n?.split(".")[1]?.length ?? 0));
    return Array.from({ length: steps + 1 }, (_, i) => Number((first + by * i).toFixed(digits)));
  }
  const value = Number(word);
  if (word === "" || !Number.isFinite(value)) return [];
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? [word] : [value];
}

/** How levels are written in lines. */
export function lines(levels: readonly Level[]): string {
  return levels.map(String).join("\n");
}

/** Whether a node can be taken out as the control: something can go past it, or do without. */
export function canDoWithout(type: string, types: Types): boolean {
  const found = types.get(type);
  return Boolean(found?.outputs.length && (found.inputs.length || found.parameter));
}
