import assert from "node:assert/strict";
import { test } from "node:test";
import * as edits from "../src/editor/document";
import { begin, redo, step, undo } from "../src/editor/history";
import { apart, laidOut, shownPlaces } from "../src/editor/layout";
import type { NodeType } from "../src/editor/protocol";
import { RunStore } from "../src/editor/runs";
import * as vary from "../src/editor/vary";
import type { JobSnapshot, NodeProgress } from "../src/host";

const type = (name: string, more: Partial<NodeType> = {}): NodeType => ({
  type: name,
  name,
  description: "",
  category: "language",
  parameter: false,
  accepts_feedback: false,
  keeps: "",
  inputs: [],
  outputs: [],
  fields: [],
  ...more,
});
const field = (name: string, kind: "number" | "integer" | "long_text" | "preset", value: unknown) => ({
  name,
  python: name,
  title: name,
  description: "",
  kind,
  default: value,
});
const types = new Map([
  ["seed", type("seed", { parameter: true })],
  ["words", type("words", { fields: [field("text", "long_text", "")] })],
  ["judge", type("judge", { fields: [field("preset", "preset", "quality")] })],
]);
const node = (id: string, kind = "words", more: object = {}) => ({ id, type: kind, ...more });
const line = (sourceId: string, targetId: string) => ({ sourceId, targetId });

test("a field keeps its place in the file, and what is unknown stays", () => {
  const before = { nodes: [node("a", "words", { text: "one", odd: [1] })], connections: [], own: 7 };
  const after = edits.withField(before, "a", "text", "two");
  assert.equal(JSON.stringify(after), JSON.stringify(before).replace("one", "two"));
  assert.equal(edits.withField(after, "a", "text", "two"), after);
  assert.deepEqual(edits.withField(after, "a", "text", undefined).nodes[0], node("a", "words", { odd: [1] }));
});

test("a width makes a size custom, and counting up begins at the seed that was there", () => {
  const document = {
    nodes: [node("r", "resolution", { resolutionPreset: "square_1024" }), node("s", "seed", { seedValue: 5 })],
    connections: [],
  };
  const wide = edits.withField(document, "r", "resolutionWidth", 512);
  assert.equal(wide.nodes[0]!.resolutionPreset, "custom");
  const counting = edits.withField(document, "s", "seedMode", "increment");
  assert.equal(counting.nodes[1]!.seedBase, 5);
});

test("a new node has a free id, whole pixels and its preset in words", () => {
  const [document, id] = edits.withNode(
    { nodes: [node("judge_1")], connections: [] },
    types.get("judge")!,
    { x: 1.6, y: 2 },
  );
  assert.equal(id, "judge_2");
  assert.deepEqual(document.nodes[1], { id, type: "judge", x: 2, y: 2, preset: "quality" });
});

test("deleting takes connections along, and the parameters of none besides", () => {
  const document = {
    nodes: [node("a"), node("b"), node("own", "seed"), node("shared", "seed"), node("free", "seed")],
    connections: [line("own", "a"), line("shared", "a"), line("shared", "b"), line("a", "b")],
  };
  const after = edits.withoutNodes(document, new Set(["a"]), types);
  assert.deepEqual(after.nodes.map((one) => one.id), ["b", "shared", "free"]);
  assert.deepEqual(after.connections, [line("shared", "b")]);
});

test("a fragment brings its parameters, gets free ids, and refers to those", () => {
  const document = {
    nodes: [node("a_1", "words", { x: 1, y: 2 }), node("s", "seed"), node("b_1")],
    connections: [line("s", "a_1"), line("a_1", "b_1")],
  };
  const fragment = edits.fragmentOf(document, new Set(["a_1"]), types);
  const [after, ids] = edits.withFragment(document, fragment, { x: 10, y: 10 });
  assert.deepEqual(ids, ["a_2", "s_1"]);
  assert.deepEqual(after.connections.at(-1), line("s_1", "a_2"));
  assert.equal(after.nodes.at(-2)!.x, 11);
});

test("a new name is unique, and connections and factors follow it", () => {
  const document = { nodes: [node("a"), node("b")], connections: [line("a", "b")] };
  assert.equal(edits.idProblem(document, "a", "b"), "taken");
  assert.equal(edits.idProblem(document, "a", " "), "empty");
  assert.equal(edits.idProblem(document, "a", "two\nlines"), "long");
  assert.equal(edits.idProblem(document, "a", "a"), null);
  assert.deepEqual(edits.renamed(document, "a", "z").connections, [line("z", "b")]);
  const factors = { factors: { "a.text": ["x"], "ab.text": ["y"] }, seeds: 1, base_seed: null };
  assert.deepEqual(Object.keys(vary.followed(factors, "a", "z").factors), ["z.text", "ab.text"]);
});

test("only a canvas is read, and numbers that JavaScript would round keep their digits", () => {
  assert.equal(edits.read("{"), null);
  assert.equal(edits.read('{"nodes": [{"id": 1, "type": "words"}]}'), null);
  assert.equal(edits.read('{"nodes": [], "connections": [{"sourceId": "a", "targetId": "b"}]}'), null);
  const read = edits.read('{"nodes": [{"id": "s", "type": "seed", "seedValue": 9007199254740993}]}');
  assert.equal(String(read!.nodes[0]!.seedValue), "9007199254740993");
});

