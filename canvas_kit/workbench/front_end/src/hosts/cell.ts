import { mountEditor } from "../editor/mount";
import { mountGallery } from "../gallery/mount";
import { KernelHost, KernelSource } from "./kernel";
import type { Model } from "./model";

/** Show what a widget names, in its cell. Returns what takes it out again.
 *
 * `carrier` brings, beside this code, what Python knows to be asked first: so a view is there also
 * while the kernel is busy.
 */
export function showInCell(model: Model, carrier: Model, element: HTMLElement): () => void {
  element.classList.add("ck-live"); // hides the static form of the same output
  // A key typed here is none of the notebook's, where X cuts the cell, also if nothing here takes it.
  // JupyterLab listens behind us, Notebook 7 before us: there the mark counts, on what has the focus.
  element.addEventListener("keydown", (event) => {
    if (isPlain(event)) event.stopPropagation();
  });
  const mark = (event: KeyboardEvent): void => {
    const { target } = event;
    if (!(target instanceof Element) || !element.contains(target)) return;
    target.toggleAttribute("data-lm-suppress-shortcuts", isPlain(event));
  };
  window.addEventListener("keydown", mark, true);
  // JupyterLab cancels every line break that is typed in a cell, and with it what Enter does in a
  // form and in a text of several lines. It listens at the element that is typed into.
  element.addEventListener("beforeinput", (event) => event.stopPropagation(), true);
  const notice = document.createElement("div");
  notice.setAttribute("role", "status");
  notice.className = "ckw-kernel";
  notice.style.cssText = "font: 12px sans-serif; color: var(--jp-warn-color0, #b54708)";
  const place = document.createElement("div");
  element.append(notice, place);
  const known = (carrier.get("known") ?? {}) as Record<string, Record<string, unknown>>;
  const language = String(model.get("language"));
  const tell = (said: string): void => {
    notice.textContent = said;
  };
  const host = new KernelHost(model, element, known[language], tell, carrier);
  // Once its kernel is gone, the static form is seen.
  const look = () => element.classList.toggle("jupyter-widgets-disconnected", carrier.comm_live === false);
  carrier.on("comm_live_update", look);
  const unmount = mount(String(model.get("view")), place, host, model);
  return () => {
    unmount();
    host.close();
    carrier.off("comm_live_update", look);
    window.removeEventListener("keydown", mark, true);
    element.replaceChildren();
  };
}

function isPlain(event: KeyboardEvent): boolean {
  return !event.ctrlKey && !event.metaKey && !event.altKey;
}

function mount(view: string, place: HTMLElement, host: KernelHost, model: Model): () => void {
  if (view === "gallery") {
    const show = () => mountGallery(place, host, model.get("state") as Record<string, unknown>);
    let unmount = show();
    const changed = (): void => {
      unmount();
      unmount = show();
    };
    model.on("change:state", changed);
    return () => {
      model.off("change:state", changed);
      unmount();
    };
  }
  const source = new KernelSource(model, host);
  const unmount = mountEditor(place, host, source);
  return () => {
    unmount();
    source.close();
  };
}
