import { createRoot } from "react-dom/client";
import type { CanvasDocument, Host } from "../host";
import { Gallery } from "./Gallery";
import css from "./gallery.css";
import type { GallerySource } from "./protocol";

export interface GalleryOptions {
  /** Show a canvas that made a picture, where there is an editor to show it in. */
  onOpenCanvas?: (document: CanvasDocument) => void;
}

/** Show a gallery of recorded pictures in an element. Returns what takes it out again. */
export function mountGallery(
  element: HTMLElement,
  host: Host,
  source: GallerySource | Record<string, unknown>,
  options: GalleryOptions = {},
): () => void {
  addStyle(element.ownerDocument);
  const root = createRoot(element);
  root.render(<Gallery host={host} source={source as GallerySource} {...options} />);
  return () => root.unmount();
}

function addStyle(document: Document): void {
  if (document.querySelector("style[data-ckw=gallery]")) return;
  const style = document.createElement("style");
  style.dataset.ckw = "gallery";
  style.textContent = css;
  document.head.append(style);
}
