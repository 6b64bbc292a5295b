import assert from "node:assert/strict";
import { test } from "node:test";
import type { CanvasDocument, JobSnapshot, MediaKey } from "../src/host";
import { KernelHost, KernelSource } from "../src/hosts/kernel";
import type { Model } from "../src/hosts/model";

interface Question {
  id: number;
  method: string;
  parameters: Record<string, unknown>;
}

/** A widget's model, with Python played by the test. */
function played(state: Record<string, unknown> = {}) {
  const values: Record<string, unknown> = { language: "en", ...state };
  const listeners = new Map<string, Set<(...given: never[]) => void>>();
  const asked: Question[] = [];
  const fire = (name: string, ...given: unknown[]) =>
    listeners.get(name)?.forEach((told) => (told as (...given: unknown[]) => void)(...given));
  const following = new Set<(kernel: unknown, status: string) => void>();
  const statusChanged = {
    connect: (told: (kernel: unknown, status: string) => void) => void following.add(told),
    disconnect: (told: (kernel: unknown, status: string) => void) => void following.delete(told),
  };
  const model: Model = {
    get: (name) => values[name],
    on: (name, told) => {
      listeners.set(name, (listeners.get(name) ?? new Set()).add(told));
    },
    off: (name, told) => {
      listeners.get(name)?.delete(told);
    },
    send: (content) => {
      asked.push(content as Question);
    },
    widget_manager: {
      get_model: () => Promise.reject(new Error("no other model")),
      kernel: { statusChanged },
    },
  };
  return {
    model,
    asked,
    answer: (answer: unknown, buffers: DataView[] = []) =>
      fire("msg:custom", { id: asked.at(-1)!.id, answer }, buffers),
    say: (message: unknown) => fire("msg:custom", message, []),
    set: (name: string, value: unknown) => {
      values[name] = value;
      fire(`change:${name}`);
    },
    following,
    become: (status: string) => following.forEach((told) => told(null, status)),
  };
}

const snapshot = (number: number, state = "running") =>
  ({ job: "j", number, state }) as unknown as JobSnapshot;
const drawn = (name: string): CanvasDocument => ({ name, nodes: [], connections: [] });
const settled = () => new Promise((done) => setTimeout(done, 0));

test("a question is answered by its number, and an error comes in words", async () => {
  const python = played();
  const host = new KernelHost(python.model, {} as HTMLElement);
  const first = host.ask("check", { document: 1 });
  const second = host.ask("sweep");
  assert.deepEqual(python.asked[0], { id: 1, method: "check", parameters: { document: 1 } });
  python.say({ id: 2, error: "no such level" });
  python.say({ id: 1, answer: { runnable: true } });
  assert.deepEqual(await first, { runnable: true });
  await assert.rejects(second, { message: "no such level" });
  host.close();
});

test("what came with the code is not asked for", async () => {
  const python = played();
  const host = new KernelHost(python.model, {} as HTMLElement, { describe: { types: [] } });
  assert.deepEqual(await host.ask("describe"), { types: [] });
  assert.equal(python.asked.length, 0);
});

test("when the kernel is restarted, every question is refused in words, and the static form seen", async () => {
  const python = played({ language: "de" });
  const said: string[] = [];
  const classes = new Set<string>();
  const element = { classList: classes } as unknown as HTMLElement;
  const host = new KernelHost(python.model, element, {}, (words) => said.push(words));
  const asked = host.ask("check");
  python.become("busy");
  assert.equal(classes.size, 0);
  python.become("restarting");
  await assert.rejects(asked, /Kernel/);
  assert.match(said.at(-1)!, /nicht mehr da/);
  assert.deepEqual([...classes], ["jupyter-widgets-disconnected"]);
  host.close();
  assert.equal(python.following.size, 0);
});

test("a busy kernel is told of, until it answers", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const python = played();
  const said: string[] = [];
  const host = new KernelHost(python.model, {} as HTMLElement, {}, (words) => said.push(words));
  const asked = host.ask("check");
  context.mock.timers.tick(2000);
  assert.match(said.at(-1)!, /busy/);
  python.answer({});
  await asked;
  assert.equal(said.at(-1), "");
  host.close();
});

