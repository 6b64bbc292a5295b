import assert from "node:assert/strict";
import { test } from "node:test";
import { withConnection } from "../src/editor/document";
import { graphOf } from "../src/editor/graph";
import { findPorts, labelsFor, mayConnect, resolve } from "../src/editor/ports";
import type { NodeType } from "../src/editor/protocol";
import type { CanvasDocument } from "../src/host";
import table from "./port_rules.json";

const types = new Map(
  (table.types as unknown as NodeType[]).map((type): [string, NodeType] => [type.type, { ...type, fields: [] }]),
);
const type = (name: string) => types.get(name)!;
type Case = [string | null, string | null, string | string[]];

/** A document of nodes called by their types (`evaluation`, `generation.2`), and connections. */
function canvas(nodes: string, ...connections: string[]): CanvasDocument {
  return {
    nodes: nodes.split(" ").map((id) => ({ id, type: id.split(".")[0]! })),
    connections: connections.map((one) => {
      const [sourceId = "", targetId = "", label, targetLabel] = one.split(" ");
      return { sourceId, targetId, ...(label ? { label } : {}), ...(targetLabel ? { targetLabel } : {}) };
    }),
  };
}

function may(document: CanvasDocument, source: string, output: string, target: string, input: string, number?: number) {
  const ends = { source, output, target, input, ...(number ? { number } : {}) };
  return mayConnect(document, types, resolve(document, types), ends);
}

test("a connection means what Python says, for every pair of node types and every label", () => {
  let count = 0;
  for (const [pair, cases] of Object.entries(table.cases as unknown as Record<string, Case[]>)) {
    const [source = "", target = ""] = pair.split(" > ");
    for (const [label, targetLabel, meaning] of cases) {
      const found = findPorts({ label, targetLabel }, type(source), type(target));
      const said = typeof found === "string" ? found : [found.output.name, found.input.name];
      assert.deepEqual(said, meaning, `${pair}: ${label} ${targetLabel}`);
      count += 1;
    }
  }
  assert.ok(count > 2000, String(count));
});

test("what the editor writes names the ports that were meant, in words that are in Python's table", () => {
  for (const source of types.values()) {
    for (const target of types.values()) {
      const known = (table.cases as unknown as Record<string, Case[]>)[`${source.type} > ${target.type}`]!;
      for (const output of source.outputs) {
        for (const input of target.inputs) {
          if (!input.kinds.some((kind) => output.kinds.includes(kind))) continue;
          for (const feedback of output.name === "failed" ? [false, true] : [false]) {
            const labels = labelsFor(source, output, target, input, { number: 3, feedback });
            const { label = null, targetLabel = null } = labels;
            const found = known.find(([near, far]) => near === label && far === targetLabel);
            assert.deepEqual(found?.[2], [output.name, input.name], JSON.stringify([source.type, target.type, labels]));
          }
        }
      }
    }
  }
});

test("only what fits can be connected, and a port that takes one takes the new one", () => {
  const document = canvas("input image_input generation seed seed.2", "seed generation");
  assert.equal(may(document, "image_input", "image", "generation", "prompt"), "kind");
  assert.equal(may(document, "input", "text", "generation", "seed"), "kind");
  assert.equal(may(document, "seed", "seed", "generation", "seed"), "there");
  assert.deepEqual((may(document, "seed.2", "seed", "generation", "seed") as { replaces: number[] }).replaces, [0]);
  assert.deepEqual((may(document, "input", "text", "generation", "prompt") as { replaces: number[] }).replaces, []);
});

test("what a judge passes on is of the kind that came to it", () => {
  const document = canvas("image_input evaluation interception", "image_input evaluation");
  assert.equal(may(document, "evaluation", "passed", "interception", "text"), "kind");
  assert.equal(typeof may(document, "evaluation", "commentary", "interception", "text"), "object");
});

