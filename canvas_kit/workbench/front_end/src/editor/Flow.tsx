import {
  Background,
  BackgroundVariant,
  ConnectionMode,
  MiniMap,
  ReactFlow,
  SelectionMode,
  useReactFlow,
  useStore as useFlowStore,
  type Connection,
  type Node,
  type ReactFlowProps,
  type Viewport,
} from "@xyflow/react";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { add, connect, connectSomewhere, endsOf, fitting, nameOf, permission, views } from "./actions";
import { Box, type BoxNode } from "./Box";
import { useStore } from "./context";
import { DRAG_TYPE } from "./dragging";
import { estimatedHeight, readHandle, type BoxView } from "./graph";
import { BOX_WIDTH, type Place } from "./layout";
import { Line, type LineEdge } from "./Line";
import { QuickAdd } from "./Palette";
import { following } from "./ports";
import { useEditor, type EditorStore } from "./store";
import { around, fitted, sameView, shifted, type Extent } from "./viewing";

const nodeTypes = { box: Box };
const edgeTypes = { line: Line };
/** More than these get an overview, and leave out what is illegible. */
const MANY = 30;
/** Below this zoom the small print of a box is illegible. */
const FAR = 0.4;
const SEVERAL_KEYS = ["Shift", "Meta", "Control"];
const miniClass = (node: Node) =>
  `ckw-mini ckw-role-${(node as BoxNode).data.box.type?.category ?? "unknown"}`;

interface Menu {
  at: Place;
  screen: Place;
  from?: { node: string; handle: string };
}

