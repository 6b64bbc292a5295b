/** What is drawn of a document: boxes with ports and badges, and lines; the same objects as before
 * where nothing about them changed, so that they are not drawn again. */

import type { CanvasDocument, NodeDocument } from "../host";
import { isParameterPort, labelNumber, resolve, type Link, type Resolved } from "./ports";
import type { InputPort, NodeType, OutputPort, Types } from "./protocol";

export interface PortView {
  /** Of the handle on the box. */
  handle: string;
  name: string;
  title: string;
  kind: string;
  number?: number;
  required: boolean;
  connected: boolean;
}

/** A parameter of a node: a node of its own in the document, a badge on the box. */
export interface BadgeView {
  handle: string;
  /** The input that takes it. */
  input: string;
  title: string;
  kind: string;
  /** The parameter node, where one is connected. */
  node: NodeDocument | null;
  /** How many nodes take it. */
  shared: number;
  connection: number;
}

export interface BoxView {
  id: string;
  /** Its place may be an older one. */
  node: NodeDocument;
  type: NodeType | null;
  inputs: PortView[];
  outputs: PortView[];
  badges: BadgeView[];
}

export interface LineView {
  id: string;
  index: number;
  source: string;
  target: string;
  sourceHandle: string;
  targetHandle: string;
  kind: string;
  feedback: boolean;
  broken: boolean;
  /** The port that it starts at, where the node has several. */
  label: string;
}

export interface GraphView {
  boxes: BoxView[];
  lines: LineView[];
  /** Parameter nodes that are badges and no boxes, with the box that shows them first. */
  badges: Map<string, string>;
  resolved: Resolved;
}

export const outputHandle = (name: string) => `o:${name}`;
export const inputHandle = (name: string, number?: number) =>
  number === undefined ? `i:${name}` : `i:${name}:${number}`;

/** The port and number that a handle stands for. */
export function readHandle(handle: string): { out: boolean; name: string; number?: number } {
  const [side, name = "", number] = handle.split(":");
  return { out: side === "o", name, ...(number ? { number: Number(number) } : {}) };
}

/** What names a kind of value for its colour. */
export const kindOf = (port: { kinds: string[] }) =>
  port.kinds.length > 1 ? "any" : (port.kinds[0] ?? "any");

export function graphOf(document: CanvasDocument, types: Types, before?: GraphView): GraphView {
  const resolved = resolve(document, types);
  const byId = new Map(document.nodes.map((node) => [node.id, node]));
  const arriving = new Map<string, Link[]>();
  const leaving = new Map<string, Link[]>();
  const put = (map: Map<string, Link[]>, id: string, link: Link) => {
    const known = map.get(id);
    if (known) known.push(link);
    else map.set(id, [link]);
  };
  for (const link of resolved.links) {
    put(arriving, link.target, link);
    put(leaving, link.source, link);
  }
  const badges = new Map<string, string>();
  for (const [id, links] of leaving) {
    if (types.get(byId.get(id)?.type ?? "")?.parameter && links.every(isBadge)) {
      badges.set(id, links[0]!.target);
    }
  }
  const numbers = new Map<number, number>();
  const old = new Map(before?.boxes.map((box) => [box.id, box]));
  const boxes = document.nodes
    .filter((node) => !badges.has(node.id))
    .map((node) => {
      const type = types.get(node.type) ?? null;
      const here = arriving.get(node.id) ?? [];
      const flows = (port: OutputPort) => resolved.flowing.get(`${node.id}\0${port.name}`);
      const box: BoxView = {
        id: node.id,
        node,
        type,
        inputs: inputViews(type, here, numbers),
        outputs: (type?.outputs ?? []).map((port) => ({
          handle: outputHandle(port.name),
          name: port.name,
          title: port.title,
          kind: kindOf({ kinds: [...(flows(port) ?? port.kinds)] }),
          required: false,
          connected: (leaving.get(node.id) ?? []).some((link) => link.output === port),
        })),
        badges: badgeViews(type, here, byId, leaving),
      };
      const known = old.get(node.id);
      return known && sameBox(known, box) ? known : box;
    });
  const lines = resolved.links
    .filter((link) => !badges.has(link.source))
    .map((link) => lineOf(link, numbers.get(link.index), types.get(byId.get(link.source)!.type)!));
  const shown = new Set(boxes.map((box) => box.id));
  for (const index of resolved.broken.keys()) {
    const { sourceId, targetId } = document.connections[index]!;
    const [source, target] = [sourceId, targetId].map((id) => types.get(byId.get(id)?.type ?? ""));
    if (!shown.has(sourceId) || !shown.has(targetId)) continue;
    if (!source?.outputs[0] || !target?.inputs[0]) continue;
    const input = target.inputs[0];
    lines.push({
      id: lineId(index, sourceId, targetId),
      index,
      source: sourceId,
      target: targetId,
      sourceHandle: outputHandle(source.outputs[0].name),
      targetHandle: inputHandle(input.name, input.numbered ? 1 : undefined),
      kind: "any",
      feedback: false,
      broken: true,
      label: document.connections[index]!.label ?? "",
    });
  }
  const oldLines = new Map(before?.lines.map((line) => [line.id, line]));
  const kept = lines.map((line) => {
    const known = oldLines.get(line.id);
    return known && JSON.stringify(known) === JSON.stringify(line) ? known : line;
  });
  return { boxes, lines: kept, badges, resolved };
}

