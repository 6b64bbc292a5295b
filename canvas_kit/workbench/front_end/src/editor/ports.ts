/** Which ports a connection joins, and what may be connected: the rules of
 * `canvas_kit/canvas/connections.py` and `checks.py`, in the browser.
 *
 * A test compares `findPorts` and `labelsFor` with Python for all pairs of node types and ports.
 */

import type { CanvasDocument, ConnectionDocument } from "../host";
import type { InputPort, NodeType, OutputPort, Types } from "./protocol";

export const FEEDBACK = "feedback";
const PARAMETER_KINDS = new Set(["seed", "resolution", "quality"]);

export interface Ports {
  output: OutputPort;
  input: InputPort;
}

export type Misfit = "terminal_source" | "no_input" | "unknown_port" | "kind_mismatch";

/** A connection with its ports known. */
export interface Link extends Ports {
  /** Its place among the document's connections. */
  index: number;
  source: string;
  target: string;
  label: string;
  feedback: boolean;
}

export interface Resolved {
  links: Link[];
  /** Places of the connections that cannot be understood, or bring what cannot be taken. */
  broken: Map<number, Misfit | "dangling_connection">;
  /** What each output can really give, by `node\0port`. */
  flowing: ReadonlyMap<string, readonly string[]>;
}

/** The number in a label such as "input-2", or null. */
export function labelNumber(label: string | null | undefined): number | null {
  const found = /^input[-_ ]?(\d{1,6})$/i.exec(label ?? "");
  return found ? Number(found[1]) : null;
}

function isNamed(labels: readonly string[], names: readonly string[]): boolean {
  return labels.some((label) =>
    names.some((name) => name !== "" && label.toLowerCase() === name.toLowerCase()),
  );
}

const meets = (one: readonly string[], other: readonly string[]) =>
  one.some((kind) => other.includes(kind));

/** The node types with a port at a side that one of these kinds fits. */
export function typesWith(
  types: Types,
  side: "inputs" | "outputs",
  kinds: readonly string[],
): NodeType[] {
  return [...types.values()].filter((type) => type[side].some((port) => meets(port.kinds, kinds)));
}

export function isParameterPort(port: InputPort): boolean {
  return port.kinds.every((kind) => PARAMETER_KINDS.has(kind));
}

/** Which ports a connection joins, by its labels and by what fits; or why it joins none. */
export function findPorts(
  connection: Pick<ConnectionDocument, "label" | "targetLabel">,
  source: NodeType,
  target: NodeType,
): Ports | Misfit {
  const [first] = source.outputs;
  if (!first) return "terminal_source";
  if (!target.inputs.length) return "no_input";
  const labels = [connection.label, connection.targetLabel].filter((label): label is string =>
    Boolean(label),
  );
  const outputs = source.outputs.filter((port) =>
    isNamed(labels, [port.name, ...port.labels]),
  );
  const inputs = target.inputs.filter(
    (port) =>
      isNamed(labels, [port.name, port.label]) ||
      (port.numbered && labels.some((label) => labelNumber(label) !== null)),
  );
  if (!outputs.length && !inputs.length) {
    const known =
      source.outputs.some((port) => port.labels.length > 0) ||
      target.inputs.some((port) => port.label);
    const named = labels.some((label) => source.outputs.length > 1 || labelNumber(label));
    if (named && known) return "unknown_port";
  }
  const output = outputs[0] ?? first;
  const input = [...inputs, ...target.inputs].find((port) => meets(port.kinds, output.kinds));
  return input ? { output, input } : "kind_mismatch";
}

/** What a connection says to join these ports: as little as Python needs to understand it. */
export function labelsFor(
  source: NodeType,
  output: OutputPort,
  target: NodeType,
  input: InputPort,
  options: { number?: number; feedback?: boolean } = {},
): Pick<ConnectionDocument, "label" | "targetLabel"> {
  const own = options.feedback ? FEEDBACK : source.outputs.length > 1 ? output.label : "";
  const base = own || null;
  if (!input.numbered) {
    const plain = base ? { label: base } : {};
    const found = findPorts(plain, source, target);
    if (typeof found !== "string" && found.output === output && found.input === input) return plain;
  }
  const name = input.label || input.name;
  const far = input.numbered ? `${name}-${options.number ?? 1}` : name;
  return base ? { label: base, targetLabel: far } : { label: far };
}

function reaches(following: Map<string, string[]>, start: string, goal: string): boolean {
  return allFrom(following, start).has(goal);
}