test("a loop is closed only by what failed, at a node that can begin a new round", () => {
  const document = canvas("input interception evaluation display", "input interception", "interception evaluation");
  assert.equal(may(document, "evaluation", "passed", "interception", "text"), "loop");
  assert.equal(may(document, "evaluation", "commentary", "interception", "text"), "loop");
  const back = may(document, "evaluation", "failed", "interception", "text");
  assert.equal((back as { feedback: boolean }).feedback, true);
  assert.equal(may(document, "interception", "text", "interception", "text"), "itself");
  const ends = { source: "evaluation", output: "failed", target: "interception", input: "text" };
  const after = withConnection(document, types, ends, back as Exclude<typeof back, string>);
  assert.deepEqual(after.connections.at(-1), { sourceId: "evaluation", targetId: "interception", label: "feedback" });
  assert.deepEqual(resolve(after, types).links.map((link) => link.feedback), [false, false, true]);
  const chain = canvas("random_prompt evaluation comparison_evaluator", "random_prompt comparison_evaluator", "comparison_evaluator evaluation");
  assert.equal(may(chain, "evaluation", "failed", "comparison_evaluator", "texts", 2), "feedback_target");
});

test("the second text has a port of its own, and says so", () => {
  const document = canvas("input input.2 generation", "input generation");
  const allowed = may(document, "input.2", "text", "generation", "second_text");
  const ends = { source: "input.2", output: "text", target: "generation", input: "second_text" };
  const after = withConnection(document, types, ends, allowed as Exclude<typeof allowed, string>);
  assert.equal(after.connections[1]!.label, "input-2");
  assert.deepEqual(graphOf(after, types).lines.map((line) => line.targetHandle), ["i:prompt", "i:second_text"]);
});

test("ordered inputs stand in their order, with a free one; without a number they fill the gaps", () => {
  const document = canvas(
    "input input.2 input.3 comparison_evaluator",
    "input comparison_evaluator input-3",
    "input.2 comparison_evaluator",
    "input.3 comparison_evaluator",
  );
  const graph = graphOf(document, types);
  const box = graph.boxes.find((one) => one.id === "comparison_evaluator")!;
  assert.deepEqual(box.inputs.map((port) => [port.number, port.connected]), [[1, true], [2, true], [3, true], [4, false]]);
  assert.deepEqual(graph.lines.map((line) => line.targetHandle), ["i:texts:3", "i:texts:1", "i:texts:2"]);
});

test("a parameter that is connected is a badge, one for all who share it; a free one is a box", () => {
  const document = canvas("input seed seed.2 generation generation.2", "seed generation", "seed generation.2");
  const graph = graphOf(document, types);
  assert.deepEqual(graph.boxes.map((box) => box.id), ["input", "seed.2", "generation", "generation.2"]);
  const [badge, size] = graph.boxes[2]!.badges;
  assert.deepEqual([badge!.node!.id, badge!.shared, size!.node], ["seed", 2, null]);
  assert.equal(graph.lines.length, 0);
});

test("a change draws anew only the boxes that it concerns", () => {
  const document = canvas("input interception display", "input interception", "interception display");
  const before = graphOf(document, types);
  const nodes = document.nodes.map((node) => (node.id === "input" ? { ...node, promptText: "x" } : node));
  const after = graphOf({ ...document, nodes }, types, before);
  assert.notEqual(after.boxes[0], before.boxes[0]);
  assert.equal(after.boxes[1], before.boxes[1]);
  assert.equal(after.lines[0], before.lines[0]);
});

test("connections that cannot be understood are kept and shown as broken", () => {
  const document = canvas("input image_input interception", "image_input interception", "input interception odd", "gone interception");
  const { broken } = resolve(document, types);
  assert.deepEqual([...broken], [[0, "kind_mismatch"], [2, "dangling_connection"]]);
  assert.deepEqual(graphOf(document, types).lines.map((line) => line.broken), [false, true]);
});
