/** What the user can do, by mouse, by keyboard or from a list: the same in each case. */

import type { ConnectionDocument } from "../host";
import { fragmentOf, read, withConnection, withFragment, withNode, withoutConnections } from "./document";
import { withoutNodes } from "./document";
import { inputHandle, outputHandle, readHandle } from "./graph";
import type { Place } from "./layout";
import { fittingWords } from "./fitting";
import { givenKinds, mayConnect, type Ends, type Permission, type Refusal } from "./ports";
import type { NodeType } from "./protocol";
import type { EditorStore } from "./store";
import { calledBy } from "./summary";

/** What the canvas's view can do; set while it is there. */
export interface View {
  /** The middle of what is seen, in the canvas's own pixels. */
  middle(): Place;
  at(screen: Place): Place;
  fit(): void;
  zoom(by: number): void;
  reveal(id: string): void;
}

export const views = new WeakMap<EditorStore, View>();

/** Names a node for people: its own name, or its type's and a count. */
export function nameOf(store: EditorStore, id: string): string {
  const node = store.document.nodes.find((one) => one.id === id);
  if (!node) return id;
  const { name, more, own } = calledBy(node, store.state.types.get(node.type));
  return own ? name : `${name} ${more}`;
}

/** What a connection between two handles joins, whichever it was drawn from. */
export function endsOf(
  source: string,
  sourceHandle: string,
  target: string,
  targetHandle: string,
): Ends | null {
  const [from, to] = [readHandle(sourceHandle), readHandle(targetHandle)];
  if (from.out === to.out) return null;
  const [out, into] = from.out ? [source, target] : [target, source];
  const [output, input] = from.out ? [from, to] : [to, from];
  const number = input.number === undefined ? {} : { number: input.number };
  return { source: out, output: output.name, target: into, input: input.name, ...number };
}

export function permission(store: EditorStore, ends: Ends): Permission | Refusal {
  const { types, graph } = store.state;
  return mayConnect(store.document, types, graph.resolved, ends);
}

/** Every way to connect a handle, as ends that are allowed. */
export function possible(store: EditorStore, node: string, handle: string): Ends[] {
  return store.state.graph.boxes.flatMap((box) =>
    [...box.inputs, ...box.outputs, ...box.badges].flatMap((port) => {
      const ends = endsOf(node, handle, box.id, port.handle);
      return ends && typeof permission(store, ends) !== "string" ? [ends] : [];
    }),
  );
}

/** The handles at the other side of `possible`, as `node\0handle`. */
export function fitting(store: EditorStore, node: string, handle: string): Set<string> {
  const { out } = readHandle(handle);
  return new Set(
    possible(store, node, handle).map((ends) =>
      out
        ? `${ends.target}\0${inputHandle(ends.input, ends.number)}`
        : `${ends.source}\0${outputHandle(ends.output)}`,
    ),
  );
}

/** Connect, or say why not. */
export function connect(store: EditorStore, ends: Ends): boolean {
  const allowed = permission(store, ends);
  if (typeof allowed === "string") {
    const given = { from: nameOf(store, ends.source), to: nameOf(store, ends.target) };
    const input = typeOf(store, ends.target)?.inputs.find((port) => port.name === ends.input);
    const wanted = input && { port: input.title, ...wordsFor(store, "outputs", input.kinds) };
    store.tell(store.say(`refused_${allowed}`, { ...given, ...wanted }));
    return false;
  }
  const document = withConnection(store.document, store.state.types, ends, allowed);
  const given = { from: nameOf(store, ends.source), to: nameOf(store, ends.target) };
  store.tell("");
  store.edit({ document }, { said: store.say(allowed.feedback ? "ledBack" : "connected", given) });
  return true;
}