/** A node and everything that can be reached from it. */
function allFrom(following: Map<string, string[]>, start: string): Set<string> {
  const seen = new Set([start]);
  const waiting = [start];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (const next of following.get(node) ?? []) {
      if (!seen.has(next)) {
        seen.add(next);
        waiting.push(next);
      }
    }
  }
  return seen;
}

function follow(following: Map<string, string[]>, link: Link): void {
  const known = following.get(link.source);
  if (known) known.push(link.target);
  else following.set(link.source, [link.target]);
}

/** The connections of a document with their ports, those that close a loop marked. */
export function resolve(document: CanvasDocument, types: Types): Resolved {
  const broken: Resolved["broken"] = new Map();
  const typeOf = new Map(document.nodes.map((node) => [node.id, types.get(node.type)]));
  let links: Link[] = [];
  document.connections.forEach((connection, index) => {
    const source = typeOf.get(connection.sourceId);
    const target = typeOf.get(connection.targetId);
    if (!source || !target) {
      broken.set(index, "dangling_connection");
      return;
    }
    const ports = findPorts(connection, source, target);
    if (typeof ports === "string") {
      broken.set(index, ports);
      return;
    }
    let label = connection.label ?? "";
    if (labelNumber(label) === null && label !== FEEDBACK) label = connection.targetLabel || label;
    const ends = { source: connection.sourceId, target: connection.targetId };
    links.push({ index, ...ends, ...ports, label, feedback: false });
  });
  links = markFeedback(ledBack(links, typeOf));
  const flowing = flow(document, links, typeOf, broken);
  return { links: links.filter((link) => !broken.has(link.index)), broken, flowing };
}

/** Numbered ports put their own name in place of a judge's port: what leads back is "failed". */
function ledBack(links: Link[], typeOf: Map<string, NodeType | undefined>): Link[] {
  const following = new Map<string, string[]>();
  for (const link of links) if (link.output.name !== "failed") follow(following, link);
  return links.map((link) => {
    const failed = typeOf.get(link.source)?.outputs.find((port) => port.name === "failed");
    const unsaid = failed && link.output.name !== "failed" && labelNumber(link.label) !== null;
    const main = typeOf.get(link.source)?.outputs[0];
    return unsaid && link.output === main && reaches(following, link.target, link.source)
      ? { ...link, output: failed }
      : link;
  });
}

/** Only what starts at "failed" and leads back is feedback; what says so is judged last. */
function markFeedback(links: Link[]): Link[] {
  const following = new Map<string, string[]>();
  for (const link of links) if (link.output.name !== "failed") follow(following, link);
  const candidates = links.filter((link) => link.output.name === "failed");
  candidates.sort((a, b) => Number(a.label === FEEDBACK) - Number(b.label === FEEDBACK));
  const back = new Set<Link>();
  for (const link of candidates) {
    if (reaches(following, link.target, link.source)) back.add(link);
    else follow(following, link);
  }
  return links.map((link) => (back.has(link) ? { ...link, feedback: true } : link));
}

/** What each output can really give, where ports pass on what comes in. */
function flow(
  document: CanvasDocument,
  links: readonly Link[],
  typeOf: Map<string, NodeType | undefined>,
  broken: Resolved["broken"],
): Map<string, readonly string[]> {
  const forward = links.filter((link) => !link.feedback);
  const waiting = new Map<string, number>(document.nodes.map((node) => [node.id, 0]));
  const arriving = new Map<string, Link[]>();
  const leaving = new Map<string, Link[]>();
  for (const link of forward) {
    waiting.set(link.target, (waiting.get(link.target) ?? 0) + 1);
    arriving.set(link.target, [...(arriving.get(link.target) ?? []), link]);
    leaving.set(link.source, [...(leaving.get(link.source) ?? []), link]);
  }
  const flowing = new Map<string, readonly string[]>();
  const ready = [...waiting].filter(([, count]) => !count).map(([id]) => id);
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    const came = new Map<string, string[]>();
    for (const link of arriving.get(id) ?? []) {
      const gives = flowing.get(`${link.source}\0${link.output.name}`) ?? link.output.kinds;
      if (meets(gives, link.input.kinds)) {
        came.set(link.input.name, [...(came.get(link.input.name) ?? []), ...gives]);
      } else broken.set(link.index, "kind_mismatch");
    }
    for (const outlet of typeOf.get(id)?.outputs ?? []) {
      const passed = outlet.kinds.filter((kind) => came.get(outlet.follows)?.includes(kind));
      flowing.set(`${id}\0${outlet.name}`, passed.length ? passed : outlet.kinds);
    }
    for (const link of leaving.get(id) ?? []) {
      const left = (waiting.get(link.target) ?? 0) - 1;
      waiting.set(link.target, left);
      if (!left) ready.push(link.target);
    }
  }
  return flowing;
}

