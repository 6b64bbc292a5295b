import assert from "node:assert/strict";
import { test } from "node:test";
import { fittingWords } from "../src/editor/fitting";
import type { NodeType } from "../src/editor/protocol";
import { words } from "../src/editor/words";
import { speaker } from "../src/words";

const type = (name: string, inputs: string[][], outputs: string[][]) =>
  ({ type: name, name, inputs: inputs.map((kinds) => ({ kinds })), outputs: outputs.map((kinds) => ({ kinds })) });
const types = new Map(
  [
    type("Prompt", [], [["text"]]),
    type("Picture", [], [["media"]]),
    type("Seed", [], [["seed"]]),
    type("Writing", [["text"]], [["text"]]),
    type("Painting", [["text"], ["seed"]], [["media"]]),
    type("Judging", [["text", "media"]], [["text", "media"], ["text"]]),
  ].map((one) => [one.type, one as unknown as NodeType]),
);

test("what fits a port is said in the user's language, with node types that have it", () => {
  const said = (language: "en" | "de", side: "inputs" | "outputs", ...kinds: string[]) =>
    fittingWords(speaker(words, language), language, types, side, kinds);
  assert.deepEqual(said("en", "outputs", "text"), { kinds: "a text", types: "Prompt, Writing or Judging" });
  assert.deepEqual(said("de", "outputs", "text"), { kinds: "einen Text", types: "Prompt, Writing oder Judging" });
  assert.deepEqual(said("en", "inputs", "seed"), { kinds: "a seed", types: "Painting" });
  assert.deepEqual(said("en", "inputs", "media", "text"), {
    kinds: "a text or a picture or other medium",
    types: "Writing, Painting or Judging",
  });
});
