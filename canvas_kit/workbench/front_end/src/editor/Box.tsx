import { Handle, Position, useUpdateNodeInternals, type Node, type NodeProps } from "@xyflow/react";
import { memo, useEffect, useRef } from "react";
import type { NodeProgress } from "../host";
import { addParameter, nameOf } from "./actions";
import { useStore } from "./context";
import type { BadgeView, BoxView, PortView } from "./graph";
import { Icon, typeIcon } from "./icons";
import { Picture } from "./Picture";
import { useEditor, useNodeRun } from "./store";
import { calledBy, parameterWords, summary } from "./summary";
import { axes } from "./vary";

export type BoxNode = Node<{ box: BoxView }, "box">;

/** A node of the canvas. */
export const Box = memo(function Box({ id, data }: NodeProps<BoxNode>) {
  const store = useStore();
  const { box } = data;
  const { node, type } = box;
  const choices = useEditor(store, (state) => state.choices);
  const problem = useEditor(store, (state) => {
    const here = state.problems.filter((one) => one.node === id);
    return here.find((one) => one.severity === "problem") ?? here[0];
  });
  const update = useUpdateNodeInternals();
  const handles = box.inputs.map((port) => port.handle).join();
  const drawn = useRef(handles);
  useEffect(() => {
    // React Flow measures a new box itself; asked by each of hundreds, it would take seconds.
    if (drawn.current === handles) return;
    drawn.current = handles;
    update(id);
  }, [id, handles, update]);
  const { name, more } = calledBy(node, type);
  const fault = problem ? ` ckw-${problem.severity}` : "";
  const lines = type ? summary(node, type, choices) : [];
  return (
    <div
      className={`ckw-box ckw-role-${type?.category ?? "unknown"}${fault}`}
      title={type?.description}
    >
      <header>
        <span className="ckw-typeicon">
          <Icon name={typeIcon(type)} />
        </span>
        <span className="ckw-name">{name}</span>
        <span className="ckw-aside">{more}</span>
        {problem && (
          <span className="ckw-fault" title={problem.message}>
            <Icon name="warning" size={14} />
          </span>
        )}
        <RunMark id={id} />
      </header>
      {lines.map((line, index) =>
        line.kind === "picture" ? (
          line.words && <img key={index} className="ckw-own" src={line.words} alt="" draggable={false} />
        ) : (
          <p key={index} className={`ckw-line-${line.kind}`}>
            {line.words}
          </p>
        ),
      )}
      <Axes id={id} />
      {(box.inputs.length > 0 || box.outputs.length > 0) && (
        <div className="ckw-ports">
          <ul>
            {box.inputs.map((port) => (
              <Port key={port.handle} node={id} port={port} out={false} />
            ))}
          </ul>
          <ul className="ckw-out">
            {box.outputs.map((port) => (
              <Port key={port.handle} node={id} port={port} out />
            ))}
          </ul>
        </div>
      )}
      {box.badges.length > 0 && (
        <div className="ckw-badges">
          {box.badges.map((badge) => (
            <Badge key={badge.handle + badge.connection} node={id} badge={badge} />
          ))}
        </div>
      )}
      <RunView id={id} name={nameOf(store, id)} given={type?.inputs.length === 0} />
    </div>
  );
});

/** Whether a handle can take the connection that is being drawn. */
function useFit(node: string, handle: string): string {
  const store = useStore();
  return useEditor(store, ({ connecting }) => {
    if (!connecting) return "";
    if (connecting.node === node && connecting.handle === handle) return " ckw-from";
    return connecting.fits.has(`${node}\0${handle}`) ? " ckw-fits" : " ckw-dim";
  });
}

function Port({ node, port, out }: { node: string; port: PortView; out: boolean }) {
  const fit = useFit(node, port.handle);
  const connected = port.connected ? " ckw-connected" : "";
  const required = port.required && !port.connected ? " ckw-required" : "";
  const judged = out && ["passed", "failed"].includes(port.name) ? ` ckw-${port.name}` : "";
  return (
    <li className={`ckw-portrow${fit}${judged}`}>
      <Handle
        type={out ? "source" : "target"}
        position={out ? Position.Right : Position.Left}
        id={port.handle}
        className={`ckw-port ckw-kind-${port.kind}${connected}${required}`}
        aria-label={port.title}
        title={port.title}
      />
      <span>{port.title}</span>
    </li>
  );
}

