import { useCallback, useEffect, useId, useRef, useState, type ChangeEvent } from "react";
import { useStore } from "./context";
import { Note } from "./controls";
import { withField } from "./document";
import { Picker } from "./Picker";
import type { Field, FoundProblem } from "./protocol";
import { useEditor } from "./store";
import { choicesOf, imageAddress } from "./summary";

const PAUSE_MS = 700;
const LARGEST_PICTURE = 24 * 2 ** 20;

type Typed = ChangeEvent<HTMLInputElement | HTMLTextAreaElement>;

/** What is typed, handed on after a pause, at Enter, and when the field is left or goes away. */
export function useDraft(value: string, commit: (draft: string) => void) {
  const [draft, setDraft] = useState<string | null>(null);
  const pending = useRef<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const committing = useRef(commit);
  committing.current = commit;
  const flush = useCallback(() => {
    clearTimeout(timer.current);
    const text = pending.current;
    pending.current = null;
    if (text !== null) committing.current(text);
  }, []);
  useEffect(() => flush, [flush]);
  // What the document says wins over what was typed and handed on.
  useEffect(() => {
    if (pending.current === null) setDraft(null);
  }, [value]);
  const type = (text: string) => {
    setDraft(text);
    pending.current = text;
    clearTimeout(timer.current);
    timer.current = setTimeout(flush, PAUSE_MS);
  };
  const leave = () => {
    flush();
    setDraft(null);
  };
  const shown = draft ?? value;
  /** For the element that is typed into. */
  const input = { value: shown, onChange: (event: Typed) => type(event.target.value), onBlur: leave };
  return { value: shown, type, leave, flush, input };
}

/** What is wrong with a number that was typed, or null; and the value that it gives. */
export function readNumber(field: Field, text: string): { value: unknown; wrong: string | null } {
  const word = text.trim().replace(",", ".");
  if (!word) return { value: undefined, wrong: null };
  const number = Number(word);
  if (!Number.isFinite(number)) return { value: null, wrong: "notANumber" };
  if (field.kind === "integer" && !/^-?\d+$/.test(word)) return { value: null, wrong: "notWhole" };
  if (field.minimum !== undefined && number < field.minimum) return { value: null, wrong: "tooSmall" };
  if (field.maximum !== undefined && number > field.maximum) return { value: null, wrong: "tooLarge" };
  // Larger than JavaScript counts exactly: the digits travel as they are.
  return { value: Number.isInteger(number) && !Number.isSafeInteger(number) ? word : number, wrong: null };
}

/** The control of one field of a node. */
export function FieldControl({
  node,
  field,
  problem,
}: {
  node: string;
  field: Field;
  problem: FoundProblem | undefined;
}) {
  const store = useStore();
  const id = useId();
  const value = useEditor(store, ({ history }) => {
    const found = history.now.document.nodes.find((one) => one.id === node);
    return found?.[field.name];
  });
  const choices = useEditor(store, (state) => state.choices);
  const set = useCallback(
    (fresh: unknown) => {
      const document = withField(store.document, node, field.name, fresh);
      store.edit({ document }, { key: `field ${node}.${field.name}` });
    },
    [store, node, field],
  );
  const shown = value ?? (["number", "integer"].includes(field.kind) ? "" : (field.default ?? ""));
  const control = (() => {
    switch (field.kind) {
      case "preset":
        return (
          <Picker
            id={id}
            label={field.title}
            value={String(shown)}
            choices={field.choices ?? []}
            onPick={set}
          />
        );
      case "choice": {
        const known = field.choices ?? [];
        const listed = value == null && field.default == null;
        return (
          <select id={id} value={String(shown)} onChange={(event) => set(event.target.value || undefined)}>
            {listed && <option value="">{store.say("unset")}</option>}
            {known.map((one) => (
              <option key={one.value} value={one.value} title={one.description}>
                {one.title}
              </option>
            ))}
          </select>
        );
      }
      case "text_model":
      case "vision_model":
      case "media_model": {
        const known = choicesOf(field, choices);
        const models = known.filter((one) => one.value !== "");
        const usual = known.find((one) => one.default);
        return (
          <Picker
            id={id}
            label={field.title}
            value={String(value ?? "")}
            choices={models}
            empty={usual ? store.say("usualModel", { name: usual.title }) : store.say("usual")}
            free
            onPick={(picked) => set(picked || undefined)}
          />
        );
      }
      case "boolean":
        return (
          <input id={id} type="checkbox" checked={Boolean(shown)} onChange={(event) => set(event.target.checked)} />
        );
      case "image":
        return <ImageField id={id} field={field} value={value} set={set} />;
      case "number":
      case "integer":
        return <NumberField id={id} field={field} value={value} set={set} />;
      default:
        return <TextField id={id} field={field} value={String(shown)} set={set} />;
    }
  })();
  return (
    <div className={`ckw-control ckw-control-${field.kind}`} data-field={field.name}>
      {field.kind !== "preset" && !field.kind.endsWith("_model") ? (
        <label htmlFor={id}>{field.title}</label>
      ) : (
        <span className="ckw-label">{field.title}</span>
      )}
      {control}
      {problem && <Note severity={problem.severity}>{problem.message}</Note>}
      {!problem && field.description && <p className="ckw-hint">{field.description}</p>}
    </div>
  );
}