const isBadge = (link: Link) => isParameterPort(link.input);

const lineId = (index: number, source: string, target: string) => `${index}:${source}:${target}`;

function lineOf(link: Link, number: number | undefined, source: NodeType): LineView {
  return {
    id: lineId(link.index, link.source, link.target),
    index: link.index,
    source: link.source,
    target: link.target,
    sourceHandle: outputHandle(link.output.name),
    targetHandle: inputHandle(link.input.name, number),
    kind: kindOf(link.output.kinds.length > 1 ? link.input : link.output),
    feedback: link.feedback,
    broken: false,
    label: source.outputs.length > 1 ? link.output.title : "",
  };
}

/** The ports of a box; ordered ones with a free place at the end. `numbers` gets the places. */
function inputViews(
  type: NodeType | null,
  here: readonly Link[],
  numbers: Map<number, number>,
): PortView[] {
  return (type?.inputs ?? []).filter((port) => !isParameterPort(port)).flatMap((port) => {
    const links = here.filter((link) => link.input === port);
    const view = { name: port.name, kind: kindOf(port), required: port.required };
    if (!port.numbered) {
      const connected = links.length > 0;
      return [{ ...view, handle: inputHandle(port.name), title: port.title, connected }];
    }
    const taken = new Set<number>();
    for (const link of links) {
      const number = labelNumber(link.label);
      if (number !== null && number > 0) taken.add(number).add(number);
      if (number !== null && number > 0) numbers.set(link.index, number);
    }
    let next = 1;
    for (const link of links.filter((one) => !numbers.has(one.index))) {
      while (taken.has(next)) next += 1;
      taken.add(next);
      numbers.set(link.index, next);
    }
    const places = orderedPlaces(taken);
    return places.map((number) => ({
      ...view,
      handle: inputHandle(port.name, number),
      title: `${port.title} ${number}`,
      number,
      required: port.required && number === 1,
      connected: taken.has(number),
    }));
  });
}

/** The numbers of ordered inputs that are shown: two at least, and one that is free. */
function orderedPlaces(taken: ReadonlySet<number>): number[] {
  const sorted = [...taken].sort((a, b) => a - b);
  const free: number[] = [];
  for (let number = 1; free.length < Math.max(1, 2 - sorted.length); number += 1) {
    if (!taken.has(number)) free.push(number);
  }
  return [...sorted, ...free].sort((a, b) => a - b);
}

function badgeViews(
  type: NodeType | null,
  here: readonly Link[],
  byId: ReadonlyMap<string, NodeDocument>,
  leaving: ReadonlyMap<string, Link[]>,
): BadgeView[] {
  const shown = (port: InputPort, link?: Link): BadgeView => ({
    handle: inputHandle(port.name),
    input: port.name,
    title: port.title,
    kind: kindOf(port),
    node: link ? byId.get(link.source)! : null,
    shared: link ? new Set(leaving.get(link.source)?.map((one) => one.target)).size : 0,
    connection: link?.index ?? -1,
  });
  return (type?.inputs ?? []).filter(isParameterPort).flatMap((port) => {
    const links = here.filter((link) => link.input === port);
    return links.length ? links.map((link) => shown(port, link)) : [shown(port)];
  });
}

function sameBox(one: BoxView, other: BoxView): boolean {
  return (
    sameButPlace(one.node, other.node) &&
    one.type === other.type &&
    JSON.stringify([one.inputs, one.outputs]) === JSON.stringify([other.inputs, other.outputs]) &&
    one.badges.length === other.badges.length &&
    one.badges.every((badge, index) => {
      const theirs = other.badges[index]!;
      const { node, ...rest } = badge;
      const { node: their, ...their_rest } = theirs;
      return node === their && JSON.stringify(rest) === JSON.stringify(their_rest);
    })
  );
}

/** Where a node lies is not part of its box: moving one node writes the places of all. */
function sameButPlace(one: NodeDocument, other: NodeDocument): boolean {
  if (one === other) return true;
  const rest = ({ x, y, ...fields }: NodeDocument) => JSON.stringify(fields);
  return rest(one) === rest(other);
}

/** How high a box will be, near enough to lay out before it was drawn. */
export function estimatedHeight(box: BoxView): number {
  const rows = Math.max(box.inputs.length, box.outputs.length);
  const summary = box.type?.fields.some((field) => box.node[field.name]) ? 40 : 0;
  return 42 + summary + rows * 24 + (box.badges.length ? 34 : 0) + 8;
}
