import assert from "node:assert/strict";
import { test } from "node:test";
import { recounted } from "../src/gallery/counting";
import { fieldRows, textRows, wordDifferences } from "../src/gallery/differences";
import { Items } from "../src/gallery/items";
import { actionOf, actions, keysOf, nameOf, readKeys, shownKey, withKey } from "../src/gallery/keys";
import type { GalleryAnswer, GalleryDetails, GalleryRecord } from "../src/gallery/protocol";
import { openingCode } from "../src/gallery/python";
import { WantedQueue } from "../src/gallery/queue";
import * as selection from "../src/gallery/selection";
import * as windowing from "../src/gallery/windowing";
import { actual, dragged, fitted, transform, whole, zoomed } from "../src/gallery/zoom";

const pressed = (key: string, more: object = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...more,
});

test("tiles fill the width, and only the lines on screen with a few more are drawn", () => {
  const tiles = windowing.tiling(20_000, 1_000, 168, 10, 20);
  assert.deepEqual([tiles.columns, tiles.width, tiles.height], [5, 188, 208]);
  assert.equal(windowing.lineCount(tiles), 4_000);
  assert.equal(windowing.wholeHeight(tiles), 10 + 4_000 * 218);
  assert.deepEqual(windowing.linesOnScreen(tiles, 0, 600, 0), { first: 0, last: 2 });
  assert.deepEqual(windowing.linesOnScreen(tiles, 2_190, 600, 2), { first: 8, last: 14 });
  assert.deepEqual(windowing.linesOnScreen(tiles, 4_000 * 218, 600, 2).last, 3_999);
});

test("a room that is narrower than a tile still shows one to a line", () => {
  assert.equal(windowing.tiling(3, 50, 168, 10, 0).columns, 1);
});

test("items on screen come before those that are only drawn, and the last line ends in time", () => {
  const tiles = windowing.tiling(7, 400, 168, 10, 0);
  assert.equal(tiles.columns, 2);
  const items = windowing.itemsOf(tiles, { first: 1, last: 1 }, { first: 0, last: 3 });
  assert.deepEqual(items, [2, 3, 4, 5, 6, 0, 1]);
  assert.deepEqual(windowing.itemsOf(tiles, { first: 3, last: 3 }), [6]);
});

test("the view scrolls as little as needed to show an item whole", () => {
  const tiles = windowing.tiling(100, 400, 168, 10, 0);
  assert.equal(windowing.topToShow(tiles, 0, 500, 600), 0);
  assert.equal(windowing.topToShow(tiles, 2, 0, 600), 0);
  const line = 20;
  const top = windowing.topToShow(tiles, line * 2, 0, 600);
  assert.equal(top + 600, windowing.lineTop(tiles, line) + tiles.height + tiles.gap);
});

test("steps stop at the ends; down from above a short last line goes to the last item", () => {
  const tiles = windowing.tiling(7, 600, 168, 10, 0);
  assert.equal(tiles.columns, 3);
  const step = (index: number, to: windowing.Step) => windowing.stepFrom(tiles, index, to, 420);
  assert.equal(step(0, "left"), 0);
  assert.equal(step(1, "up"), 1);
  assert.equal(step(1, "down"), 4);
  assert.equal(step(5, "down"), 6);
  assert.equal(step(6, "down"), 6);
  assert.equal(step(0, "page down"), 6);
  assert.equal(step(6, "first"), 0);
  assert.equal(step(0, "last"), 6);
});

test("more than three screens a second is too fast to look; a jump is not", () => {
  const pace = new windowing.Pace();
  assert.equal(pace.fast(0, 800, 1_000), false);
  assert.equal(pace.fast(20, 800, 1_016), false);
  assert.equal(pace.fast(500, 800, 1_032), true);
  assert.equal(pace.fast(900_000, 800, 5_000), false);
});

interface Ordered {
  key: number;
  signal: AbortSignal;
  done: (value: string) => void;
  fail: (error: Error) => void;
}

function queueOf(atOnce: number) {
  const ordered: Ordered[] = [];
  const loaded: [number, string][] = [];
  const failed: number[] = [];
  const queue = new WantedQueue<number, string>(
    (key, signal) =>
      new Promise((done, fail) => {
        ordered.push({ key, signal, done, fail });
      }),
    (key, value) => void loaded.push([key, value]),
    (key) => void failed.push(key),
    atOnce,
  );
  const settle = () => new Promise((done) => setImmediate(done));
  return { queue, ordered, loaded, failed, settle };
}

test("a few are loaded at a time, and the next begins when one ends, well or badly", async () => {
  const { queue, ordered, loaded, failed, settle } = queueOf(2);
  queue.want([1, 2, 3, 4]);
  assert.deepEqual(ordered.map(({ key }) => key), [1, 2]);
  ordered[0]?.done("one");
  ordered[1]?.fail(new Error("gone"));
  await settle();
  assert.deepEqual(ordered.map(({ key }) => key), [1, 2, 3, 4]);
  assert.deepEqual([loaded, failed], [[[1, "one"]], [2]]);
  assert.equal(queue.inFlight, 2);
});

