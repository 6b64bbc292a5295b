import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobSnapshot } from "../src/host";
import { attachCode, duration, inOrder, share, standing, summary } from "../src/panel/telling";
import { PANEL_WORDS } from "../src/panel/words";
import { speaker } from "../src/words";

const job = (given: Partial<JobSnapshot>) =>
  ({ job: "a", kind: "batch", state: "running", status: "", started_at: "", seconds: 60, seconds_left: null, total: 4, ended: 1, wanting: 0, nodes: {}, ...given }) as JobSnapshot;

test("lengths of time are said as people say them", () => {
  assert.deepEqual([0.4, 8.2, 61, 3600, 7500].map(duration), ["0 s", "8 s", "1 min", "1 h", "2 h 5 min"]);
});

test("what runs stands first, then the newest", () => {
  const jobs = [
    job({ job: "old", state: "ended", started_at: "2026-01-01" }),
    job({ job: "new", state: "ended", started_at: "2026-01-03" }),
    job({ job: "now", state: "running", started_at: "2026-01-02" }),
  ];
  assert.deepEqual(inOrder(jobs).map((one) => one.job), ["now", "new", "old"]);
});

test("a job is summed up with its counts and the time left", () => {
  const say = speaker(PANEL_WORDS, "en");
  assert.equal(summary(job({ wanting: 1, seconds_left: 130 }), say), "1 of 4 runs · 1 not complete · about 2 min left");
  assert.equal(summary(job({ state: "ended", ended: 4 }), speaker(PANEL_WORDS, "de")), "4 von 4 Läufen · 1 min");
});

test("how much is done comes from the runs of a batch and from the steps of a run", () => {
  assert.equal(share(job({})), 0.25);
  const nodes = { a: { state: "completed" }, b: { state: "running", step: 5, total: 10 } };
  assert.equal(share(job({ kind: "run", total: 1, nodes: nodes as never })), 0.75);
  assert.equal(share(job({ kind: "run", total: 1 })), null);
});

test("a job says how it ended, or how it is", () => {
  assert.equal(standing(job({ state: "ended", status: "partial" })), "partial");
  assert.equal(standing(job({ state: "ended", status: "something" })), "ended");
  assert.equal(standing(job({ state: "lost" })), "lost");
});

test("the code that attaches names the job", () => {
  assert.match(attachCode("j1"), /Job\.open\("j1"\)/);
});
