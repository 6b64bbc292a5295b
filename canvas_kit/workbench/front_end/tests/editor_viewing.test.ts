import assert from "node:assert/strict";
import { test } from "node:test";
import { around, fitted, shifted } from "../src/editor/viewing";

const room = { width: 1000, height: 600 };
const nothing = { x: 0, y: 0 };
const at = (x: number, y: number) => ({ x, y, right: x + 200, bottom: y + 100 });
const still = { x: 0, y: 0, zoom: 1 };

test("a view stays where node and followers are seen", () => {
  const all = around([at(100, 100), at(500, 100)])!;
  assert.deepEqual(shifted(still, at(100, 100), all, room, { x: 300, y: 0 }), still);
});

test("what followed in sight stays in sight, as far as the form took room", () => {
  const all = around([at(400, 100), at(900, 100)])!;
  const seen = shifted(still, at(400, 100), all, room, { x: 300, y: 0 });
  assert.equal(seen.x, -124, "the last ends a margin before the edge");
  const far = around([at(400, 100), at(2000, 100)])!;
  assert.equal(shifted(still, at(400, 100), far, room, { x: 300, y: 0 }).x, -300);
});

test("the node itself does not leave at the other side for what follows it", () => {
  const all = around([at(50, 100), at(2000, 100)])!;
  assert.equal(shifted(still, at(50, 100), all, room, { x: 300, y: 0 }).x, -26);
});

test("a node that is hidden comes into sight, however little room was taken", () => {
  const own = { x: 400, y: 900, right: 600, bottom: 1000 };
  assert.deepEqual(shifted({ ...still, zoom: 0.8 }, own, own, room, nothing), { x: 0, y: -224, zoom: 0.8 });
});

test("what is fitted in lies in the middle, smaller if need be and never larger", () => {
  assert.deepEqual(fitted(at(0, 0), room), { zoom: 1, x: 400, y: 250 });
  const { zoom, y } = fitted({ x: 0, y: 0, right: 100, bottom: 5400 }, room);
  assert.deepEqual([zoom, y], [0.1, 30]);
});