/** Connect a handle with the first port of a node that fits it best, as when dropped on its box. */
export function connectSomewhere(
  store: EditorStore,
  node: string,
  handle: string,
  other: string,
): boolean {
  const { out } = readHandle(handle);
  const ways = possible(store, node, handle).filter(
    (ends) => (out ? ends.target : ends.source) === other,
  );
  const free = ways.filter((ends) => {
    const allowed = permission(store, ends);
    return typeof allowed !== "string" && !allowed.replaces.length;
  });
  const [best] = [...free, ...ways];
  if (best) return connect(store, best);
  const box = store.state.graph.boxes.find((one) => one.id === other);
  const ports = (out ? box?.inputs : box?.outputs) ?? [];
  const all = ports.flatMap((port) => endsOf(node, handle, other, port.handle) ?? []);
  const near = all.find((ends) => permission(store, ends) !== "kind") ?? (out ? undefined : all[0]);
  if (near) return connect(store, near); // which says why not
  const [from, to] = out ? [node, other] : [other, node];
  const given = { from: nameOf(store, from), to: nameOf(store, to) };
  const taken = (out ? box : undefined)?.type?.inputs.flatMap((port) => port.kinds) ?? [];
  if (taken.length) {
    store.tell(store.say("refused_node", { ...given, ...wordsFor(store, "outputs", taken) }));
  } else {
    const fitting = wordsFor(store, out ? "inputs" : "outputs", kindsAt(store, node, handle));
    store.tell(store.say(out ? "refused_no_input" : "refused_no_output", { ...given, ...fitting }));
  }
  return false;
}

/** What a handle gives or takes. */
export function kindsAt(store: EditorStore, node: string, handle: string): readonly string[] {
  const { out, name } = readHandle(handle);
  const type = typeOf(store, node);
  const input = out ? undefined : type?.inputs.find((port) => port.name === name);
  const output = out ? type?.outputs.find((port) => port.name === name) : undefined;
  return output ? givenKinds(store.state.graph.resolved, node, output) : (input?.kinds ?? []);
}

const typeOf = (store: EditorStore, id: string): NodeType | undefined =>
  store.state.types.get(store.document.nodes.find((one) => one.id === id)?.type ?? "");

const wordsFor = (store: EditorStore, side: "inputs" | "outputs", kinds: readonly string[]) =>
  fittingWords(store.say, store.host.language, store.state.types, side, kinds);

/** Add a node; `from` is a handle that it is connected with. Gives its id. */
export function add(
  store: EditorStore,
  typeName: string,
  place?: Place,
  from?: { node: string; handle: string },
  key = "",
): string | null {
  const type = store.state.types.get(typeName);
  if (!type) return null;
  const at = free(store, place ?? beside(store));
  let [document, id] = withNode(store.document, type, at);
  if (from) {
    // The new node is not drawn yet; its ports are those of its type.
    const { out } = readHandle(from.handle);
    const ports = out
      ? type.inputs.map((port) => inputHandle(port.name, port.numbered ? 1 : undefined))
      : type.outputs.map((port) => outputHandle(port.name));
    for (const handle of ports) {
      const ends = endsOf(from.node, from.handle, id, handle);
      if (!ends) continue;
      const { types, graph } = store.state;
      const allowed = mayConnect(document, types, graph.resolved, ends);
      if (typeof allowed === "string") continue;
      document = withConnection(document, types, ends, allowed);
      break;
    }
  }
  store.edit({ document }, { key, said: store.say("added", { name: type.name }) });
  store.openForm(id);
  return id;
}

/** Right of what is selected, else in the middle of what is seen. */
function beside(store: EditorStore): Place {
  const [only] = store.state.selection;
  const place = only && store.state.places.get(only);
  if (place && store.state.selection.size === 1) return { x: place.x + 310, y: place.y };
  const middle = views.get(store)?.middle() ?? { x: 100, y: 100 };
  return { x: middle.x - 110, y: middle.y - 50 };
}

/** The nearest place below that no box covers. */
function free(store: EditorStore, place: Place): Place {
  const { graph, places } = store.state;
  const taken = graph.boxes.flatMap((box) => places.get(box.id) ?? []);
  let { x, y } = place;
  for (let tries = 0; tries < 50; tries += 1) {
    const hit = taken.find((one) => Math.abs(one.x - x) < 200 && Math.abs(one.y - y) < 90);
    if (!hit) break;
    y = hit.y + 150;
  }
  return { x, y };
}