test("a kernel that answers other questions is not called busy", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const python = played();
  const said: string[] = [];
  const host = new KernelHost(python.model, {} as HTMLElement, {}, (words) => said.push(words));
  const long = host.ask("gallery.open");
  for (let turn = 0; turn < 3; turn += 1) {
    const asked = host.ask("gallery.progress");
    context.mock.timers.tick(1000);
    python.answer(null);
    await asked;
  }
  assert.deepEqual(said.filter(Boolean), []);
  context.mock.timers.tick(2000);
  assert.match(said.at(-1)!, /busy/);
  python.say({ id: 1, answer: {} });
  await long;
  assert.equal(said.at(-1), "");
  host.close();
});

test("a job is followed from what is known of it, and not back from its end", () => {
  const python = played({ job: "j" });
  const host = new KernelHost(python.model, {} as HTMLElement);
  const jobs: string[] = [];
  host.watchJob((job) => jobs.push(job));
  python.set("job", "k");
  assert.deepEqual(jobs, ["j", "k"]);
  const seen: number[] = [];
  const stop = host.follow("j", (told) => seen.push(told.number));
  python.say({ snapshot: snapshot(2) });
  python.say({ snapshot: snapshot(3, "ended") });
  python.say({ snapshot: snapshot(1) });
  stop();
  python.say({ snapshot: snapshot(4, "ended") });
  assert.deepEqual(seen, [2, 3]);
  const late: number[] = [];
  host.follow("j", (told) => late.push(told.number));
  assert.deepEqual(late, [4]);
  assert.equal(python.asked.filter(({ method }) => method === "follow").length, 1);
  host.close();
});

test("a picture is asked for once, a few at a time", async () => {
  const python = played();
  const host = new KernelHost(python.model, {} as HTMLElement);
  const key = (n: number): MediaKey => ({ run_id: "r", file: "f", sha256: `${n}`, media_type: "" });
  const first = host.picture(key(0), 160);
  assert.equal(host.picture(key(0), 160), first);
  for (let n = 1; n < 20; n += 1) void host.picture(key(n), 160);
  await settled();
  assert.equal(python.asked.length, 6);
  python.say({ id: 1, answer: { media_type: "image/png" } });
  assert.match(await first, /^blob:/);
  await settled();
  assert.equal(python.asked.length, 7);
});

test("changes follow one another without waiting; Python's own come in", () => {
  const python = played({ state: { revision: 4, document: drawn("a"), by: "" } });
  const host = new KernelHost(python.model, {} as HTMLElement);
  const source = new KernelSource(python.model, host);
  const heard: (string | undefined)[] = [];
  source.listen(({ document }) => heard.push(document.name));
  const { revision } = source.current();
  assert.equal(source.change(drawn("b"), revision), true);
  assert.equal(source.change(drawn("c"), revision), false);
  assert.equal(source.change(drawn("c"), source.current().revision), true);
  const [one, two] = python.asked.map(({ parameters }) => parameters);
  assert.deepEqual([one!.base, two!.base], [4, 4]);
  const { by } = one!;
  python.set("state", { revision: 5, document: drawn("b"), by });
  python.set("state", { revision: 6, document: drawn("c"), by });
  assert.deepEqual([source.current().document.name, heard], ["c", []]);
  python.set("state", { revision: 7, document: drawn("theirs"), by: "" });
  assert.deepEqual([source.current().document.name, heard], ["theirs", ["theirs"]]);
  source.change(drawn("d"), source.current().revision);
  assert.equal(python.asked.at(-1)!.parameters.base, 7);
  source.close();
  host.close();
});

test("what Python refuses gives way to what is there", async () => {
  const python = played({ state: { revision: 0, document: drawn("a"), by: "" } });
  const host = new KernelHost(python.model, {} as HTMLElement);
  const source = new KernelSource(python.model, host);
  source.change(drawn("mine"), source.current().revision);
  python.answer({ revision: 3, document: drawn("theirs"), by: "" });
  await settled();
  assert.equal(source.current().document.name, "theirs");
  source.close();
  host.close();
});