/** The canvas itself: nodes, lines, and what the mouse does with them. */
export function Flow() {
  const store = useStore();
  const flow = useReactFlow<BoxNode, LineEdge>();
  const graph = useEditor(store, (state) => state.graph);
  const places = useEditor(store, (state) => state.shown);
  const selection = useEditor(store, (state) => state.selection);
  const selectedLines = useEditor(store, (state) => state.lines);
  const [nodes, setNodes] = useState<BoxNode[]>([]);
  const far = useFlowStore((state) => state.transform[2] < FAR);
  const [menu, setMenu] = useState<Menu | null>(null);
  const [active, setActive] = useState(false);
  const frame = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    setNodes((before) => {
      const known = new Map(before.map((node) => [node.id, node]));
      return graph.boxes.map((box) => {
        const old = known.get(box.id);
        const position = places.get(box.id) ?? { x: 0, y: 0 };
        const selected = selection.has(box.id);
        const still =
          old?.data.box === box &&
          old.selected === selected &&
          (old.dragging || (old.position.x === position.x && old.position.y === position.y));
        if (old && still) return old;
        return {
          initialWidth: BOX_WIDTH,
          initialHeight: estimatedHeight(box),
          ...old,
          id: box.id,
          type: "box" as const,
          position: old?.dragging ? old.position : position,
          selected,
          ariaLabel: store.say("nodeLabel", {
            name: nameOf(store, box.id),
            type: box.type?.name ?? box.node.type,
          }),
          data: { box },
        };
      });
    });
  }, [graph, places, selection, store]);

  const former = useRef<readonly LineEdge[]>([]);
  const edges = useMemo(() => {
    const known = new Map(former.current.map((edge) => [edge.id, edge]));
    former.current = graph.lines.map((line): LineEdge => {
      const old = known.get(line.id);
      const selected = selectedLines.has(line.id);
      if (old?.data?.line === line && old.selected === selected) return old;
      const { id, source, target, sourceHandle, targetHandle } = line;
      const ariaLabel = store.say(line.feedback ? "ledBack" : "lineLabel", {
        from: nameOf(store, source),
        to: nameOf(store, target),
      });
      const ends = { source, target, sourceHandle, targetHandle };
      return { id, type: "line", ...ends, selected, ariaLabel, data: { line } };
    });
    return former.current;
  }, [graph, selectedLines, store]) as LineEdge[];

  useEffect(() => {
    const centre = () => {
      const { left, top, width, height } = frame.current!.getBoundingClientRect();
      return { x: left + width / 2, y: top + height / 2 };
    };
    views.set(store, {
      middle: () => flow.screenToFlowPosition(centre()),
      at: (screen) => flow.screenToFlowPosition(screen),
      fit: () => {
        const extent = extentOf(store, store.state.graph.boxes);
        const { clientWidth: width, clientHeight: height } = frame.current!;
        if (extent) void flow.setViewport(fitted(extent, { width, height }));
      },
      zoom: (by) => void flow.zoomTo(flow.getZoom() * by),
      reveal: (id) => {
        const place = store.state.shown.get(id);
        if (!place) return;
        const zoom = Math.max(flow.getZoom(), 0.7);
        void flow.setCenter(place.x + BOX_WIDTH / 2, place.y + 60, { zoom });
      },
    });
    return () => void views.delete(store);
  }, [flow, store]);

  const known = useEditor(store, (state) => state.types.size > 0);
  const once = useRef(false);
  useEffect(() => {
    // After the first boxes are there and measured; not again, the view belongs to the user.
    if (once.current || !known) return;
    once.current = true;
    if (graph.boxes.length) requestAnimationFrame(() => views.get(store)?.fit());
  }, [known, graph, store]);

  const form = useEditor(store, (state) => state.form);
  const aside = useRef<{ from: Viewport; to: Viewport } | null>(null);
  useEffect(() => {
    // The form takes room: its box comes along, with what was seen of that which follows it.
    const now = flow.getViewport();
    const before = aside.current;
    const from = before && sameView(before.to, now) ? before.from : now;
    const [id] = store.state.selection;
    const boxes = form === null ? [] : boxesAfter(store, id ?? form);
    const own = extentOf(store, boxes.slice(0, 1));
    const all = extentOf(store, boxes);
    if (!own || !all) {
      aside.current = null;
      if (from !== now) void flow.setViewport(from);
      return;
    }
    const { clientWidth: width, clientHeight: height } = frame.current!;
    const taken = before ? { x: 0, y: 0 } : takenBy(frame.current!);
    const to = shifted(now, own, all, { width, height }, taken);
    aside.current = { from, to };
    void flow.setViewport(to);
  }, [form, flow, store]);

  // The same each time that a box is dragged a little further: a new function would draw all anew.
  const handlers = useMemo((): ReactFlowProps<BoxNode, LineEdge> => {
    let began: { node: string; handle: string } | null = null;
    const moved = (dragged: BoxNode[]) => {
      const to = new Map(dragged.map((node) => [node.id, node.position]));
      store.move(to, { said: store.say("moved", { n: dragged.length }) });
    };
    return {
      onNodesChange: (changes) => {
        store.selectionTold("selection", changes);
        const changed = new Map<string, Partial<BoxNode>>();
        const sizes = new Map<string, { height: number; grown: number }>();
        for (const change of changes) {
          if (change.type === "position") {
            const { position, dragging = false } = change;
            changed.set(change.id, { ...(position && { position }), dragging });
          } else if (change.type === "dimensions" && change.dimensions) {
            const { id, dimensions } = change;
            changed.set(id, { ...changed.get(id), measured: dimensions });
            const run = store.runs.node(id) && `[data-id="${CSS.escape(id)}"] .ckw-run`;
            const drawn = run && frame.current!.querySelector<HTMLElement>(run);
            sizes.set(id, { height: dimensions.height, grown: drawn ? drawn.offsetHeight : 0 });
          }
        }
        if (sizes.size) store.measured(sizes);
        if (!changed.size) return;
        setNodes((before) =>
          before.map((node) => {
            const change = changed.get(node.id);
            return change ? { ...node, ...change } : node;
          }),
        );
      },
      onEdgesChange: (changes) => store.selectionTold("lines", changes),
      onNodeDragStop: (_, __, dragged) => moved(dragged),
      onSelectionDragStop: (_, dragged) => moved(dragged),
      onNodeClick: (event, { id }) => {
        // Also where it was selected before: its form may have been closed.
        if (!event.shiftKey && !event.metaKey && !event.ctrlKey) store.openForm(id);
      },
      onPaneClick: () => {
        setMenu(null);
        // Keys reach the editor only from what has the focus.
        frame.current?.focus({ preventScroll: true });
      },
      onConnect: (made) => {
        const ends = endsOfDrawn(made);
        if (ends) connect(store, ends);
      },
      isValidConnection: (drawn) => {
        const ends = endsOfDrawn(drawn);
        return ends !== null && typeof permission(store, ends) !== "string";
      },
      onConnectStart: (_, { nodeId, handleId }) => {
        if (!nodeId || !handleId) return;
        store.tell("");
        began = { node: nodeId, handle: handleId };
        store.show({ connecting: { ...began, fits: fitting(store, nodeId, handleId) } });
      },
      onConnectEnd: (event, { isValid, toHandle }) => {
        store.show({ connecting: null });
        const from = began;
        began = null;
        if (!from || isValid) return;
        const { clientX: x, clientY: y } = "changedTouches" in event ? event.changedTouches[0]! : event;
        if (toHandle?.id && toHandle.nodeId !== from.node) {
          const ends = endsOf(from.node, from.handle, toHandle.nodeId, toHandle.id);
          if (ends) connect(store, ends); // which says why not
          else store.tell(store.say("refused_sides"));
          return;
        }
        const root = frame.current!.getRootNode() as Document | ShadowRoot;
        const under = root.elementFromPoint(x, y);
        const other = under?.closest<HTMLElement>(".react-flow__node")?.dataset.id;
        if (other && other !== from.node) connectSomewhere(store, from.node, from.handle, other);
        else if (!other && under?.closest(".react-flow__pane")) {
          setMenu({ at: flow.screenToFlowPosition({ x, y }), screen: { x, y }, from });
        }
      },
    };
  }, [flow, store]);

  const many = graph.boxes.length > MANY;
  return (
    <div
      ref={frame}
      className={`ckw-flow${far && many ? " ckw-far" : ""}`}
      tabIndex={-1}
      onFocus={() => setActive(true)}
      onPointerDown={() => setActive(true)}
      onPointerLeave={() => {
        // The wheel scrolls the notebook again, once the mouse was elsewhere and no key is meant.
        if (!frame.current?.contains(frame.current.ownerDocument.activeElement)) setActive(false);
      }}
      onBlur={(event) => {
        if (!frame.current?.contains(event.relatedTarget)) setActive(false);
      }}
      onDoubleClick={(event) => {
        if (!(event.target as Element).closest(".react-flow__pane")) return;
        const screen = { x: event.clientX, y: event.clientY };
        setMenu({ at: flow.screenToFlowPosition(screen), screen });
      }}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes(DRAG_TYPE)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = "copy";
      }}
      onDrop={(event) => {
        const type = event.dataTransfer.getData(DRAG_TYPE);
        if (!type) return;
        event.preventDefault();
        const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
        add(store, type, { x: at.x - BOX_WIDTH / 2, y: at.y - 20 });
      }}
    >
      <ReactFlow<BoxNode, LineEdge>
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        {...handlers}
        connectionMode={ConnectionMode.Strict}
        connectionRadius={24}
        selectionMode={SelectionMode.Partial}
        selectionKeyCode="Shift"
        multiSelectionKeyCode={SEVERAL_KEYS}
        deleteKeyCode={null}
        zoomOnDoubleClick={false}
        zoomOnScroll={active}
        preventScrolling={active}
        zoomActivationKeyCode="Control"
        disableKeyboardA11y
        minZoom={0.05}
        maxZoom={2.5}
        elevateNodesOnSelect
        onlyRenderVisibleElements={graph.boxes.length > 150}
        nodeDragThreshold={2}
        aria-label={store.say("canvas")}
      >
        <Background variant={BackgroundVariant.Dots} gap={20} size={1} />
        {many && (
          <MiniMap
            pannable
            zoomable
            ariaLabel={store.say("miniMap")}
            nodeClassName={miniClass}
          />
        )}
      </ReactFlow>
      {menu && (
        <QuickAdd
          screen={menu.screen}
          frame={frame.current!}
          from={menu.from}
          close={() => setMenu(null)}
          choose={(type) => {
            const output = !menu.from || readHandle(menu.from.handle).out;
            const x = output ? menu.at.x : menu.at.x - BOX_WIDTH;
            add(store, type, { x, y: menu.at.y - 30 }, menu.from);
            setMenu(null);
          }}
        />
      )}
    </div>
  );
}

