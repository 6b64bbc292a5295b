import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobSnapshot } from "../src/host";
import { HostError } from "../src/host";
import { NotEnabled, ServerAway, ServerHost, type Wire } from "../src/hosts/server";

type Reply = Response | Error;

/** A host whose wire gives these replies, the last again and again; and what was sent. */
function hostWith(replies: Reply[], more: Partial<Wire> = {}) {
  const sent: { address: string; body: unknown }[] = [];
  const host = new ServerHost({
    base: "/user/a/",
    language: "en",
    described: async () => undefined,
    insertCode: async () => false,
    request: async (address, init) => {
      sent.push({ address, body: JSON.parse(String(init.body)) });
      const reply = replies.length > 1 ? replies.shift()! : replies[0]!;
      if (reply instanceof Error) throw reply;
      return reply.clone();
    },
    ...more,
  });
  return { host, sent };
}

const json = (value: unknown, status = 200) => new Response(JSON.stringify(value), { status });
const snapshot = (number: number, state: string) => json({ job: "j", number, state });

test("a question is posted below the server's base URL, and answered", async () => {
  const { host, sent } = hostWith([json({ problems: [] })]);
  assert.deepEqual(await host.ask("check", { document: { nodes: [] } }), { problems: [] });
  assert.deepEqual(sent, [
    { address: "/user/a/api/canvas/workbench/check", body: { document: { nodes: [] } } },
  ]);
});

test("a refusal is told in the server's words", async () => {
  const { host } = hostWith([json({ status: "error", error: "No such preset." }, 422)]);
  await assert.rejects(host.ask("check"), (error: Error) => error instanceof HostError && error.message === "No such preset.");
});

test("a server that is away is told apart from one without canvas-kit", async () => {
  await assert.rejects(hostWith([new TypeError("failed")]).host.ask("jobs"), ServerAway);
  await assert.rejects(hostWith([new Response("bad gateway", { status: 502 })]).host.ask("jobs"), ServerAway);
  await assert.rejects(hostWith([json({ message: "Not Found" }, 404)]).host.ask("jobs"), NotEnabled);
});

test("node types are asked for once, and say the language", async () => {
  const { host, sent } = hostWith([json({ types: [], language: "de" })]);
  await host.greet();
  assert.equal(host.language, "de");
  assert.deepEqual(await host.ask("describe"), { types: [], language: "de" });
  assert.equal(sent.length, 1);
});

test("without the server extension the node types come from beside the bundle", async () => {
  const { host } = hostWith([json({ message: "Not Found" }, 404)], {
    described: async (language) => ({ types: [{ type: "input" }], language }),
  });
  await host.greet();
  assert.match(host.trouble, /canvas-kit workbench enable/);
  assert.deepEqual(await host.ask("describe"), { types: [{ type: "input" }], language: "en" });
});

test("a job is followed to its end, also over a restart of the server", async () => {
  const { host } = hostWith([
    snapshot(1, "running"),
    new TypeError("connection refused"),
    snapshot(5, "running"),
    snapshot(9, "ended"),
  ]);
  const told: number[] = [];
  await new Promise<void>((done) => {
    host.follow("j", (now) => {
      told.push(now.number);
      if (now.state === "ended") done();
    });
  });
  assert.deepEqual(told, [1, 5, 9]);
});

test("a job that is forgotten counts as lost, and says why", async () => {
  const { host } = hostWith([json({ status: "error", error: "There is no job j." }, 404)]);
  const last = await new Promise<JobSnapshot>((done) => host.follow("j", done));
  assert.equal(last.state, "lost");
  assert.equal(last.error, "There is no job j.");
});

test("nothing is told after a follower has left", async () => {
  const { host } = hostWith([snapshot(1, "running")]);
  let told = 0;
  host.follow("j", () => (told += 1))();
  await new Promise((done) => setTimeout(done, 50));
  assert.equal(told, 0);
});

test("a picture's address names its run, file, size and hash", async () => {
  const { host } = hostWith([json({})]);
  const key = { run_id: "r1", file: "final/03 a.png", sha256: "ab", media_type: "image/png" };
  assert.equal(
    await host.picture(key, 320),
    "/user/a/api/canvas/workbench/picture/r1/final/03%20a.png?edge=320&sha256=ab",
  );
});
