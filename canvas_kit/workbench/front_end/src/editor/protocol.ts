/** What Python says of node types, choices, problems and sweeps (`canvas_kit.workbench.editing`). */

import type { CanvasDocument } from "../host";

export type Role = "input" | "language" | "parameter" | "generation" | "judge" | "output";

export interface InputPort {
  name: string;
  label: string;
  kinds: string[];
  required: boolean;
  many: boolean;
  numbered: boolean;
  title: string;
}

export interface OutputPort {
  name: string;
  label: string;
  /** All labels that a connection may say for it; the first is written. */
  labels: string[];
  kinds: string[];
  follows: string;
  title: string;
}

export interface Choice {
  value: string;
  title: string;
  description?: string;
  icon?: string;
  default?: boolean;
}

export type FieldKind =
  | "text"
  | "long_text"
  | "number"
  | "integer"
  | "choice"
  | "preset"
  | "text_model"
  | "vision_model"
  | "media_model"
  | "image"
  | "boolean";

export interface Field {
  /** The name in a canvas document. */
  name: string;
  python: string;
  title: string;
  description: string;
  kind: FieldKind;
  choices?: Choice[];
  default: unknown;
  minimum?: number;
  maximum?: number;
  placeholder?: string;
}

export interface NodeType {
  type: string;
  name: string;
  description: string;
  /** What it is for: its heading in the palette, and its colours. */
  category: Role;
  parameter: boolean;
  accepts_feedback: boolean;
  keeps: string;
  inputs: InputPort[];
  outputs: OutputPort[];
  fields: Field[];
}

export interface Description {
  types: NodeType[];
  categories: { id: string; name: string }[];
  language?: string;
}

export interface Choices {
  text_models: Choice[];
  vision_models: Choice[];
  media_models: Choice[];
}

export interface FoundProblem {
  node: string | null;
  field: string | null;
  code: string;
  message: string;
  severity: "problem" | "warning";
}

export interface Checked {
  problems: FoundProblem[];
  runnable: boolean;
}

export type Level = string | number | boolean | null;

/** What a run is varied by; not part of a canvas. */
export interface Vary {
  /** Levels by `node_id.jsonField`. */
  factors: Record<string, Level[]>;
  seeds: number;
  base_seed: number | string | null;
}

export interface SweepAnswer {
  runs: number;
  words: string;
  seconds: number | null;
  code: string;
  problems: FoundProblem[];
}

/** The node types by name, in the order of the palette. */
export type Types = ReadonlyMap<string, NodeType>;

/** What an edit changes, and what undo brings back. */
export interface Content {
  document: CanvasDocument;
  vary: Vary;
}