test("what is wanted no more is dropped and what is wanted now goes first", async () => {
  const { queue, ordered, loaded, failed, settle } = queueOf(2);
  queue.want([1, 2, 3]);
  queue.want([8, 2, 9]);
  assert.equal(ordered[0]?.signal.aborted, true);
  assert.equal(ordered[1]?.signal.aborted, false);
  assert.deepEqual(ordered.map(({ key }) => key), [1, 2]);
  ordered[0]?.done("late");
  await settle();
  assert.deepEqual(ordered.map(({ key }) => key), [1, 2, 8]);
  ordered[1]?.done("two");
  await settle();
  assert.deepEqual([loaded, failed], [[[2, "two"]], []]);
  assert.deepEqual(ordered.map(({ key }) => key), [1, 2, 8, 9]);
});

test("what was given up and is wanted again is loaded anew, and only that counts", async () => {
  const { queue, ordered, loaded, settle } = queueOf(1);
  queue.want([1]);
  queue.want([]);
  queue.want([1]);
  ordered[0]?.done("old");
  await settle();
  ordered[1]?.done("new");
  await settle();
  assert.deepEqual(loaded, [[1, "new"]]);
  assert.equal(queue.inFlight, 0);
});

test("no two actions share a key, and none is a key that browsers keep for themselves", () => {
  const keys = Object.values(actions).flat();
  assert.equal(new Set(keys).size, keys.length);
  for (const taken of ["Tab", "F5", "Mod+w", "Mod+t", "Mod+c"]) assert.ok(!keys.includes(taken as never));
});

test("keys count as characters, whatever Shift and AltGr did to make them", () => {
  assert.equal(nameOf(pressed("T", { shiftKey: true })), "t");
  assert.equal(nameOf(pressed("@", { ctrlKey: true, altKey: true })), "@");
  assert.equal(nameOf(pressed(" ")), "Space");
  assert.equal(nameOf(pressed("Shift")), undefined);
  assert.equal(actionOf({}, pressed("z", { metaKey: true })), "undo");
  assert.equal(actionOf({}, pressed("c", { ctrlKey: true })), undefined);
  assert.equal(actionOf({}, pressed("?")), "help");
});

test("a key given to an action is taken from the one that had it", () => {
  const map = withKey({}, "reject", "1");
  assert.equal(actionOf(map, pressed("1")), "reject");
  assert.deepEqual(keysOf(map, "rate 1"), []);
  assert.equal(actionOf(map, pressed("x")), undefined);
});

test("stored keys that are no keys are left out", () => {
  assert.deepEqual(readKeys('{"reject": ["k"], "nonsense": ["j"], "undo": "u"}'), { reject: ["k"] });
  assert.deepEqual(readKeys("no JSON"), {});
  assert.deepEqual(readKeys("null"), {});
});

test("keys are shown as they stand on a keyboard", () => {
  assert.deepEqual(["Mod+z", "ArrowLeft", "+", "x"].map(shownKey), ["Ctrl+Z", "←", "+", "X"]);
});

