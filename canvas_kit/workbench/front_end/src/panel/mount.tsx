import type { Host } from "../host";

/** Show the list of jobs in an element. Returns what takes it out again. */
export function mountJobs(element: HTMLElement, host: Host): () => void {
  element.textContent = host.language;
  return () => element.replaceChildren();
}
