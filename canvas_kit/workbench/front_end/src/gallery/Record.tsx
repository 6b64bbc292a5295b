import type { ReactNode } from "react";
import { verdictText } from "./differences";
import { Icon } from "./Icon";
import type { GalleryDetails } from "./protocol";
import type { Speech } from "./words";

interface RecordProps {
  details: GalleryDetails | undefined;
  say: Speech;
  copy: (text: string) => void;
}

/** Everything that is known of a picture. */
export function RecordPanel({ details, say, copy }: RecordProps) {
  if (!details) return <p className="ckw-gallery-hint">{say("loading")}</p>;
  const { key, mine, record, problem } = details;
  const field = (name: string, value: string, code = false): ReactNode =>
    value && (
      <div className="ckw-gallery-field" key={name}>
        <dt>{say.facet(name)}</dt>
        <dd>
          {code ? <code>{value}</code> : value}
          <CopyButton say={say} title={say.facet(name)} copy={() => copy(value)} />
        </dd>
      </div>
    );
  return (
    <>
      {problem && <p className="ckw-gallery-fault">{problem}</p>}
      <dl className="ckw-gallery-fields">
        {field("tag", mine.tags.join(", "))}
        {field("note", mine.note)}
        {record &&
          Object.entries(record.levels).map(([factor, level]) =>
            field(`level ${factor}`, say.value(factor, level)),
          )}
        {record && field("prompt", record.prompts.join("\n"))}
        {record && field("preset", record.presets.join(", "))}
        {record && field("model", record.model)}
        {record && field("backend", record.backend)}
        {record && field("seed", record.seed ?? "", true)}
        {field("size", key.width ? `${key.width} × ${key.height}` : "")}
        {record && field("bytes", record.size_bytes ? say.number(record.size_bytes) : "")}
        {record &&
          field(
            "verdict",
            record.verdicts
              .map((verdict) => [verdictText(verdict), verdict.reason].filter(Boolean).join(": "))
              .join("\n"),
          )}
        {record && field("status", say.value("status", record.status))}
        {record && field("started", record.started_at && new Date(record.started_at).toLocaleString())}
        {record && field("canvas", record.canvas)}
        {record && field("batch", record.batch)}
        {record && field("node", record.node_id)}
        {record && field("round", record.round > 1 ? String(record.round) : "")}
        {record && field("run", key.run_id, true)}
        {record && field("folder", record.folder, true)}
        {record && field("file", key.file, true)}
        {record && field("hash", textIn(record.entity.sha256) || key.sha256, true)}
      </dl>
      {record && record.ratings.length > 0 && (
        <details open>
          <summary>{say("raters")}</summary>
          {record.ratings.map((rating) => (
            <p key={rating.rater}>
              <strong>{rating.rater}</strong> {say.rating(rating.rating)}
              {rating.blind && ` (${say("rated blind")})`} {rating.tags.join(" · ")} {rating.note}
            </p>
          ))}
        </details>
      )}
      {record && (
        <details open>
          <summary>{say("texts")}</summary>
          {!record.texts.length && <p className="ckw-gallery-hint">{say("no texts")}</p>}
          {record.texts.map((text) => (
            <section key={`${text.node_id} ${text.round} ${text.file}`}>
              <h4>
                {text.node_id}
                {text.round > 1 && ` · ${text.round}`}
                <CopyButton say={say} title={text.node_id} copy={() => copy(text.text)} />
              </h4>
              <pre>{text.text}</pre>
            </section>
          ))}
        </details>
      )}
      {record && (
        <details>
          <summary>{say("everything")}</summary>
          <pre>{JSON.stringify(record.entity, null, 2)}</pre>
        </details>
      )}
      {!record && !problem && <p className="ckw-gallery-hint">{say("blind hides")}</p>}
    </>
  );
}

const textIn = (value: unknown): string => (typeof value === "string" ? value : "");

function CopyButton({ say, title, copy }: { say: Speech; title: string; copy: () => void }) {
  const label = `${say("copy")}: ${title}`;
  return (
    <button type="button" className="ckw-gallery-copy" aria-label={label} title={label} onClick={copy}>
      <Icon name="copy" />
    </button>
  );
}
