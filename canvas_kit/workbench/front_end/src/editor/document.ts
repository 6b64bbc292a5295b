/** Changes to a canvas document. Each gives a new one and leaves what it does not know as it is. */

import type { CanvasDocument, ConnectionDocument, NodeDocument } from "../host";
import { labelsFor, type Ends, type Permission } from "./ports";
import type { NodeType, Types } from "./protocol";

/** Nodes and the connections among them, as the clipboard carries them. */
export interface Fragment {
  nodes: NodeDocument[];
  connections: ConnectionDocument[];
}

/** A document with everything that the editor counts on; what a file lacks is empty. */
export function whole(document: CanvasDocument): CanvasDocument {
  return Array.isArray(document.nodes) && Array.isArray(document.connections)
    ? document
    : { ...document, nodes: document.nodes ?? [], connections: document.connections ?? [] };
}

/** An id that no node has: the type and a count. */
export function freeId(nodes: readonly NodeDocument[], stem: string): string {
  const taken = new Set(nodes.map((node) => node.id));
  let count = 1;
  while (taken.has(`${stem}_${count}`)) count += 1;
  return `${stem}_${count}`;
}

/** A document with a new node, and its id. A preset is always written: for some types a file
 * without one means another than the default. */
export function withNode(
  document: CanvasDocument,
  type: NodeType,
  place: { x: number; y: number },
  fields: Record<string, unknown> = {},
): [CanvasDocument, string] {
  const id = freeId(document.nodes, type.type);
  const presets = type.fields
    .filter((field) => field.kind === "preset" && field.default)
    .map((field) => [field.name, field.default]);
  const node = { id, type: type.type, x: Math.round(place.x), y: Math.round(place.y) };
  const made: NodeDocument = { ...node, ...Object.fromEntries(presets), ...fields };
  return [{ ...document, nodes: [...document.nodes, made] }, id];
}

/** A document without these nodes, their connections, and the parameters that only they took. */
export function withoutNodes(
  document: CanvasDocument,
  ids: ReadonlySet<string>,
  types: Types,
): CanvasDocument {
  const gone = new Set([...ids, ...ownParameters(document, ids, types)]);
  return {
    ...document,
    nodes: document.nodes.filter((node) => !gone.has(node.id)),
    connections: document.connections.filter(
      (one) => !gone.has(one.sourceId) && !gone.has(one.targetId),
    ),
  };
}

/** The parameter nodes that lead to these nodes and to none besides. */
export function ownParameters(
  document: CanvasDocument,
  ids: ReadonlySet<string>,
  types: Types,
): string[] {
  return document.nodes
    .filter((node) => types.get(node.type)?.parameter)
    .filter((node) => {
      const leads = document.connections.filter((one) => one.sourceId === node.id);
      return leads.length > 0 && leads.every((one) => ids.has(one.targetId));
    })
    .map((node) => node.id);
}

/** A document without the connections at these places. */
export function withoutConnections(
  document: CanvasDocument,
  places: Iterable<number>,
): CanvasDocument {
  const gone = new Set(places);
  return { ...document, connections: document.connections.filter((_, index) => !gone.has(index)) };
}

/** A document with a connection that `mayConnect` allowed, in place of those that it replaces. */
export function withConnection(
  document: CanvasDocument,
  types: Types,
  ends: Ends,
  allowed: Permission,
): CanvasDocument {
  const typeOf = (id: string) => types.get(document.nodes.find((node) => node.id === id)!.type)!;
  const options = { number: ends.number, feedback: allowed.feedback };
  const { output, input } = allowed;
  const labels = labelsFor(typeOf(ends.source), output, typeOf(ends.target), input, options);
  const made = { sourceId: ends.source, targetId: ends.target, ...labels };
  const rest = withoutConnections(document, allowed.replaces);
  return { ...rest, connections: [...rest.connections, made] };
}

/** A document with another value of a field of a node; undefined takes the field out. */
export function withField(
  document: CanvasDocument,
  id: string,
  name: string,
  value: unknown,
): CanvasDocument {
  return withNodes(document, (node) => {
    if (node.id !== id || (node[name] === value && name in node === (value !== undefined))) {
      return node;
    }
    const { [name]: _, ...rest } = node;
    // A key keeps its place in the file.
    const changed = value === undefined ? rest : { ...node, [name]: value };
    return { ...changed, ...consequences(node, name, value) } as NodeDocument;
  });
}

/** What Python's constructors add: a size counts only as "custom", and counting up has a start. */
function consequences(node: NodeDocument, name: string, value: unknown): Record<string, unknown> {
  if (node.type === "resolution" && /^resolution(Width|Height)$/.test(name)) {
    return { resolutionPreset: "custom" };
  }
  const counts = node.type === "seed" && name === "seedMode" && value === "increment";
  return counts && node.seedBase == null ? { seedBase: node.seedValue ?? 0 } : {};
}

