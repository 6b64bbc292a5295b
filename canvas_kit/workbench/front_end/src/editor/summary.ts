/** What is set on a node, in few words. */

import type { NodeDocument } from "../host";
import type { Choice, Choices, Field, NodeType } from "./protocol";

export interface Line {
  kind: "strong" | "text" | "small" | "picture";
  words: string;
}

const MODELS = {
  text_model: "text_models",
  vision_model: "vision_models",
  media_model: "media_models",
} as const;

/** What a field can be set to, as far as that is known. */
export function choicesOf(field: Field, choices: Choices | null): readonly Choice[] {
  const models = MODELS[field.kind as keyof typeof MODELS];
  return field.choices ?? (models && choices?.[models]) ?? [];
}

/** What a choice is called; its own value where it has no title. */
export function titleOf(field: Field, value: unknown, choices: Choices | null): string {
  const known = choicesOf(field, choices);
  return known.find((choice) => choice.value === value)?.title ?? String(value);
}

const isModel = (field: Field) => field.kind.endsWith("_model");

/** What a node is called: its own name, or its type's and a count. */
export function calledBy(
  node: NodeDocument,
  type: NodeType | null | undefined,
): { name: string; more: string; own: boolean } {
  const count = /_(\d+)$/.exec(node.id)?.[1] ?? "";
  return type && node.id === `${node.type}_${count}`
    ? { name: type.name, more: count, own: false }
    : { name: node.id, more: type?.name ?? node.type, own: true };
}

/** At most three lines of what is set: the preset, the words, the rest. */
export function summary(node: NodeDocument, type: NodeType, choices: Choices | null): Line[] {
  if (type.parameter) return [{ kind: "strong", words: parameterWords(node, type) }];
  const lines: Line[] = [];
  const rest: string[] = [];
  for (const field of type.fields) {
    const value = node[field.name];
    if (value == null || value === "") continue;
    if (field.kind === "image") {
      lines.push({ kind: "picture", words: imageAddress(value) });
    } else if (field.kind === "preset") {
      lines.unshift({ kind: "strong", words: titleOf(field, value, choices) });
    } else if (field.kind === "long_text" || field.kind === "text") {
      lines.push({ kind: "text", words: String(value).trim().slice(0, 240) });
    } else if (isModel(field)) {
      rest.unshift(titleOf(field, value, choices));
    } else if (value !== field.default) {
      rest.push(`${field.title} ${titleOf(field, value, choices)}`);
    }
  }
  if (rest.length) lines.push({ kind: "small", words: rest.join(" · ") });
  return lines.slice(0, 3);
}

/** The address of a picture that a node holds itself; empty where it names a file. */
export function imageAddress(value: unknown): string {
  if (typeof value === "string") return /^data:image\//.test(value) ? value : "";
  const data = (value as { data?: unknown } | null)?.data;
  if (typeof data !== "string" || !data) return "";
  return data.startsWith("data:image/") ? data : data.startsWith("data:") ? "" : `data:image/png;base64,${data}`;
}

const SIZES: Record<string, string> = {
  square_1024: "1024 × 1024",
  portrait_768x1344: "768 × 1344",
  landscape_1344x768: "1344 × 768",
};

/** What a parameter is set to, as its badge says it. */
export function parameterWords(node: NodeDocument, type: NodeType): string {
  const value = (name: string): unknown =>
    node[name] ?? type.fields.find((field) => field.name === name)?.default ?? "";
  const field = (name: string) => type.fields.find((one) => one.name === name)!;
  switch (type.type) {
    case "seed": {
      const mode = String(value("seedMode"));
      if (mode === "fixed") return String(value("seedValue"));
      const title = titleOf(field("seedMode"), mode, null);
      return mode === "increment" ? `${title} ${String(node.seedBase ?? 0)}` : title;
    }
    case "resolution":
      return (
        SIZES[String(node.resolutionPreset)] ??
        `${String(value("resolutionWidth"))} × ${String(value("resolutionHeight"))}`
      );
    case "quality":
      return `${String(value("qualitySteps"))} · ${String(value("qualityCfg"))}`;
    default: {
      const set = type.fields.filter((one) => node[one.name] != null);
      return set.map((one) => titleOf(one, node[one.name], null)).join(" · ") || type.name;
    }
  }
}
