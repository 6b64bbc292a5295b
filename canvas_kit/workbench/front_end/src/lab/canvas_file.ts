/** The text of a canvas file, and the document in it: read and written so that nothing is lost. */

import type { CanvasDocument } from "../host";

/** Whole numbers that JavaScript would round; they travel as texts. */
interface LargeNumbers {
  keys: Set<string>;
  items: Set<string>;
}

export type ReadCanvas =
  | { document: CanvasDocument; large: LargeNumbers }
  | { problem: "notJson" | "noCanvas"; detail: string };

const NUMBER_OR_TEXT = /(?:("(?:[^"\\]|\\.)*")\s*:\s*)?(-?\d{16,})(?=\s*[,}\]])|"(?:[^"\\]|\\.)*"/g;
const TEXT_OF_DIGITS = /^(\s*)(?:("(?:[^"\\]|\\.)*"): )?"(-?\d+)"(,?)$/gm;

/** What an empty file, or a new one, becomes. */
export function emptyCanvas(): CanvasDocument {
  return { type: "canvas_workflow", nodes: [], connections: [] };
}

/** The canvas in a file's text, or why there is none. */
export function readCanvas(said: string): ReadCanvas {
  const text = said.replace(/^\uFEFF/, ""); // some editors put a mark before the text
  const large: LargeNumbers = { keys: new Set(), items: new Set() };
  if (!text.trim()) return { document: emptyCanvas(), large };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problem: "notJson", detail: error instanceof Error ? error.message : String(error) };
  }
  if (!isCanvas(value)) return { problem: "noCanvas", detail: "" };
  const exact = text.replace(NUMBER_OR_TEXT, (all, key?: string, digits?: string) => {
    if (digits === undefined || Number.isSafeInteger(Number(digits))) return all;
    if (key === undefined) large.items.add(digits);
    else large.keys.add(key);
    return `${key === undefined ? "" : `${key}: `}"${digits}"`;
  });
  const document = JSON.parse(exact) as CanvasDocument;
  return { document: { ...document, connections: document.connections ?? [] }, large };
}

/** A file's text, laid out as `Canvas.to_json()` does. */
export function writeCanvas(document: CanvasDocument, large?: LargeNumbers): string {
  const text = `${JSON.stringify(document, null, 2)}\n`;
  if (!large || !(large.keys.size || large.items.size)) return text;
  return text.replace(TEXT_OF_DIGITS, (all, indent: string, key: string | undefined, digits, comma) => {
    const wasNumber = key === undefined ? large.items.has(digits) : large.keys.has(key);
    return wasNumber ? `${indent}${key === undefined ? "" : `${key}: `}${digits}${comma}` : all;
  });
}

function isCanvas(value: unknown): value is CanvasDocument {
  const { nodes, connections } = fieldsOf(value);
  const texts = (one: unknown, ...names: string[]) => names.every((name) => typeof fieldsOf(one)[name] === "string");
  return (
    Array.isArray(nodes) &&
    nodes.every((node) => texts(node, "id", "type")) &&
    (connections == null ||
      (Array.isArray(connections) && connections.every((one) => texts(one, "sourceId", "targetId"))))
  );
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
