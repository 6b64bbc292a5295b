import {
  Background,
  BackgroundVariant,
  ConnectionMode,
  MiniMap,
  ReactFlow,
  SelectionMode,
  useReactFlow,
  type EdgeChange,
  type NodeChange,
  type OnConnectEnd,
  type OnConnectStart,
} from "@xyflow/react";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { add, connect, connectSomewhere, endsOf, fitting, nameOf, permission, views } from "./actions";
import { Box, type BoxNode } from "./Box";
import { useStore } from "./context";
import { DRAG_TYPE } from "./dragging";
import { BOX_WIDTH, estimatedHeight, readHandle } from "./graph";
import type { Place } from "./layout";
import { Line, type LineEdge } from "./Line";
import { QuickAdd } from "./Palette";
import { useEditor } from "./store";

const nodeTypes = { box: Box };
const edgeTypes = { line: Line };
const MANY = 30;

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
  const places = useEditor(store, (state) => state.places);
  const selection = useEditor(store, (state) => state.selection);
  const selectedLines = useEditor(store, (state) => state.lines);
  const [nodes, setNodes] = useState<BoxNode[]>([]);
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

  const edges = useMemo(
    () =>
      graph.lines.map((line): LineEdge => ({
        id: line.id,
        type: "line",
        source: line.source,
        target: line.target,
        sourceHandle: line.sourceHandle,
        targetHandle: line.targetHandle,
        selected: selectedLines.has(line.id),
        ariaLabel: store.say(line.feedback ? "ledBack" : "lineLabel", {
          from: nameOf(store, line.source),
          to: nameOf(store, line.target),
        }),
        data: { line },
      })),
    [graph, selectedLines, store],
  );

  useEffect(() => {
    const centre = () => {
      const { left, top, width, height } = frame.current!.getBoundingClientRect();
      return { x: left + width / 2, y: top + height / 2 };
    };
    views.set(store, {
      middle: () => flow.screenToFlowPosition(centre()),
      at: (screen) => flow.screenToFlowPosition(screen),
      fit: () => {
        const corners = store.state.graph.boxes.flatMap((box) => {
          const place = store.state.places.get(box.id);
          const height = store.heights.get(box.id) ?? estimatedHeight(box);
          return place ? [{ ...place, right: place.x + BOX_WIDTH, bottom: place.y + height }] : [];
        });
        if (!corners.length) return;
        const [x, y] = [Math.min(...corners.map((one) => one.x)), Math.min(...corners.map((one) => one.y))];
        const width = Math.max(...corners.map((one) => one.right)) - x;
        const height = Math.max(...corners.map((one) => one.bottom)) - y;
        const { clientWidth, clientHeight } = frame.current!;
        // No larger than life; a margin all around.
        const zoom = Math.min(1, (clientWidth - 60) / width, (clientHeight - 60) / height);
        void flow.setViewport({
          zoom,
          x: clientWidth / 2 - (x + width / 2) * zoom,
          y: clientHeight / 2 - (y + height / 2) * zoom,
        });
      },
      zoom: (by) => void flow.zoomTo(flow.getZoom() * by),
      reveal: (id) => {
        const place = store.state.places.get(id);
        if (!place) return;
        const zoom = Math.max(flow.getZoom(), 0.7);
        void flow.setCenter(place.x + BOX_WIDTH / 2, place.y + 60, { zoom });
      },
    });
    return () => void views.delete(store);
  }, [flow, store]);

  const known = useEditor(store, (state) => state.types.size > 0);
  const fitted = useRef(false);
  useEffect(() => {
    // After the first boxes are there and measured; not again, the view belongs to the user.
    if (fitted.current || !known) return;
    fitted.current = true;
    if (graph.boxes.length) requestAnimationFrame(() => views.get(store)?.fit());
  }, [known, graph, store]);

  const onNodesChange = useCallback(
    (changes: NodeChange<BoxNode>[]) => {
      const moved = new Map<string, NodeChange<BoxNode>>();
      for (const change of changes) {
        if (change.type === "position") moved.set(change.id, change);
        if (change.type === "dimensions" && change.dimensions) {
          store.heights.set(change.id, change.dimensions.height);
        }
      }
      const ids = chosen(store.state.selection, changes);
      if (ids) store.select(ids, store.state.lines);
      const sized = changes.filter((change) => change.type === "dimensions");
      if (!moved.size && !sized.length) return;
      const sizes = new Map(sized.map((change) => [change.id, change]));
      setNodes((before) =>
        before.map((node) => {
          const change = moved.get(node.id);
          const size = sizes.get(node.id);
          let now = node;
          if (change?.type === "position") {
            const position = change.position ?? node.position;
            now = { ...now, position, dragging: change.dragging ?? false };
          }
          if (size?.type === "dimensions" && size.dimensions) {
            now = { ...now, measured: size.dimensions };
          }
          return now;
        }),
      );
    },
    [store],
  );

  const onEdgesChange = useCallback(
    (changes: EdgeChange<LineEdge>[]) => {
      const ids = chosen(store.state.lines, changes);
      if (ids) store.select(store.state.selection, ids);
    },
    [store],
  );

  const moved = useCallback(
    (_: unknown, __: unknown, dragged: BoxNode[]) => {
      const to = new Map(dragged.map((node) => [node.id, node.position]));
      store.move(to, { said: store.say("moved", { n: dragged.length }) });
    },
    [store],
  );

  const began = useRef<{ node: string; handle: string } | null>(null);
  const onConnectStart: OnConnectStart = useCallback(
    (_, { nodeId, handleId }) => {
      if (!nodeId || !handleId) return;
      began.current = { node: nodeId, handle: handleId };
      const fits = fitting(store, nodeId, handleId);
      store.show({ connecting: { node: nodeId, handle: handleId, fits } });
    },
    [store],
  );
  const onConnectEnd: OnConnectEnd = useCallback(
    (event, state) => {
      store.show({ connecting: null });
      const from = began.current;
      began.current = null;
      if (!from || state.isValid) return;
      const point = "changedTouches" in event ? event.changedTouches[0]! : event;
      const screen = { x: point.clientX, y: point.clientY };
      const root = frame.current!.getRootNode() as Document | ShadowRoot;
      const under = root.elementFromPoint(screen.x, screen.y);
      const handle = state.toHandle ?? null;
      if (handle?.id && handle.nodeId !== from.node) {
        const ends = endsOf(from.node, from.handle, handle.nodeId, handle.id);
        if (ends) connect(store, ends); // which says why not
        else store.tell(store.say("refused_sides"));
        return;
      }
      const other = under?.closest<HTMLElement>(".react-flow__node")?.dataset.id;
      if (other && other !== from.node) connectSomewhere(store, from.node, from.handle, other);
      else if (!other && under?.closest(".react-flow__pane")) {
        setMenu({ at: flow.screenToFlowPosition(screen), screen, from });
      }
    },
    [flow, store],
  );

  /** The form takes room at the right: a box that it would push out of sight comes along. */
  const keepInSight = (id: string) => {
    const place = store.state.places.get(id);
    if (!place || !frame.current) return;
    const { x, y, zoom } = flow.getViewport();
    const over = (place.x + BOX_WIDTH) * zoom + x + 24 - frame.current.clientWidth;
    if (over > 0) void flow.setViewport({ x: x - over, y, zoom });
  };

  const many = graph.boxes.length > MANY;
  return (
    <div
      ref={frame}
      className="ckw-flow"
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
        onNodesChange={onNodesChange}
        onEdgesChange={onEdgesChange}
        onNodeDragStop={moved}
        onNodeClick={(_, node) => requestAnimationFrame(() => keepInSight(node.id))}
        onSelectionDragStop={(_, dragged) => moved(null, null, dragged)}
        onConnect={({ source, target, sourceHandle, targetHandle }) => {
          const ends = endsOf(source, sourceHandle ?? "", target, targetHandle ?? "");
          if (ends) connect(store, ends);
        }}
        onConnectStart={onConnectStart}
        onConnectEnd={onConnectEnd}
        isValidConnection={({ source, target, sourceHandle, targetHandle }) => {
          const ends = endsOf(source, sourceHandle ?? "", target, targetHandle ?? "");
          return ends !== null && typeof permission(store, ends) !== "string";
        }}
        onPaneClick={() => {
          setMenu(null);
          // Keys reach the editor only from what has the focus.
          frame.current?.focus({ preventScroll: true });
        }}
        connectionMode={ConnectionMode.Strict}
        connectionRadius={24}
        selectionMode={SelectionMode.Partial}
        selectionKeyCode="Shift"
        multiSelectionKeyCode={["Shift", "Meta", "Control"]}
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
            nodeClassName={(node) =>
              `ckw-mini ckw-role-${(node as BoxNode).data.box.type?.colour_role ?? "unknown"}`
            }
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

/** What is chosen after some changes; null where they change nothing, as when they are told late:
 * then the form of a badge stays open. */
function chosen(
  former: ReadonlySet<string>,
  changes: (NodeChange<BoxNode> | EdgeChange<LineEdge>)[],
): Set<string> | null {
  const ids = new Set(former);
  for (const change of changes) {
    if (change.type !== "select") continue;
    if (change.selected) ids.add(change.id);
    else ids.delete(change.id);
  }
  const same = ids.size === former.size && [...ids].every((id) => former.has(id));
  return same ? null : ids;
}
