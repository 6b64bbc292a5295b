import assert from "node:assert/strict";
import { test } from "node:test";
import { speaker } from "../src/words";

test("a text is said in the user's language, with what it names", () => {
  const words = { runs: ["{count} runs", "{count} Läufe"] } as const;
  assert.equal(speaker(words, "en")("runs", { count: 3 }), "3 runs");
  assert.equal(speaker(words, "de")("runs", { count: 3 }), "3 Läufe");
});
