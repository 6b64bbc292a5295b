/** All jobs: what runs first, each with how far it is and what can be done with it. */

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Host, JobSnapshot } from "../host";
import { speaker } from "../words";
import { Bar, JobView, Standing, Stop } from "./JobView";
import { inOrder, isRunning, summary } from "./telling";
import { PANEL_WORDS } from "./words";

/** Milliseconds between two looks while something runs, and while nothing does. */
const BUSY = 1000;
const IDLE = 10_000;

export function JobList({ host }: { host: Host }) {
  const say = useMemo(() => speaker(PANEL_WORDS, host.language), [host]);
  const root = useRef<HTMLDivElement>(null);
  const [jobs, setJobs] = useState<JobSnapshot[]>();
  const [trouble, setTrouble] = useState("");
  const [shown, setShown] = useState("");
  const seen = useSeen(root);
  const look = useCallback(async () => {
    try {
      const answer = await host.ask<{ jobs: JobSnapshot[] }>("jobs");
      setJobs(inOrder(answer.jobs));
      setTrouble("");
    } catch (error) {
      setTrouble((error as Error).message);
    }
  }, [host]);

  const busy = Boolean(jobs?.some(isRunning)) || (trouble !== "" && jobs !== undefined);
  useEffect(() => {
    if (!seen) return undefined;
    void look();
    const timer = setInterval(() => void look(), busy ? BUSY : IDLE);
    const started = () => void look();
    document.addEventListener("canvas-kit:started", started);
    return () => {
      clearInterval(timer);
      document.removeEventListener("canvas-kit:started", started);
    };
  }, [seen, busy, look]);

  const act = (method: string, parameters: Record<string, unknown>) => {
    host.ask(method, parameters).then(look, (error: Error) => setTrouble(error.message));
  };
  const show = (job: JobSnapshot) => {
    const done = () => setShown("");
    setShown(job.job);
    const detail = { job: job.job, name: job.name, done };
    root.current?.dispatchEvent(new CustomEvent("canvas-kit:show-job", { detail, bubbles: true }));
  };
  const ended = jobs?.some((job) => !isRunning(job));
  const one = (
    <>
      <button type="button" onClick={() => setShown("")}>
        {say("back")}
      </button>
      <JobView host={host} job={shown} />
    </>
  );
  const all = (
    <>
      <header>
        <h2>{say("title")}</h2>
        <button type="button" onClick={() => void look()}>
          {say("refresh")}
        </button>
        {ended && (
          <button type="button" title={say("clearHint")} onClick={() => act("forget", { jobs: "ended" })}>
            {say("clear")}
          </button>
        )}
      </header>
      {trouble && (
        <p className="ckw-panel-error" role="alert">
          {trouble}
        </p>
      )}
      {jobs?.length === 0 && <p className="ckw-panel-note">{say("none")}</p>}
      <ul className="ckw-jobs" aria-label={say("title")}>
        {jobs?.map((job) => (
          <li key={job.job} data-job={job.job}>
            <div className="ckw-jobs-line">
              <strong title={job.name}>{job.name}</strong>
              <Standing job={job} say={say} />
            </div>
            <Bar job={job} say={say} />
            <div className="ckw-jobs-line">
              <span className="ckw-jobs-summary">{job.error || summary(job, say)}</span>
              {isRunning(job) && <Stop host={host} job={job} say={say} />}
              <button type="button" onClick={() => show(job)}>
                {say("show")}
              </button>
              {!isRunning(job) && (
                <button
                  type="button"
                  title={say("forget")}
                  aria-label={say("forget")}
                  onClick={() => act("forget", { jobs: [job.job] })}
                >
                  ×
                </button>
              )}
            </div>
          </li>
        ))}
      </ul>
    </>
  );
  return (
    <div className="ckw-panel" ref={root}>
      {shown ? one : all}
    </div>
  );
}

/** Whether the user can see an element: it is in view, and so is its page. */
function useSeen(element: { current: HTMLElement | null }): boolean {
  const [inView, setInView] = useState(false);
  const [pageShown, setPageShown] = useState(document.visibilityState !== "hidden");
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => setInView(entries.at(-1)!.isIntersecting));
    if (element.current) observer.observe(element.current);
    const changed = () => setPageShown(document.visibilityState !== "hidden");
    document.addEventListener("visibilitychange", changed);
    return () => {
      observer.disconnect();
      document.removeEventListener("visibilitychange", changed);
    };
  }, [element]);
  return inView && pageShown;
}