/** A parameter of a node, set or not; a click sets it. */
function Badge({ node, badge }: { node: string; badge: BadgeView }) {
  const store = useStore();
  const fit = useFit(node, badge.handle);
  const open = useEditor(store, (state) => badge.node !== null && state.form === badge.node.id);
  const varied = useEditor(store, (state) => {
    const { vary, document } = state.history.now;
    const mine = badge.node && axes(vary, document, state.types).find((one) => one.node === badge.node!.id);
    return mine ? mine.levels.length : 0;
  });
  const fault = useEditor(store, (state) =>
    state.problems.find((one) => badge.node && one.node === badge.node.id),
  );
  const type = badge.node && store.state.types.get(badge.node.type);
  const words = badge.node && type ? parameterWords(badge.node, type) : "";
  const shared = badge.shared > 1 ? store.say("sharedBy", { n: badge.shared }) : "";
  const label = words ? `${badge.title}: ${words}` : store.say("addParameter", { name: badge.title });
  const classes = `ckw-badge${words ? "" : " ckw-unset"}${fit}${fault ? ` ckw-${fault.severity}` : ""}`;
  return (
    <span className={`${classes}${open ? " ckw-open" : ""}`}>
      <Handle
        type="target"
        position={Position.Left}
        id={badge.handle}
        className={`ckw-port ckw-kind-${badge.kind}${words ? " ckw-connected" : ""}`}
        aria-label={badge.title}
      />
      <button
        type="button"
        className="nodrag"
        title={[label, shared, fault?.message].filter(Boolean).join("\n")}
        aria-label={[label, shared].filter(Boolean).join(", ")}
        onClick={(event) => {
          event.stopPropagation();
          if (badge.node) store.openForm(badge.node.id, node);
          else addParameter(store, node, badge.input);
        }}
      >
        <Icon name={badge.kind} size={12} />
        {words || badge.title}
        {varied > 0 && <b className="ckw-times">× {varied}</b>}
        {shared && <span className="ckw-shared">{badge.shared}×</span>}
      </button>
    </span>
  );
}

/** What varies on a node. */
function Axes({ id }: { id: string }) {
  const store = useStore();
  const words = useEditor(store, (state) => {
    const { vary, document } = state.history.now;
    const mine = axes(vary, document, state.types).filter((one) => one.node === id);
    return mine.map((one) => `${one.field.title} × ${one.levels.length}`).join("\n");
  });
  if (!words) return null;
  return (
    <div className="ckw-axes">
      {words.split("\n").map((axis) => (
        <span key={axis} title={store.say("varies")}>
          <Icon name="vary" size={12} /> {axis}
        </span>
      ))}
    </div>
  );
}

function RunMark({ id }: { id: string }) {
  const store = useStore();
  const run = useNodeRun(store, id);
  if (!run) return null;
  const words = store.say(`state_${run.state}`);
  const icon = { completed: "check", failed: "close", refused: "close", cancelled: "stop" }[
    run.state as string
  ];
  return (
    <span className={`ckw-mark ckw-state-${run.state}`} role="img" aria-label={words} title={words}>
      {icon ? <Icon name={icon} size={12} /> : null}
    </span>
  );
}

/** How far a node is, and what it made; not again what was `given` and stands on it anyway. */
function RunView({ id, name, given }: { id: string; name: string; given: boolean }) {
  const store = useStore();
  const run = useNodeRun(store, id);
  const [first] = run?.media ?? [];
  if (!run || (run.state === "waiting" && !first && !run.text)) return null;
  const preview = run.state === "running" && run.preview;
  return (
    <div className="ckw-run" data-state={run.state}>
      <Progress run={run} />
      {preview && (
        <img className="ckw-picture" src={preview} alt={store.say("preview", { name })} draggable={false} />
      )}
      {first && !preview && (
        <button
          type="button"
          className="ckw-thumb nodrag"
          onClick={(event) => {
            event.stopPropagation();
            store.look({ media: run.media, place: 0, text: run.text });
          }}
          aria-label={store.say("look", { name })}
        >
          <Picture host={store.host} media={first} edge={320} alt={store.say("result", { name })} />
          {run.media.length > 1 && <b className="ckw-more">{run.media.length}</b>}
        </button>
      )}
      {!first && !given && run.text && <p className="ckw-made">{run.text}</p>}
      {run.message && run.state !== "completed" && (
        <p className={run.state === "running" ? "ckw-message" : "ckw-error"}>{run.message}</p>
      )}
      {(run.reused || run.round > 1) && (
        <p className="ckw-message">
          {[run.round > 1 && store.say("round", { n: run.round }), run.reused && store.say("reused")]
            .filter(Boolean)
            .join(" · ")}
        </p>
      )}
    </div>
  );
}

function Progress({ run }: { run: NodeProgress }) {
  if (run.state !== "running") return null;
  const { step, total } = run;
  const known = step !== null && total !== null && total > 0;
  return (
    <div
      className={`ckw-progress${known ? "" : " ckw-unknown"}`}
      role="progressbar"
      aria-valuenow={known ? step : undefined}
      aria-valuemax={known ? total : undefined}
    >
      <i style={known ? { width: `${(100 * step) / total}%` } : undefined} />
      {known && (
        <span>
          {step}/{total}
        </span>
      )}
    </div>
  );
}
