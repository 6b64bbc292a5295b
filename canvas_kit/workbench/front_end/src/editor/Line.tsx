import {
  BaseEdge,
  EdgeLabelRenderer,
  getBezierPath,
  getSmoothStepPath,
  type Edge,
  type EdgeProps,
} from "@xyflow/react";
import { memo } from "react";
import { disconnect } from "./actions";
import { useStore } from "./context";
import type { LineView } from "./graph";
import { Icon } from "./icons";

export type LineEdge = Edge<{ line: LineView }, "line">;

/** A connection. What leads back is dashed and goes round below. */
export const Line = memo(function Line({
  sourceX,
  sourceY,
  targetX,
  targetY,
  sourcePosition,
  targetPosition,
  selected,
  data,
}: EdgeProps<LineEdge>) {
  const store = useStore();
  const line = data!.line;
  const ends = { sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition };
  // Below both boxes; or between them, where one stands in a row of its own further down.
  const below = line.feedback || Math.abs(targetY - sourceY) < 160;
  const round = below ? { centerY: Math.max(sourceY, targetY) + 110 } : {};
  const [path, x, y] =
    line.feedback || targetX < sourceX - 20
      ? getSmoothStepPath({ ...ends, borderRadius: 18, offset: 26, ...round })
      : getBezierPath(ends);
  const kind = line.broken ? "ckw-broken" : line.feedback ? "ckw-feedback" : `ckw-kind-${line.kind}`;
  return (
    <>
      <BaseEdge path={path} className={`ckw-edge ${kind}`} interactionWidth={18} />
      {selected && (
        <EdgeLabelRenderer>
          <button
            type="button"
            className="ckw-cut nodrag nopan"
            style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
            title={store.say("disconnect")}
            aria-label={store.say("disconnect")}
            onClick={() => disconnect(store, line.index)}
          >
            <Icon name="close" size={12} />
          </button>
        </EdgeLabelRenderer>
      )}
    </>
  );
});