interface Ways {
  into: Map<string, Link[]>;
  forward: Map<string, string[]>;
  backward: Map<string, string[]>;
  /** Everything that a node leads to, and everything that leads to it, as far as it was asked. */
  after: Map<string, ReadonlySet<string>>;
  before: Map<string, ReadonlySet<string>>;
}

const waysKnown = new WeakMap<Resolved, Ways>();
const typesKnown = new WeakMap<CanvasDocument, Map<string, string>>();

function typesById(document: CanvasDocument): Map<string, string> {
  const known = typesKnown.get(document) ?? new Map(document.nodes.map((n) => [n.id, n.type]));
  typesKnown.set(document, known);
  return known;
}

function waysOf(resolved: Resolved): Ways {
  const known = waysKnown.get(resolved);
  if (known) return known;
  const ways: Ways = {
    into: new Map(),
    forward: new Map(),
    backward: new Map(),
    after: new Map(),
    before: new Map(),
  };
  for (const link of resolved.links) {
    ways.into.set(link.target, [...(ways.into.get(link.target) ?? []), link]);
    if (link.feedback) continue;
    follow(ways.forward, link);
    follow(ways.backward, { ...link, source: link.target, target: link.source });
  }
  waysKnown.set(resolved, ways);
  return ways;
}

/** A node and everything that it leads to, not counting what leads back. */
export const following = (resolved: Resolved, node: string): ReadonlySet<string> =>
  allFrom(waysOf(resolved).forward, node);

/** Whether a node leads to another. Asked for one node and all others, it searches twice only. */
function leadsTo(resolved: Resolved, node: string, other: string): boolean {
  const ways = waysOf(resolved);
  const [after, before] = [ways.after.get(node), ways.before.get(other)];
  if (after) return after.has(other);
  if (before) return before.has(node);
  ways.after.set(node, allFrom(ways.forward, node));
  ways.before.set(other, allFrom(ways.backward, other));
  return ways.after.get(node)!.has(other);
}

export interface Ends {
  source: string;
  output: string;
  target: string;
  input: string;
  /** The place among ordered inputs, from 1. */
  number?: number;
}

export type Refusal = "kind" | "loop" | "feedback_target" | "there" | "itself" | "unknown";

export interface Permission {
  output: OutputPort;
  input: InputPort;
  feedback: boolean;
  /** Places of the connections that it takes the place of: a port takes one. */
  replaces: number[];
}

/** What an output can really give. */
export const givenKinds = (resolved: Resolved, node: string, output: OutputPort) =>
  resolved.flowing.get(`${node}\0${output.name}`) ?? output.kinds;

/** Whether these ports may be connected, or why not. */
export function mayConnect(
  document: CanvasDocument,
  types: Types,
  resolved: Resolved,
  ends: Ends,
): Permission | Refusal {
  const find = (id: string) => types.get(typesById(document).get(id) ?? "");
  const output = find(ends.source)?.outputs.find((port) => port.name === ends.output);
  const target = find(ends.target);
  const input = target?.inputs.find((port) => port.name === ends.input);
  if (!output || !target || !input) return "unknown";
  if (ends.source === ends.target) return "itself";
  if (!meets(givenKinds(resolved, ends.source, output), input.kinds)) return "kind";
  const back = leadsTo(resolved, ends.target, ends.source);
  if (back && output.name !== "failed") return "loop";
  if (back && !target.accepts_feedback) return "feedback_target";
  const here = waysOf(resolved).into.get(ends.target) ?? [];
  return admitted(here, ends, output, input, back);
}

/** What becomes of a connection that fits, beside those that are at its port already. */
function admitted(
  arriving: readonly Link[],
  ends: Ends,
  output: OutputPort,
  input: InputPort,
  back: boolean,
): Permission | Refusal {
  const here = arriving.filter(
    (link) => link.input.name === input.name && link.feedback === back,
  );
  const from = here.filter((link) => link.source === ends.source);
  const same = from.filter((link) => link.output.name === output.name);
  if (input.numbered) {
    const there = here.filter((link) => labelNumber(link.label) === ends.number);
    if (there.some((link) => same.includes(link))) return "there";
    return { output, input, feedback: back, replaces: there.map((link) => link.index) };
  }
  if (same.length) return "there";
  const both = new Set([output.name, ...from.map((link) => link.output.name)]);
  const exclusive =
    from.length === here.length && both.size === 2 && both.has("passed") && both.has("failed");
  const replaces = input.many || back || exclusive ? [] : here.map((link) => link.index);
  return { output, input, feedback: back, replaces };
}
