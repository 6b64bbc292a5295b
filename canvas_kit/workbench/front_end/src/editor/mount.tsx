import type { CanvasSource, Host } from "../host";

/** Show the canvas editor in an element. Returns what takes it out again. */
export function mountEditor(element: HTMLElement, host: Host, source: CanvasSource): () => void {
  element.textContent = `${source.current().document.nodes.length} (${host.language})`;
  return () => element.replaceChildren();
}