interface Part<Value> {
  id: string;
  field: Field;
  value: Value;
  set: (value: unknown) => void;
}

function TextField({ id, field, value, set }: Part<string>) {
  const empty = field.default == null || field.default === "" ? undefined : "";
  const draft = useDraft(value, (text) => set(text === "" ? empty : text));
  const shared = { ...draft.input, id, placeholder: field.placeholder, lang: "" };
  if (field.kind === "long_text") {
    const rows = Math.min(14, Math.max(4, draft.value.split("\n").length + 1, draft.value.length / 34));
    return (
      <textarea
        {...shared}
        rows={Math.round(rows)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) draft.flush();
        }}
      />
    );
  }
  return (
    <input
      {...shared}
      type="text"
      onKeyDown={(event) => event.key === "Enter" && draft.flush()}
    />
  );
}

function NumberField({ id, field, value, set }: Part<unknown>) {
  const store = useStore();
  const [wrong, setWrong] = useState<string | null>(null);
  const draft = useDraft(value == null ? "" : String(value), (text) => {
    const found = readNumber(field, text);
    setWrong(found.wrong);
    if (found.wrong === null) set(found.value);
  });
  const whole = field.kind === "integer";
  const range =
    field.minimum !== undefined && field.maximum !== undefined
      ? { min: field.minimum, max: field.maximum }
      : null;
  // A slider where a step of it can be meant; seeds have too many numbers.
  const slider = range && range.max - range.min <= 5000;
  const step = whole ? (range && range.max - range.min > 1000 ? 8 : 1) : 0.1;
  const now = draft.value === "" ? String(field.default ?? range?.min ?? 0) : draft.value;
  const seed = field.name === "seedValue";
  return (
    <>
      <div className="ckw-number">
        <input
          id={id}
          type="text"
          inputMode={whole ? "numeric" : "decimal"}
          {...draft.input}
          placeholder={field.placeholder ?? (field.default == null ? "" : String(field.default))}
          aria-invalid={wrong !== null}
          onKeyDown={(event) => {
            if (event.key === "Enter") draft.flush();
            const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
            if (!by || !Number.isFinite(Number(now))) return;
            event.preventDefault();
            const next = Math.round((Number(now) + by * step) * 1000) / 1000;
            draft.type(String(Math.max(range?.min ?? next, Math.min(range?.max ?? next, next))));
          }}
        />
        {slider && (
          <input
            type="range"
            {...draft.input}
            min={range.min}
            max={range.max}
            step={step}
            value={Number(now)}
            aria-label={field.title}
            onPointerUp={draft.flush}
          />
        )}
        {seed && (
          <button
            type="button"
            title={store.say("drawSeed")}
            aria-label={store.say("drawSeed")}
            onClick={() => set(Math.floor(Math.random() * 2 ** 31))}
          >
            ⚄
          </button>
        )}
      </div>
      {wrong && <Note>{store.say(wrong as "notANumber", { min: field.minimum ?? "", max: field.maximum ?? "" })}</Note>}
    </>
  );
}

function ImageField({ id, field, value, set }: Part<unknown>) {
  const store = useStore();
  const [wrong, setWrong] = useState("");
  const [over, setOver] = useState(false);
  const address = imageAddress(value);
  const path = typeof value === "string" && !value.startsWith("data:") ? value : "";
  const draft = useDraft(path, (text) => set(text || undefined));
  const take = (file: File | undefined | null) => {
    if (!file) return;
    if (!/^image\/(png|jpeg|webp)$/.test(file.type)) setWrong(store.say("notAPicture"));
    else if (file.size > LARGEST_PICTURE) setWrong(store.say("pictureTooLarge"));
    else {
      setWrong("");
      const reader = new FileReader();
      reader.onload = () => set(reader.result);
      reader.onerror = () => setWrong(store.say("notAPicture"));
      reader.readAsDataURL(file);
    }
  };
  return (
    <div
      className={`ckw-upload${over ? " ckw-over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer.files[0]);
      }}
      onPaste={(event) => take(event.clipboardData.files[0])}
    >
      {address && <img src={address} alt={field.title} />}
      <label className="ckw-button">
        {store.say(address ? "otherPicture" : "choosePicture")}
        <input
          id={id}
          type="file"
          accept="image/png,image/jpeg,image/webp"
          onChange={(event) => take(event.target.files?.[0])}
        />
      </label>
      {address ? (
        <button type="button" onClick={() => set(undefined)}>
          {store.say("removePicture")}
        </button>
      ) : (
        <input
          type="text"
          {...draft.input}
          placeholder={store.say("picturePath")}
          aria-label={store.say("picturePath")}
        />
      )}
      {wrong && <Note>{wrong}</Note>}
    </div>
  );
}