test("documents are compared by value, and nodes that say the same stay the same objects", () => {
  const before = { nodes: [node("a", "words", { x: 1 }), node("b")], connections: [] };
  const fresh = { connections: [], nodes: [{ x: 1, type: "words", id: "a" }, node("b", "judge")] };
  assert.ok(!edits.sameDocument(before, fresh));
  const shared = edits.sharing(before, fresh);
  assert.equal(shared.nodes[0], before.nodes[0]);
  assert.notEqual(shared.nodes[1], before.nodes[1]);
});

test("undo goes back step by step, and one gesture is one step", () => {
  let history = begin(0);
  history = step(history, 1);
  history = step(history, 2, "drag", 1000);
  history = step(history, 3, "drag", 1200);
  history = step(history, 4, "drag", 9000);
  assert.equal(undo(history).now, 3);
  assert.equal(undo(undo(history)).now, 1);
  assert.equal(redo(undo(history)).now, 4);
  assert.equal(undo(begin(7)).now, 7);
  assert.deepEqual(step(undo(history), 8).future, []);
});

test("levels are read one a line; numbers also as ranges, large ones by their digits", () => {
  const number = field("n", "number", 0);
  assert.deepEqual(vary.typed("a b\n\n c \na b", field("t", "long_text", "")), ["a b", "c"]);
  assert.deepEqual(vary.typed("10..50..20\n7, 8", number), [10, 30, 50, 7, 8]);
  assert.deepEqual(vary.typed("0..1..0.25\nno", number), [0, 0.25, 0.5, 0.75, 1]);
  assert.deepEqual(vary.typed("9007199254740993", number), ["9007199254740993"]);
});

test("what varies is handed on for nodes that are there, and counted", () => {
  const document = { nodes: [node("a")], connections: [] };
  const all = { factors: { "a.text": ["x", "y"], "gone.text": ["z"], "a.other": [1] }, seeds: 5, base_seed: null };
  const asked = vary.asked(all, document, types)!;
  assert.deepEqual(asked.factors, { "a.text": ["x", "y"] });
  assert.equal(vary.count(asked), 10);
  assert.equal(vary.asked(vary.NOTHING, document, types), undefined);
});

test("what lies below a box makes room for what a run put onto it, and for nothing else", () => {
  const places = new Map(
    Object.entries({ top: [0, 0], below: [30, 120], last: [60, 230], beside: [400, 90] }).map(
      ([id, [x, y]]) => [id, { x: x!, y: y! }],
    ),
  );
  const heights = (top: number) =>
    new Map(Object.entries({ top, below: 100, last: 100, beside: 100 }));
  assert.equal(apart(places, heights(100), new Map()), places);
  const shown = apart(places, heights(300), new Map([["top", 200]]));
  assert.deepEqual(shown.get("below"), { x: 30, y: 318 });
  assert.deepEqual(shown.get("last"), { x: 60, y: 428 }, "the gap of 10 stays");
  assert.equal(shown.get("beside"), places.get("beside"), "the same object: it is not drawn again");
  const over = new Map([...places, ["below", { x: 30, y: 60 }]]);
  assert.equal(apart(over, heights(300), new Map([["top", 200]])).get("below")!.y, 60);
});

test("layout leads to the right without covering anything, also for many nodes", () => {
  for (const count of [6, 500]) {
    const boxes = Array.from({ length: count }, (_, i) => ({ id: `n${i}`, width: 224, height: 100 }));
    const arrows = boxes.slice(1).map((box, i) => ({ source: `n${Math.floor(i / 2)}`, target: box.id }));
    const places = laidOut(boxes, [...arrows, { source: "n5", target: "n0", feedback: true }]);
    for (const { source, target } of arrows) {
      assert.ok(places.get(source)!.x + 224 < places.get(target)!.x, `${source} → ${target}`);
    }
    const sorted = [...places.values()].sort((a, b) => a.x - b.x || a.y - b.y);
    sorted.slice(1).forEach((place, i) => {
      assert.ok(place.x !== sorted[i]!.x || place.y - sorted[i]!.y >= 100, "covered");
    });
  }
});

test("places that somebody chose stay; only nodes without one are laid out", () => {
  const document = { nodes: [node("a", "words", { x: 3, y: 4 }), node("b")], connections: [] };
  const boxes = document.nodes.map(({ id }) => ({ id, width: 224, height: 100 }));
  const places = shownPlaces(document, boxes, []);
  assert.deepEqual(places.get("a"), { x: 3, y: 4 });
  assert.ok(places.get("b")!.y > 200);
});

test("a snapshot tells only the nodes that changed, and a new job forgets the old", () => {
  const progress = (state: NodeProgress["state"], step = 0): NodeProgress => ({
    state,
    message: "",
    text: "",
    step,
    total: 10,
    round: 1,
    media: [],
    preview: "",
    reused: false,
  });
  const snapshot = (job: string, nodes: Record<string, NodeProgress>) =>
    ({ job, nodes, runs: [], state: "running" }) as unknown as JobSnapshot;
  const store = new RunStore();
  const told: string[] = [];
  for (const id of ["a", "b"]) store.listen(id, () => told.push(id));
  store.apply(snapshot("1", { a: progress("running"), b: progress("waiting") }));
  store.apply(snapshot("1", { a: progress("running", 1), b: progress("waiting") }));
  store.apply(snapshot("1", { a: progress("running", 1), b: progress("waiting") }));
  assert.deepEqual(told, ["a", "b", "a"]);
  store.apply(null);
  assert.equal(store.node("a"), undefined);
});