function withNodes(
  document: CanvasDocument,
  change: (node: NodeDocument) => NodeDocument,
): CanvasDocument {
  const nodes = document.nodes.map(change);
  return nodes.every((node, index) => node === document.nodes[index])
    ? document
    : { ...document, nodes };
}

/** A document with nodes at other places. */
export function withPlaces(
  document: CanvasDocument,
  places: ReadonlyMap<string, { x: number; y: number }>,
): CanvasDocument {
  return withNodes(document, (node) => {
    const place = places.get(node.id);
    if (!place) return node;
    const [x, y] = [Math.round(place.x), Math.round(place.y)];
    return node.x === x && node.y === y ? node : { ...node, x, y };
  });
}

/** Why a node cannot have this id, or null if it can. */
export function idProblem(
  document: CanvasDocument,
  id: string,
  wanted: string,
): "empty" | "taken" | "long" | null {
  if (!wanted.trim()) return "empty";
  if (wanted.length > 200 || /[\u0000-\u001f\u007f]/.test(wanted)) return "long";
  return wanted !== id && document.nodes.some((node) => node.id === wanted) ? "taken" : null;
}

/** A document in which a node has another id, and so have the ends of its connections. */
export function renamed(document: CanvasDocument, id: string, wanted: string): CanvasDocument {
  const other = (end: string) => (end === id ? wanted : end);
  return {
    ...document,
    nodes: document.nodes.map((node) => (node.id === id ? { ...node, id: wanted } : node)),
    connections: document.connections.map((one) =>
      one.sourceId === id || one.targetId === id
        ? { ...one, sourceId: other(one.sourceId), targetId: other(one.targetId) }
        : one,
    ),
  };
}

/** These nodes, the parameters that lead to them, and the connections among all those. */
export function fragmentOf(
  document: CanvasDocument,
  ids: ReadonlySet<string>,
  types: Types,
): Fragment {
  const taken = new Set(ids);
  for (const one of document.connections) {
    const source = document.nodes.find((node) => node.id === one.sourceId);
    if (ids.has(one.targetId) && source && types.get(source.type)?.parameter) taken.add(source.id);
  }
  return {
    nodes: document.nodes.filter((node) => taken.has(node.id)),
    connections: document.connections.filter(
      (one) => taken.has(one.sourceId) && taken.has(one.targetId),
    ),
  };
}

/** A document with a fragment in it, moved by a distance, and the ids that it got here. */
export function withFragment(
  document: CanvasDocument,
  fragment: Fragment,
  by: { x: number; y: number },
): [CanvasDocument, string[]] {
  const nodes = [...document.nodes];
  const names = new Map<string, string>();
  for (const node of fragment.nodes) {
    const taken = nodes.some((one) => one.id === node.id);
    const id = taken ? freeId(nodes, node.id.replace(/_\d+$/, "")) : node.id;
    names.set(node.id, id);
    nodes.push({ ...node, id, x: (node.x ?? 0) + by.x, y: (node.y ?? 0) + by.y });
  }
  const connections = fragment.connections.map((one) => ({
    ...one,
    sourceId: names.get(one.sourceId)!,
    targetId: names.get(one.targetId)!,
  }));
  const all = [...document.connections, ...connections];
  return [{ ...document, nodes, connections: all }, [...names.values()]];
}

/** What a text from the clipboard or a file holds: a canvas or a part of one, or null. */
export function read(text: string): CanvasDocument | null {
  try {
    const found: unknown = JSON.parse(withWholeNumbers(text));
    if (typeof found !== "object" || found === null) return null;
    const { nodes, connections } = found as Partial<CanvasDocument>;
    const isNode = (node: unknown): boolean =>
      typeof (node as NodeDocument)?.id === "string" &&
      typeof (node as NodeDocument).type === "string";
    if (!Array.isArray(nodes) || !nodes.every(isNode)) return null;
    const ends = Array.isArray(connections) ? connections : [];
    const known = new Set(nodes.map((node) => node.id));
    if (!ends.every((one) => known.has(one?.sourceId) && known.has(one?.targetId))) return null;
    return whole(found as CanvasDocument);
  } catch {
    return null;
  }
}

/** Numbers that JavaScript would round become strings of their digits; Python reads those. */
function withWholeNumbers(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g, (part) =>
    part.startsWith('"') || Number.isSafeInteger(Number(part)) ? part : `"${part}"`,
  );
}

/** Whether two documents say the same. */
export function sameDocument(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [mine, theirs] = [Object.entries(one), other as Record<string, unknown>];
  return (
    mine.length === Object.keys(other).length &&
    mine.every(([key, value]) => key in theirs && sameDocument(value, theirs[key]))
  );
}

/** `fresh`, with the nodes of `known` that say the same, so that they are not drawn again. */
export function sharing(known: CanvasDocument, fresh: CanvasDocument): CanvasDocument {
  const before = new Map(known.nodes.map((node) => [node.id, node]));
  const nodes = fresh.nodes.map((node) => {
    const old = before.get(node.id);
    return old && sameDocument(old, node) ? old : node;
  });
  return { ...fresh, nodes };
}