/** Give a node a parameter of its own, and open its form. */
export function addParameter(store: EditorStore, node: string, input: string): void {
  const { types, places } = store.state;
  const kinds = store.state.graph.boxes
    .find((box) => box.id === node)
    ?.type?.inputs.find((port) => port.name === input)?.kinds;
  const type = [...types.values()].find(
    (one) => one.parameter && one.outputs.some((port) => kinds?.some((k) => port.kinds.includes(k))),
  );
  const place = places.get(node);
  if (!type || !place) return;
  add(store, type.type, { x: place.x - 260, y: place.y + 60 }, { node, handle: inputHandle(input) });
}

/** Take a parameter off a node; where it is no other's, its node goes too. */
export function dropParameter(store: EditorStore, parameter: string, connection: number): void {
  let document = withoutConnections(store.document, [connection]);
  if (!document.connections.some((one) => one.sourceId === parameter)) {
    document = { ...document, nodes: document.nodes.filter((node) => node.id !== parameter) };
  }
  store.edit({ document }, { said: store.say("parameterGone") });
}

/** Take out a connection, by its place among the document's. */
export function disconnect(store: EditorStore, place: number): void {
  const document = withoutConnections(store.document, [place]);
  store.edit({ document }, { said: store.say("disconnected") });
}

/** Delete what is selected: nodes with what only they took, and lines. */
export function remove(store: EditorStore): void {
  const { selection, lines, graph, types } = store.state;
  if (!selection.size && !lines.size) return;
  const places = graph.lines.filter((line) => lines.has(line.id)).map((line) => line.index);
  const document = withoutNodes(withoutConnections(store.document, places), selection, types);
  const said = selection.size
    ? store.say("deleted", { n: selection.size })
    : store.say("disconnected");
  store.edit({ document }, { said });
  store.select([]);
}

/** What is selected as text for the clipboard, or null. */
export function copied(store: EditorStore): string | null {
  const { selection, types, places } = store.state;
  if (!selection.size) return null;
  const { nodes, connections } = fragmentOf(store.document, selection, types);
  const placed = nodes.map((node) => ({ ...node, ...places.get(node.id) }));
  store.announce(store.say("copied", { n: selection.size }));
  return JSON.stringify({ type: "canvas_workflow", nodes: placed, connections }, null, 1);
}

/** Put in what a text from the clipboard holds; false where it is no canvas. */
export function paste(store: EditorStore, text: string, by?: Place): boolean {
  const found = read(text);
  if (!found?.nodes.length) return false;
  const { nodes, connections } = found;
  const least = (axis: "x" | "y") => Math.min(...nodes.map((node) => node[axis] ?? 0));
  const middle = views.get(store)?.middle() ?? { x: 200, y: 200 };
  const here = nodes.some((node) => store.document.nodes.some((one) => one.id === node.id));
  const offset = by ?? (here ? { x: 40, y: 40 } : { x: middle.x - least("x") - 110, y: middle.y - least("y") - 60 });
  const [document, ids] = withFragment(store.document, { nodes, connections }, offset);
  store.edit({ document }, { said: store.say("pasted", { n: ids.length }) });
  store.select(ids.filter((id) => !store.state.graph.badges.has(id)));
  return true;
}

export function duplicate(store: EditorStore): void {
  const text = copied(store);
  if (text) paste(store, text, { x: 40, y: 40 });
}

/** Move what is selected by a distance. */
export function nudge(store: EditorStore, x: number, y: number): void {
  const { selection, places } = store.state;
  const moved = [...selection].flatMap((id): [string, Place][] => {
    const place = places.get(id);
    return place ? [[id, { x: place.x + x, y: place.y + y }]] : [];
  });
  if (moved.length) store.move(new Map(moved), { key: "nudge" });
}

/** Show a node and open its form, also where it is a badge. */
export function goTo(store: EditorStore, id: string): void {
  store.openForm(id);
  views.get(store)?.reveal(store.state.graph.badges.get(id) ?? id);
}

/** The connections of a node, for a list. */
export function connectionsOf(store: EditorStore, id: string): [number, ConnectionDocument][] {
  return store.document.connections
    .map((one, index): [number, ConnectionDocument] => [index, one])
    .filter(([, one]) => one.sourceId === id || one.targetId === id);
}