test("a range is chosen from its anchor, and a selection survives a new order", () => {
  const one = selection.toggled(selection.nothing, 3);
  const range = selection.extended(one, 6);
  assert.deepEqual(selection.inOrder(range), [3, 4, 5, 6]);
  assert.deepEqual(selection.inOrder(selection.extended(range, 1)), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(selection.inOrder(selection.toggled(range, 4)), [3, 5, 6]);
  const kept = selection.renumbered(range, (index) => (index === 5 ? undefined : 10 - index));
  assert.deepEqual(selection.inOrder(kept), [4, 6, 7]);
  assert.equal(selection.everything(3).chosen.size, 3);
});

const fit = { width: 400, height: 200 };

test("a zoom keeps the place under the pointer where it is", () => {
  const point = { x: 100, y: -40 };
  const closer = zoomed(whole, 4, fit, point);
  const shown = (view: typeof whole) => [
    (0.5 - view.x) * fit.width * view.scale + (0.75 - 0.5) * fit.width * view.scale,
    (0.5 - view.y) * fit.height * view.scale + (0.3 - 0.5) * fit.height * view.scale,
  ];
  assert.deepEqual(shown(whole), [100, -40]);
  const [x, y] = shown(closer);
  assert.ok(Math.abs((x ?? 0) - 100) < 1e-9 && Math.abs((y ?? 0) + 40) < 1e-9);
});

test("nothing is smaller than the whole picture, and it cannot be drawn out of sight", () => {
  assert.deepEqual(zoomed(zoomed(whole, 3, fit), 0.01, fit), whole);
  const far = dragged(zoomed(whole, 2, fit), 99_999, -99_999, fit);
  assert.deepEqual([far.x, far.y], [0, 1]);
  assert.deepEqual(dragged(whole, 50, 50, fit), whole);
});

test("one to one shows a picture's pixels as the screen's, and fitting keeps its shape", () => {
  assert.deepEqual(fitted({ width: 800, height: 400 }, { width: 400, height: 900 }), fit);
  assert.equal(actual(whole, { width: 1_600, height: 800 }, fit, 2).scale, 2);
  assert.equal(transform({ scale: 2, x: 0.75, y: 0.5 }, fit), "translate(-200px, 0px) scale(2)");
});

test("texts differ word by word", () => {
  assert.deepEqual(wordDifferences("a calm sea", "a wild sea"), [
    { text: "a ", in: "both" },
    { text: "calm", in: "first" },
    { text: "wild", in: "second" },
    { text: " sea", in: "both" },
  ]);
});

const made = (node_id: string, text: string, round = 1) => ({
  node_id,
  node_type: "interception",
  round,
  file: "",
  text,
});

test("texts stand beside those of the same node and round, and what lacks says so", () => {
  const rows = textRows([[made("a", "one"), made("a", "two", 2)], [made("a", "three")]]);
  assert.deepEqual(rows, [
    { name: "a", texts: ["one", "three"] },
    { name: "a · 2", texts: ["two", null] },
  ]);
});

function details(seed: string, level: string): GalleryDetails {
  const record = {
    ratings: [], started_at: "", status: "completed", canvas: "", batch: "", node_id: "n", round: 1,
    seed, model: "m", backend: "", presets: [], prompts: ["p"], levels: { mood: level },
    verdicts: [{ node_id: "e", passed: true, score: 7, reason: "" }], texts: [], size_bytes: 0,
    folder: "", entity: {},
  } satisfies GalleryRecord;
  const key = { run_id: "r", file: "f", sha256: "", media_type: "image/png" };
  return { key, mine: { rating: null, tags: [], note: "" }, record, problem: "" };
}

test("fields are told apart by whether they differ, large seeds to the last digit", () => {
  const rows = fieldRows([details("1152921504606846977", "calm"), details("1152921504606846976", "calm")]);
  const differing = rows.filter((row) => row.differs);
  assert.deepEqual(differing, [
    { name: "seed", values: ["1152921504606846977", "1152921504606846976"], differs: true },
  ]);
  assert.ok(rows.some((row) => row.name === "level mood" && !row.differs));
  assert.ok(!rows.some((row) => row.name === "backend"));
});

function answer(ratings: (number | null)[]): GalleryAnswer {
  const count = ratings.length;
  const same = { values: ["x"], at: ratings.map(() => 0) };
  const files = ratings.map((_, index) => `${index}.png`);
  return {
    total: count, matched: count, title: "", rater: "", facets: [], sorts: [], blind: null,
    problems: [],
    columns: {
      run_id: same, file: { values: files, at: ratings.map((_, index) => index) },
      sha256: files, media_type: { values: ["image/png"], at: same.at }, width: [], height: [],
      rating: ratings, caption: same,
    },
  };
}

test("a judgement is told to whoever shows that picture, and to no other", () => {
  const items = new Items(answer([null, 3, null]));
  const told: string[] = [];
  items.listen(0, () => told.push("first"));
  const stop = items.listen(1, () => told.push("second"));
  items.listenRated(() => told.push("count"));
  items.judge(0, { rating: 5 });
  assert.deepEqual(told, ["count", "first"]);
  items.judge(1, { rating: null });
  assert.deepEqual(told, ["count", "first", "count", "second"]);
  stop();
  items.judge(1, { rating: 1 });
  assert.deepEqual([told.length, items.rated, items.rating(1)], [5, 2, 1]);
});

test("pictures are found by their key, and the next without a rating from anywhere", () => {
  const items = new Items(answer([null, 3, 0]));
  assert.equal(items.place({ run_id: "x", file: "2.png" }), 2);
  assert.equal(items.place({ run_id: "x", file: "9.png" }), undefined);
  assert.equal(items.unratedAfter(1), 0);
  items.judge(0, { rating: 2 });
  assert.equal(items.unratedAfter(0), undefined);
});

test("counts of a facet follow what is judged", () => {
  const facet = { name: "rating", values: [{ value: null, count: 5 }], more: 0 };
  const other = { name: "tag", values: [], more: 0 };
  assert.deepEqual(recounted([facet, other], "rating", [null], [4]), [
    { name: "rating", values: [{ value: 4, count: 1 }, { value: null, count: 4 }], more: 0 },
    other,
  ]);
});

test("chosen files are opened by Python that names each folder once", () => {
  const code = openingCode([
    { folder: "exports/a \"b\"", file: "1.png" },
    { folder: "exports/a \"b\"", file: "2.png" },
  ]);
  assert.equal(code.match(/exports/g)?.length, 1);
  assert.ok(code.includes('"exports/a \\"b\\"": ["1.png", "2.png"],'));
});
