/** What the list says of a job: words and numbers, apart from how they are shown. */

import type { JobSnapshot } from "../host";
import type { PanelWord, Say } from "./words";

/** A length of time as people say it: "8 s", "3 min", "2 h 5 min". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return rest ? `${Math.floor(minutes / 60)} h ${rest} min` : `${minutes / 60} h`;
}

export function isRunning(job: JobSnapshot): boolean {
  return job.state === "waiting" || job.state === "running" || job.state === "stopping";
}

/** What runs stands first, then the newest. */
export function inOrder(jobs: readonly JobSnapshot[]): JobSnapshot[] {
  return [...jobs].sort(
    (a, b) =>
      Number(isRunning(b)) - Number(isRunning(a)) || b.started_at.localeCompare(a.started_at),
  );
}

/** The one word that says how a job is. */
export function standing(job: JobSnapshot): PanelWord {
  if (job.state !== "ended") return job.state;
  const known: readonly string[] = ["completed", "partial", "failed", "cancelled", "aborted"];
  return known.includes(job.status) ? (job.status as PanelWord) : "ended";
}

/** How much is done, from 0 to 1; null while that is not known. */
export function share(job: JobSnapshot): number | null {
  if (job.state === "ended") return 1;
  if (job.kind === "batch" || job.total > 1) return job.total ? job.ended / job.total : null;
  const nodes = Object.values(job.nodes ?? {});
  if (!nodes.length) return null;
  const done = nodes.map((node) => {
    if (node.state === "waiting") return 0;
    if (node.state !== "running") return 1;
    return node.total ? (node.step ?? 0) / node.total : 0;
  });
  return done.reduce((sum, one) => sum + one, 0) / nodes.length;
}

/** "3 of 20 runs · 1 not complete · about 2 min left". */
export function summary(job: JobSnapshot, say: Say): string {
  const parts = [];
  if (job.kind === "batch") parts.push(say("runs", { ended: job.ended, total: job.total }));
  if (job.wanting && job.kind === "batch") parts.push(say("wanting", { count: job.wanting }));
  if (!isRunning(job)) parts.push(say("took", { time: duration(job.seconds) }));
  else if (job.seconds_left !== null) parts.push(say("left", { time: duration(job.seconds_left) }));
  else parts.push(say("since", { time: duration(job.seconds) }));
  return parts.join(" · ");
}

/** The code that attaches a notebook to a job. */
export function attachCode(job: string): string {
  return `from canvas_kit import Job\n\njob = Job.open(${JSON.stringify(job)})\njob`;
}
