import assert from "node:assert/strict";
import { test } from "node:test";
import { readCanvas, writeCanvas } from "../src/lab/canvas_file";

function rewritten(text: string): string {
  const read = readCanvas(text);
  assert.ok("document" in read);
  return writeCanvas(read.document, read.large);
}

test("a file is written as Canvas.to_json() writes it, with what is unknown in it", () => {
  const text = `{
  "name": "Märkte",
  "of_another_program": {
    "list": [
      1,
      2.5,
      null
    ],
    "empty": {}
  },
  "nodes": [
    {
      "id": "a",
      "type": "input",
      "promptText": "a \\"market\\"",
      "x": -3.5
    }
  ],
  "connections": []
}
`;
  assert.equal(rewritten(text), text);
});

test("whole numbers beyond 2^53 stay as they are, and texts of digits stay texts", () => {
  const text = `{
  "nodes": [
    {
      "id": "a",
      "type": "input",
      "promptText": "18446744073709551615",
      "noise_seed": 18446744073709551615,
      "list": [
        12345678901234567890,
        "7"
      ]
    }
  ],
  "connections": []
}
`;
  assert.equal(rewritten(text), text);
});

test("digits inside a text are no number", () => {
  const document = { nodes: [{ id: "a", type: "input", promptText: 'x: 18446744073709551615, "y": 1' }], connections: [] };
  const text = writeCanvas(document);
  assert.equal(rewritten(text), text);
});

test("an empty file is an empty canvas, and a canvas may come without connections", () => {
  for (const text of ["", " \n", '{"nodes": []}', '\uFEFF{"nodes": []}']) {
    const read = readCanvas(text);
    assert.ok("document" in read);
    assert.deepEqual(read.document.connections, []);
  }
});

test("what is no canvas is told apart from what is no JSON", () => {
  for (const text of ["{", '{"nodes": [}', "nonsense"]) {
    const read = readCanvas(text);
    assert.ok("problem" in read && read.problem === "notJson" && read.detail);
  }
  for (const text of ["[]", "null", "7", '{"nodes": {}}', '{"nodes": [{"id": 1, "type": "x"}]}', '{"nodes": [], "connections": {}}', '{"nodes": [], "connections": [null]}', '{"nodes": [], "connections": [{"sourceId": 1}]}']) {
    const read = readCanvas(text);
    assert.ok("problem" in read && read.problem === "noCanvas", text);
  }
});
