import { useRef, useState } from "react";
import { addParameter, connectionsOf, disconnect, dropParameter, duplicate, goTo } from "./actions";
import { nameOf, remove } from "./actions";
import { useStore } from "./context";
import { IconButton, Note } from "./controls";
import { idProblem } from "./document";
import { FieldControl, useDraft } from "./fields";
import { Icon, typeIcon } from "./icons";
import { Levels } from "./Levels";
import { useEditor } from "./store";
import { parameterWords } from "./summary";

/** The form of the node that is selected, or of the parameter whose badge was clicked. */
export function Form() {
  const store = useStore();
  const id = useEditor(store, (state) => state.form);
  const known = useEditor(store, (state) => id !== null && state.types.size > 0);
  // Keyed by the node: what was typed for one never shows at another.
  return id !== null && known ? <NodeForm key={id} id={id} /> : null;
}

function NodeForm({ id }: { id: string }) {
  const store = useStore();
  const node = useEditor(store, ({ history }) =>
    history.now.document.nodes.find((one) => one.id === id),
  );
  const problems = useEditor(store, (state) => state.problems);
  const owner = useEditor(store, (state) => state.graph.badges.get(id));
  if (!node) return null;
  const type = store.state.types.get(node.type);
  const mine = problems.filter((one) => one.node === id);
  const fields = new Set(type?.fields.map((field) => field.name));
  const general = mine.filter((one) => !one.field || !fields.has(one.field));
  return (
    <aside
      className="ckw-form"
      aria-label={store.say("formOf", { name: nameOf(store, id) })}
      data-node={id}
    >
      <header className={`ckw-role-${type?.category ?? "unknown"}`}>
        <span className="ckw-typeicon">
          <Icon name={typeIcon(type ?? null)} />
        </span>
        <h2>{type?.name ?? node.type}</h2>
        {owner !== undefined && (
          <button type="button" onClick={() => goTo(store, owner)}>
            {store.say("partOf", { name: nameOf(store, owner) })}
          </button>
        )}
        <IconButton words={store.say("closeForm")} press={() => store.closeForm()} />
      </header>
      <div className="ckw-formbody">
        {type?.description && <p className="ckw-hint">{type.description}</p>}
        {!type && <p className="ckw-note ckw-problem">{store.say("unknownType", { type: node.type })}</p>}
        {general.map((one) => (
          <p key={one.code + one.message} className={`ckw-note ckw-${one.severity}`}>
            {one.message}
          </p>
        ))}
        {type?.fields.map((field) => (
          <div key={field.name} className="ckw-field">
            <FieldControl
              node={id}
              field={field}
              problem={mine.find((one) => one.field === field.name || one.field === field.python)}
            />
            <Levels node={id} type={type.type} field={field} />
          </div>
        ))}
        <Parameters id={id} />
        <Connections id={id} parameter={type?.parameter ?? false} />
        <NameField key={id} id={id} />
        <div className="ckw-buttons">
          <button
            type="button"
            onClick={() => {
              store.select([owner ?? id]);
              duplicate(store);
            }}
          >
            {store.say("duplicate")}
          </button>
          {owner === undefined && (
            <button
              type="button"
              className="ckw-danger"
              onClick={() => {
                store.select([id]);
                remove(store);
              }}
            >
              {store.say("delete")}
            </button>
          )}
        </div>
      </div>
    </aside>
  );
}

/** The node's own name, which connections and factors refer to it by. */
function NameField({ id }: { id: string }) {
  const store = useStore();
  const [wrong, setWrong] = useState<"empty" | "taken" | "long" | null>(null);
  const typing = useRef(false);
  const draft = useDraft(id, (text) => {
    const wanted = text.trim();
    const found = idProblem(store.document, id, wanted);
    setWrong(found);
    // Only when the field is left: a new name is a new form.
    if (!found && wanted !== id && !typing.current) store.rename(id, wanted);
  });
  return (
    <div className="ckw-control">
      <label htmlFor={`name-${id}`}>{store.say("nodeName")}</label>
      <input
        id={`name-${id}`}
        type="text"
        data-role="node-name"
        {...draft.input}
        aria-invalid={wrong !== null}
        onFocus={() => (typing.current = true)}
        onBlur={(event) => {
          typing.current = false;
          draft.type(event.target.value);
          draft.leave();
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") event.currentTarget.blur();
        }}
      />
      {wrong && <Note>{store.say(`name_${wrong}`)}</Note>}
      <p className="ckw-hint">{store.say("nodeNameHint")}</p>
    </div>
  );
}

function Parameters({ id }: { id: string }) {
  const store = useStore();
  const badges = useEditor(store, (state) => state.graph.boxes.find((box) => box.id === id)?.badges);
  if (!badges?.length) return null;
  return (
    <section>
      <h3>{store.say("parameters")}</h3>
      {badges.map((badge) => {
        const { node } = badge;
        if (!node) {
          return (
            <button
              key={badge.handle}
              type="button"
              className="ckw-addparameter"
              onClick={() => addParameter(store, id, badge.input)}
            >
              <Icon name="plus" size={12} /> {store.say("addParameter", { name: badge.title })}
            </button>
          );
        }
        const type = store.state.types.get(node.type);
        return (
          <div key={badge.handle + badge.connection} className="ckw-entry">
            <button type="button" onClick={() => store.openForm(node.id, id)}>
              <Icon name={badge.kind} size={13} /> {badge.title}:{" "}
              <b>{type ? parameterWords(node, type) : node.id}</b>
              {badge.shared > 1 && <em> {store.say("sharedBy", { n: badge.shared })}</em>}
            </button>
            <IconButton words={store.say("removeParameter", { name: badge.title })} press={() => dropParameter(store, node.id, badge.connection)} size={12} />
          </div>
        );
      })}
    </section>
  );
}

/** What leads to a node and where it leads; for a parameter, who takes it. */
function Connections({ id, parameter }: { id: string; parameter: boolean }) {
  const store = useStore();
  const graph = useEditor(store, (state) => state.graph);
  const all = connectionsOf(store, id).filter(([, one]) => parameter || !graph.badges.has(one.sourceId));
  return (
    <section>
      <h3>{store.say(parameter ? "usedBy" : "connections")}</h3>
      {parameter && all.length > 1 && <p className="ckw-hint">{store.say("sharedHint")}</p>}
      {all.map(([index, one]) => {
        const out = one.sourceId === id;
        const other = out ? one.targetId : one.sourceId;
        const link = graph.resolved.links.find((item) => item.index === index);
        const port = link && (out ? link.output.title : link.input.title);
        const words = `${out ? "→" : "←"} ${nameOf(store, other)}`;
        return (
          <div key={index} className="ckw-entry">
            <button type="button" onClick={() => goTo(store, other)}>
              {words} <small>{[port, link?.feedback && store.say("feedback")].filter(Boolean).join(" · ")}</small>
            </button>
            <IconButton
              words={`${store.say("disconnect")}: ${words}`}
              size={12}
              press={() => (parameter ? dropParameter(store, id, index) : disconnect(store, index))}
            />
          </div>
        );
      })}
      <button type="button" className="ckw-addparameter" onClick={() => store.show({ panel: "connect" })}>
        <Icon name="link" size={13} /> {store.say("connectTo")}
      </button>
    </section>
  );
}
