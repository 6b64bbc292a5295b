import type { Host } from "../host";

/** Show a gallery of recorded pictures in an element. Returns what takes it out again. */
export function mountGallery(
  element: HTMLElement,
  host: Host,
  source: Record<string, unknown>,
): () => void {
  element.textContent = `${host.language} ${JSON.stringify(source)}`;
  return () => element.replaceChildren();
}