/** A node's box and all that it leads to. */
function boxesAfter(store: EditorStore, id: string): BoxView[] {
  const { boxes, resolved } = store.state.graph;
  const after = following(resolved, id);
  const own = boxes.filter((box) => box.id === id);
  return own.length ? [...own, ...boxes.filter((box) => box.id !== id && after.has(box.id))] : [];
}

/** The rectangle that holds some boxes, in the canvas's own pixels. */
function extentOf(store: EditorStore, boxes: readonly BoxView[]): Extent | null {
  return around(
    boxes.flatMap((box) => {
      const place = store.state.shown.get(box.id);
      const height = store.heights.get(box.id) ?? estimatedHeight(box);
      return place ? [{ ...place, right: place.x + BOX_WIDTH, bottom: place.y + height }] : [];
    }),
  );
}

/** The room that the form takes from the canvas: at its right, or below it. */
function takenBy(frame: HTMLElement): Place {
  const form = frame.closest(".ckw-stage")?.querySelector(".ckw-form")?.getBoundingClientRect();
  if (!form) return { x: 0, y: 0 };
  const beside = form.left >= frame.getBoundingClientRect().right - 1;
  return beside ? { x: form.width, y: 0 } : { x: 0, y: form.height };
}

/** What a line that is drawn would join. */
function endsOfDrawn({ source, sourceHandle, target, targetHandle }: Connection | LineEdge) {
  return endsOf(source, sourceHandle ?? "", target, targetHandle ?? "");
}
