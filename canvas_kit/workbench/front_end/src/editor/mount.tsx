/** The visual canvas editor: one document, shown and changed; run and watched. */

import { createRoot } from "react-dom/client";
import flowStyles from "@xyflow/react/dist/base.css";
import type { CanvasSource, Host } from "../host";
import { speaker } from "../words";
import { Editor } from "./Editor";
import styles from "./editor.css";
import { EditorStore } from "./store";
import { words } from "./words";

export interface EditorOptions {
  /** A job to follow from the beginning: it was started before the page was loaded. */
  job?: string;
  /** Called with the job that was started here. */
  onJob?: (job: string) => void;
  /** Opens what a job recorded as a gallery; without it the editor offers none. */
  onOpenGallery?: (folder: string) => void;
}

/** Show the canvas editor in an element. Returns what takes it out again. */
export function mountEditor(
  element: HTMLElement,
  host: Host,
  source: CanvasSource,
  options: EditorOptions = {},
): () => void {
  addStyles(element);
  const store = new EditorStore(host, source, speaker(words, host.language), options.onJob);
  const close = store.open();
  const root = createRoot(element);
  const { onOpenGallery } = options;
  root.render(<Editor store={store} {...(onOpenGallery ? { onOpenGallery } : {})} />);
  if (options.job) store.follow(options.job);
  const unwatch = host.watchJob?.((job) => store.follow(job));
  return () => {
    unwatch?.();
    close();
    root.unmount();
  };
}

/** Add the editor's styles to the document, or to the shadow root that the element is in, once. */
function addStyles(element: HTMLElement): void {
  const root = element.getRootNode();
  const place = root instanceof ShadowRoot ? root : element.ownerDocument.head;
  if (place.querySelector("style[data-ckw=editor]")) return;
  const style = element.ownerDocument.createElement("style");
  style.dataset.ckw = "editor";
  style.textContent = `${flowStyles}\n${styles}`;
  place.append(style);
}
