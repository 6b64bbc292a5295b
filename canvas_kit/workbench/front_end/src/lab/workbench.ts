/** What all plugins share: the host, and the bundle with the views, which is loaded when needed. */

import type { CanvasDocument, Language } from "../host";
import { ServerHost } from "../hosts/server";
import { speaker } from "../words";
import { CANVAS_ICON, GALLERY_ICON, JOBS_ICON } from "./icons";
import { insertCode } from "./insert";
import type { LabApplication, LabIcon, LabWidget, Modules, NotebookPanel, Tracker } from "./jupyter";
import { LAB_WORDS } from "./words";

/** The command that makes a canvas file and opens it; `document` is what it begins with. */
export const NEW_CANVAS = "canvas-kit:new-canvas";

type Bundle = typeof import("../workbench");
type Mount = (bundle: Bundle, element: HTMLElement, host: ServerHost) => () => void;

export class LabWorkbench {
  readonly host: ServerHost;
  /** The server's address, with a slash at its end. */
  readonly base: string;
  notebooks: Tracker<NotebookPanel> | null = null;
  readonly icons: { canvas: LabIcon; gallery: LabIcon; jobs: LabIcon };
  private readonly tabs = new Map<string, LabWidget>();
  private loading: Promise<Bundle> | undefined;

  constructor(
    readonly app: LabApplication,
    readonly lab: Modules,
    private readonly bundle: URL,
  ) {
    const settings = app.serviceManager.serverSettings;
    const icon = (name: string, svgstr: string) =>
      new lab.ui.LabIcon({ name: `canvas-kit:${name}`, svgstr });
    this.icons = {
      canvas: icon("canvas", CANVAS_ICON),
      gallery: icon("gallery", GALLERY_ICON),
      jobs: icon("jobs", JOBS_ICON),
    };
    this.base = lab.coreutils.PageConfig.getBaseUrl();
    this.host = new ServerHost({
      base: this.base,
      language: pageLanguage(),
      request: (address, init) => lab.services.ServerConnection.makeRequest(address, init, settings),
      described: async (language) =>
        (await fetch(new URL(`types.${language}.json${bundle.search}`, bundle))).json(),
      insertCode: async (code) => insertCode(this.notebooks?.currentWidget ?? null, code),
    });
  }

  get say() {
    return speaker(LAB_WORDS, this.host.language);
  }

  /** Show a view in an element; what was shown there before goes. Returns what takes it out. */
  async mount(element: HTMLElement, mount: Mount): Promise<() => void> {
    element.replaceChildren(notice(this.say("loading")));
    try {
      const [bundle] = await Promise.all([this.load(), this.host.greet()]);
      element.replaceChildren();
      return mount(bundle, element, this.host);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      element.replaceChildren(notice(this.say("notLoaded", { detail })));
      return () => element.replaceChildren();
    }
  }

  /** Show a view in a tab of its own; in the one that is open already, if there is one. */
  openTab(id: string, label: string, icon: LabIcon, mount: Mount): void {
    let tab = this.tabs.get(id);
    if (!tab || tab.isDisposed) {
      const made = new this.lab.apputils.MainAreaWidget({ content: this.widget(mount) });
      made.toolbar.hide(); // empty
      made.id = id;
      Object.assign(made.title, { label, caption: label, icon, closable: true });
      // Notebook 7 shows one thing in a page; what else there is lies at its sides.
      this.app.shell.add(made, this.app.name === "Jupyter Notebook" ? "right" : "main");
      this.tabs.set(id, made);
      tab = made;
    }
    this.app.shell.activateById(tab.id);
  }

  /** Show the pictures of a run or batch, by its folder, or of the whole exports folder. */
  openGallery(folder = ""): void {
    const named = /canvas_(run|batch)_([\w-]+)$/.exec(folder);
    const source = named ? { kind: named[1], [`${named[1]}_id`]: named[2] } : { kind: "exports" };
    const onOpenCanvas = (document: CanvasDocument): void =>
      void this.app.commands.execute(NEW_CANVAS, { document: { ...document } });
    this.openTab(
      `canvas-kit-gallery-${named?.[2] ?? "exports"}`,
      this.say("gallery"),
      this.icons.gallery,
      (bundle, element, host) => bundle.mountGallery(element, host, source, { onOpenCanvas }),
    );
  }

  /** A widget that shows a view from when it is first seen until it is disposed. */
  widget(mount: Mount): LabWidget {
    const node = document.createElement("div");
    node.className = "ckw-lab";
    const widget = new this.lab.widgets.Widget({ node });
    let unmount = () => {};
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      void this.mount(node, mount).then((taken) => {
        if (widget.isDisposed) taken();
        else unmount = taken;
      });
    });
    seen.observe(node);
    widget.disposed.connect(() => {
      seen.disconnect();
      unmount();
    });
    return widget;
  }

  private load(): Promise<Bundle> {
    this.loading ??= (import(this.bundle.href) as Promise<Bundle>).catch((error: unknown) => {
      this.loading = undefined;
      throw error;
    });
    return this.loading;
  }
}

/** A line of text in place of a view, with buttons below. */
export function notice(text: string, buttons: readonly HTMLElement[] = []): HTMLElement {
  const element = document.createElement("div");
  element.className = "ckw-lab-notice";
  element.setAttribute("role", "status");
  const line = document.createElement("p");
  line.textContent = text;
  element.append(line, ...buttons);
  return element;
}

export function button(text: string, pressed: () => void): HTMLButtonElement {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "ckw-lab-button";
  element.textContent = text;
  element.addEventListener("click", pressed);
  return element;
}

function pageLanguage(): Language {
  const given = document.documentElement.lang || navigator.language;
  return /^de\b/i.test(given) ? "de" : "en";
}
