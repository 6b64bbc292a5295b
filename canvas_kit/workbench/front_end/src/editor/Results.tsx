import { memo, useRef, useState } from "react";
import type { JobSnapshot, RunRow } from "../host";
import { nameOf } from "./actions";
import { useStore } from "./context";
import { IconButton } from "./controls";
import { useFocus } from "./focus";
import { Picture } from "./Picture";
import { clock, isGoing } from "./runs";
import type { Level } from "./protocol";
import { statusKey, useEditor, useJob, type EditorStore } from "./store";
import { titleOf } from "./summary";

const IN_STRIP = 24;

/** How far the job is, and the latest of what it made. */
export function Results({ onOpenGallery }: { onOpenGallery?: (folder: string) => void }) {
  const store = useStore();
  const job = useJob(store);
  const [grid, setGrid] = useState(false);
  const following = useEditor(store, (state) => state.job);
  if (following === null) return null;
  if (job === null) {
    return (
      <footer className="ckw-results">
        <p className="ckw-hint">{store.say("waits")}</p>
      </footer>
    );
  }
  const batch = job.kind === "batch";
  const rows = batch ? store.runs.rows().filter((row) => row.media.length > 0) : [];
  const going = isGoing(job);
  return (
    <footer className={`ckw-results ckw-${job.state}`} aria-label={store.say("results")}>
      <div className="ckw-jobline">
        <strong>{stateWords(store.say, job)}</strong>
        {batch && (
          <>
            <progress max={job.total || 1} value={job.ended} aria-label={store.say("progress")} />
            <span>{store.say("counts", { ended: job.ended, total: job.total })}</span>
            {job.wanting > 0 && (
              <span className="ckw-error">{store.say("wanting", { n: job.wanting })}</span>
            )}
          </>
        )}
        <span className="ckw-time">{clock(job.seconds)}</span>
        {going && job.seconds_left !== null && (
          <span className="ckw-time">{store.say("left", { time: clock(job.seconds_left) })}</span>
        )}
        {job.error && <span className="ckw-error">{job.error}</span>}
        {!job.error && job.messages.length > 0 && (
          <span className="ckw-hint" title={job.messages.join("\n")}>
            {job.messages.at(-1)}
          </span>
        )}
        <span className="ckw-space" />
        {rows.length > 1 && (
          <button type="button" aria-pressed={grid} onClick={() => setGrid(!grid)}>
            {store.say(grid ? "asStrip" : "asGrid")}
          </button>
        )}
        {onOpenGallery && job.folder && job.completed > 0 && (
          <button type="button" onClick={() => onOpenGallery(job.folder!)}>
            {store.say("openGallery")}
          </button>
        )}
        {!going && (
          <IconButton words={store.say("forgetJob")} press={() => store.forget()} />
        )}
      </div>
      {grid ? <Grid rows={rows} /> : rows.length > 0 && <Strip rows={rows} />}
    </footer>
  );
}

function stateWords(say: ReturnType<typeof useStore>["say"], job: JobSnapshot): string {
  if (job.state === "ended") return say(statusKey(job.status));
  return say(`job_${job.state}`);
}

/** Says factors and levels of a run as the forms do: by the names of nodes, fields and choices. */
function wording(store: EditorStore) {
  const { types, choices } = store.state;
  const fieldOf = (key: string) => {
    const cut = key.lastIndexOf(".");
    const node = store.document.nodes.find((one) => one.id === key.slice(0, cut));
    return types.get(node?.type ?? "")?.fields.find((one) => one.python === key.slice(cut + 1));
  };
  const factor = (key: string) => {
    const field = fieldOf(key);
    return field ? `${nameOf(store, key.slice(0, key.lastIndexOf(".")))} · ${field.title}` : key;
  };
  const level = (key: string, value: Level | undefined) => {
    const field = fieldOf(key);
    return value == null ? "–" : field ? titleOf(field, value, choices) : String(value);
  };
  return { factor, level };
}

