import { useStore } from "./context";
import { useDraft } from "./fields";
import { Icon } from "./icons";
import { Picker } from "./Picker";
import type { Field, Level } from "./protocol";
import { useEditor } from "./store";
import { choicesOf } from "./summary";
import { canDoWithout, factorKey, lines, typed, WITHOUT, withLevels } from "./vary";

/** Makes a field an axis, and says its levels. */
export function Levels({ node, type, field }: { node: string; type: string; field: Field }) {
  const store = useStore();
  const key = factorKey(node, field.name);
  const levels = useEditor(store, ({ history }) => history.now.vary.factors[key]);
  const choices = useEditor(store, (state) => state.choices);
  const set = (fresh: Level[] | null) =>
    store.edit({ vary: withLevels(store.vary, key, fresh) }, { key: `vary ${key}` });
  if (field.kind === "image" || field.kind === "boolean") return null;
  if (!levels) {
    const value = store.document.nodes.find((one) => one.id === node)?.[field.name] ?? field.default;
    return (
      <button
        type="button"
        className="ckw-vary"
        title={store.say("varyHint")}
        onClick={() => set(value == null || value === "" ? [] : [value as Level])}
      >
        <Icon name="vary" size={13} /> {store.say("varyThis")}
      </button>
    );
  }
  const listed = field.kind === "preset" || field.kind === "choice" || field.kind.endsWith("_model");
  const known = choicesOf(field, choices).filter(
    (choice) => choice.value !== "" || field.kind === "choice",
  );
  const own = levels.filter((level) => level !== WITHOUT);
  const without = levels.includes(WITHOUT);
  const both = (some: Level[], control: boolean) => [...some, ...(control ? [WITHOUT] : [])];
  return (
    <div className="ckw-levels" role="group" aria-label={store.say("levelsOf", { name: field.title })}>
      <p>
        <Icon name="vary" size={13} /> <b>{store.say("nLevels", { n: levels.length })}</b>
        <button type="button" onClick={() => set(null)}>
          {store.say("varyNot")}
        </button>
      </p>
      {listed ? (
        <Picker
          label={store.say("levelsOf", { name: field.title })}
          value=""
          choices={known}
          free={field.kind.endsWith("_model")}
          several={own.map(String)}
          onPick={(value) =>
            set(
              both(own.includes(value) ? own.filter((one) => one !== value) : [...own, value], without),
            )
          }
        />
      ) : (
        <TypedLevels field={field} levels={own} set={(fresh) => set(both(fresh, without))} />
      )}
      {canDoWithout(type, store.state.types) && (
        <label className="ckw-check" title={store.say("withoutHint")}>
          <input
            type="checkbox"
            checked={without}
            onChange={(event) => set(both(own, event.target.checked))}
          />
          {store.say("without")}
        </label>
      )}
    </div>
  );
}

function TypedLevels({
  field,
  levels,
  set,
}: {
  field: Field;
  levels: Level[];
  set: (levels: Level[]) => void;
}) {
  const store = useStore();
  const draft = useDraft(lines(levels), (text) => set(typed(text, field)));
  const number = field.kind === "number" || field.kind === "integer";
  const hint = store.say(number ? "numbersHint" : "linesHint");
  return (
    <>
      <textarea
        {...draft.input}
        rows={Math.max(3, Math.min(12, draft.value.split("\n").length + 1))}
        aria-label={store.say("levelsOf", { name: field.title })}
        placeholder={hint}
      />
      <p className="ckw-hint">{hint}</p>
    </>
  );
}
