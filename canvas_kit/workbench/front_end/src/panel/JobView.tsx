/** One job, live: its nodes, its latest pictures, where it lies, how to get at it in Python. */

import { useEffect, useMemo, useState } from "react";
import type { Host, JobSnapshot, MediaKey, NodeProgress } from "../host";
import { speaker } from "../words";
import { attachCode, duration, isRunning, share, standing, summary } from "./telling";
import { PANEL_WORDS, type PanelWord, type Say } from "./words";

const EDGE = 320;

export function JobView({ host, job }: { host: Host; job: string }) {
  const say = useMemo(() => speaker(PANEL_WORDS, host.language), [host]);
  const [snapshot, setSnapshot] = useState<JobSnapshot>();
  useEffect(() => host.follow(job, setSnapshot), [host, job]);
  if (!snapshot) return <p className="ckw-panel-note">{say("looking")}</p>;
  const pictures = latestPictures(snapshot);
  return (
    <article className="ckw-job">
      <header>
        <h2>{snapshot.name}</h2>
        <Standing job={snapshot} say={say} />
        {isRunning(snapshot) && <Stop host={host} job={snapshot} say={say} />}
      </header>
      <Bar job={snapshot} say={say} />
      <p>{summary(snapshot, say)}</p>
      {snapshot.error && (
        <p className="ckw-panel-error" role="alert">
          {snapshot.error}
        </p>
      )}
      {snapshot.state === "lost" && <p className="ckw-panel-note">{say("lostHint")}</p>}
      <section aria-label={say("nodes")}>
        <h3>{say("nodes")}</h3>
        <ul className="ckw-job-nodes">
          {Object.entries(snapshot.nodes).map(([id, node]) => (
            <Node key={id} id={id} node={node} say={say} />
          ))}
        </ul>
      </section>
      <section aria-label={say("pictures")}>
        <h3>{say("pictures")}</h3>
        {pictures.length === 0 && <p className="ckw-panel-note">{say("noPictures")}</p>}
        <div className="ckw-job-pictures">
          {pictures.map(({ media, label }) => (
            <Picture key={`${media.run_id}/${media.file}`} host={host} media={media} label={say("pictureOf", { run: label })} />
          ))}
        </div>
      </section>
      {snapshot.messages.length > 0 && (
        <section aria-label={say("messages")}>
          <h3>{say("messages")}</h3>
          <ul>
            {snapshot.messages.map((message, index) => (
              <li key={index}>{message}</li>
            ))}
          </ul>
        </section>
      )}
      <dl>
        <dt>{say("id")}</dt>
        <dd>
          <code>{snapshot.job}</code>
        </dd>
        {snapshot.folder && (
          <>
            <dt>{say("folder")}</dt>
            <dd>
              <code>{snapshot.folder}</code>
            </dd>
          </>
        )}
        <dt>{say("started")}</dt>
        <dd>{moment(snapshot.started_at, host.language)}</dd>
        <dt>{say("duration")}</dt>
        <dd>{duration(snapshot.seconds)}</dd>
      </dl>
      <Attach host={host} job={job} say={say} />
    </article>
  );
}

export function Standing({ job, say }: { job: JobSnapshot; say: Say }) {
  const word = standing(job);
  return <span className={`ckw-standing ckw-is-${word}`}>{say(word)}</span>;
}

export function Bar({ job, say }: { job: JobSnapshot; say: Say }) {
  const done = share(job);
  const percent = done === null ? undefined : Math.round(done * 100);
  return (
    <div
      className={`ckw-jobbar ckw-is-${standing(job)}`}
      role="progressbar"
      aria-label={summary(job, say)}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
    >
      <div style={{ width: `${percent ?? 0}%` }} />
    </div>
  );
}

export function Stop({ host, job, say }: { host: Host; job: JobSnapshot; say: Say }) {
  const [error, setError] = useState("");
  const stop = () => {
    host.ask("stop", { job: job.job }).catch((fault: Error) => setError(fault.message));
  };
  return (
    <>
      <button type="button" title={say("stopHint")} disabled={job.state === "stopping"} onClick={stop}>
        {say("stop")}
      </button>
      {error && <span role="alert">{error}</span>}
    </>
  );
}

function Node({ id, node, say }: { id: string; node: NodeProgress; say: Say }) {
  const word = node.state as PanelWord;
  const step = node.state === "running" && node.total ? say("step", { step: node.step ?? 0, total: node.total }) : "";
  const said = [node.reused ? say("reused") : "", step, node.message, node.text].filter(Boolean).join(" · ");
  return (
    <li>
      <span className="ckw-job-node">{id}</span>
      <span className={`ckw-standing ckw-is-${node.state}`}>{say(word)}</span>
      {node.preview && <img src={node.preview} alt="" />}
      <span className="ckw-job-said" title={said}>
        {said}
      </span>
    </li>
  );
}

function Picture({ host, media, label }: { host: Host; media: MediaKey; label: string }) {
  const [address, setAddress] = useState("");
  useEffect(() => {
    let gone = false;
    host.picture(media, EDGE).then(
      (found) => !gone && setAddress(found),
      () => {},
    );
    return () => {
      gone = true;
    };
  }, [host, media.run_id, media.file, media.sha256]);
  return address ? <img src={address} alt={label} title={label} loading="lazy" /> : <div className="ckw-job-blank" />;
}

function Attach({ host, job, say }: { host: Host; job: string; say: Say }) {
  const [state, setState] = useState<"" | "inserted" | "copyThis" | "copied">("");
  const code = attachCode(job);
  const attach = async () => setState((await host.insertCode(code)) ? "inserted" : "copyThis");
  const copy = async () => {
    await navigator.clipboard.writeText(code);
    setState("copied");
  };
  return (
    <div className="ckw-job-attach">
      <button type="button" title={say("attachHint")} onClick={() => void attach()}>
        {say("attach")}
      </button>
      <span role="status">{state && say(state)}</span>
      {(state === "copyThis" || state === "copied") && (
        <>
          <pre>{code}</pre>
          <button type="button" onClick={() => void copy()}>
            {say("copy")}
          </button>
        </>
      )}
    </div>
  );
}

/** The pictures of the latest runs, the newest first; of a single run, those of its nodes. */
function latestPictures(snapshot: JobSnapshot): { media: MediaKey; label: string }[] {
  const ofRuns = snapshot.runs.flatMap((run) => run.media.map((media) => ({ media, label: String(run.index + 1) })));
  const ofNodes = Object.values(snapshot.nodes).flatMap((node) => node.media.map((media) => ({ media, label: "1" })));
  return (ofRuns.length ? ofRuns : ofNodes).filter(({ media }) => media.media_type.startsWith("image/")).slice(0, 24);
}

function moment(iso: string, language: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.valueOf()) ? iso : time.toLocaleString(language);
}
