import type { ReactNode } from "react";
import { createRoot } from "react-dom/client";
import type { Host } from "../host";
import { JobList } from "./JobList";
import { JobView } from "./JobView";
import css from "./panel.css";

/** Show the list of jobs in an element. Returns what takes it out again. */
export function mountJobs(element: HTMLElement, host: Host): () => void {
  return mount(element, <JobList host={host} />);
}

/** Show one job in an element, live. Returns what takes it out again. */
export function mountJob(element: HTMLElement, host: Host, job: string): () => void {
  return mount(element, <JobView host={host} job={job} />);
}

function mount(element: HTMLElement, view: ReactNode): () => void {
  if (!document.querySelector("style[data-ckw=panel]")) {
    const style = document.createElement("style");
    style.dataset.ckw = "panel";
    style.textContent = css;
    document.head.append(style);
  }
  const root = createRoot(element);
  root.render(view);
  return () => root.unmount();
}