/** A run's picture. It stays as it is while more come. */
const Shot = memo(function Shot({ row }: { row: RunRow }) {
  const store = useStore();
  const media = row.media[0]!;
  const { level } = wording(store);
  const levels = Object.entries(row.levels).map(([key, value]) => level(key, value));
  const words = levels.join(" · ") || `${row.index + 1}`;
  return (
    <button
      type="button"
      className="ckw-shot"
      title={words}
      onClick={() => {
        const all = store.runs.rows().flatMap((one) => one.media.slice(0, 1));
        store.look({ media: all, place: all.indexOf(media), text: words });
      }}
    >
      <Picture host={store.host} media={media} edge={160} alt={words} />
    </button>
  );
});

function Strip({ rows }: { rows: readonly RunRow[] }) {
  const latest = rows.slice(-IN_STRIP).reverse();
  return (
    <div className="ckw-strip">
      {latest.map((row) => (
        <Shot key={row.run_id} row={row} />
      ))}
    </div>
  );
}

/** The pictures by their levels: the first factor down, the second across, others side by side. */
function Grid({ rows }: { rows: readonly RunRow[] }) {
  const say = wording(useStore());
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.levels)))].filter(
    (name) => new Set(rows.map((row) => row.levels[name])).size > 1,
  );
  const [down, across] = names;
  const levels = (name: string | undefined) =>
    name === undefined ? [undefined] : [...new Set(rows.map((row) => row.levels[name]))];
  const cells = new Map<string, RunRow[]>();
  const cell = (level?: Level, other?: Level) => JSON.stringify([level, other]);
  for (const row of rows) {
    const key = cell(down && row.levels[down], across && row.levels[across]);
    cells.set(key, [...(cells.get(key) ?? []), row]);
  }
  return (
    <div className="ckw-gridframe" tabIndex={0}>
      <table className="ckw-grid">
        {across !== undefined && (
          <thead>
            <tr>
              <th>{[down!, across].map(say.factor).join(" / ")}</th>
              {levels(across).map((level) => (
                <th key={String(level)} scope="col">
                  {say.level(across, level)}
                </th>
              ))}
            </tr>
          </thead>
        )}
        <tbody>
          {levels(down).map((level) => (
            <tr key={String(level)}>
              <th scope="row">{down === undefined ? "" : say.level(down, level)}</th>
              {levels(across).map((other) => (
                <td key={String(other)}>
                  {cells.get(cell(level, other))?.map((row) => (
                    <Shot key={row.run_id} row={row} />
                  ))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A picture in large, with what is known of it. */
export function Lightbox() {
  const store = useStore();
  const looking = useEditor(store, (state) => state.looking);
  const box = useRef<HTMLDivElement>(null);
  useFocus(box, looking !== null);
  if (!looking) return null;
  const { media, place, text } = looking;
  const shown = media[place]!;
  const go = (by: number) => {
    const next = (place + by + media.length) % media.length;
    store.look({ ...looking, place: next });
  };
  const size = shown.width && shown.height ? `${shown.width} × ${shown.height}` : "";
  return (
    <div
      ref={box}
      className="ckw-lightbox"
      role="dialog"
      aria-label={store.say("picture")}
      tabIndex={-1}
      onClick={() => store.look(null)}
      onKeyDown={(event) => {
        if (event.key === "Escape") store.look(null);
        else if (event.key === "ArrowRight") go(1);
        else if (event.key === "ArrowLeft") go(-1);
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      <Picture key={shown.sha256 + shown.file} host={store.host} media={shown} edge={0} alt={text} />
      <p onClick={(event) => event.stopPropagation()}>
        {[media.length > 1 && `${place + 1}/${media.length}`, size, shown.file, text]
          .filter(Boolean)
          .join(" · ")}
      </p>
      <IconButton words={store.say("close")} press={() => store.look(null)} size={20} />
    </div>
  );
}
