/** What canvas-kit adds to JupyterLab. */

import type { CanvasDocument } from "../host";
import { emptyCanvas, writeCanvas } from "./canvas_file";
import { showFile } from "./file_tab";
import { listenForInserts } from "./insert";
import type {
  DocumentContext,
  DocumentTab,
  FileBrowser,
  LabApplication,
  LabWidget,
  Launcher,
  MainMenu,
  Modules,
  NotebookPanel,
  Palette,
  Plugin,
  Restorer,
  Tracker,
} from "./jupyter";
import { updateOutputs } from "./outputs";
import { addStyle } from "./style";
import { LabWorkbench, NEW_CANVAS } from "./workbench";

const CATEGORY = "canvas-kit";
const FACTORY = "Canvas";
const COMMANDS = {
  create: NEW_CANVAS,
  undo: "canvas-kit:undo",
  redo: "canvas-kit:redo",
  gallery: "canvas-kit:gallery",
  jobs: "canvas-kit:jobs",
};

/** Dispatched by the list of jobs: show this one in a place of its own. */
interface ShowJob {
  job: string;
  name: string;
  done(): void;
}

type Services = [
  restorer: Restorer | null,
  palette: Palette | null,
  launcher: Launcher | null,
  menu: MainMenu | null,
  browser: FileBrowser | null,
  notebooks: Tracker<NotebookPanel> | null,
];

/** The plugin, once Lab's modules are there. */
export function makePlugins(lab: Modules, bundle: URL): Plugin[] {
  return [
    {
      id: "@canvas-kit/workbench:plugin",
      description: "Canvas files, the gallery and the jobs of canvas-kit.",
      autoStart: true,
      optional: [
        lab.application.ILayoutRestorer,
        lab.apputils.ICommandPalette,
        lab.launcher.ILauncher,
        lab.mainmenu.IMainMenu,
        lab.filebrowser.IDefaultFileBrowser,
        lab.notebook.INotebookTracker,
      ],
      activate: ((app: LabApplication, ...services: Services) => {
        addStyle();
        const workbench = new LabWorkbench(app, lab, bundle);
        workbench.notebooks = services[5];
        if (services[5]) {
          listenForInserts(services[5]);
          updateOutputs(services[5]);
        }
        addFiles(workbench, services);
        addGallery(workbench, services);
        addJobs(workbench, services);
      }) as Plugin["activate"],
    },
  ];
}

/** The file type `.canvas.json`, and new files of it. */
function addFiles(workbench: LabWorkbench, [restorer, palette, launcher, menu, browser]: Services): void {
  const { app, lab } = workbench;
  const canvasIcon = workbench.icons.canvas;
  const tracker = new lab.apputils.WidgetTracker<DocumentTab>({ namespace: "canvas-kit-files" });

  class CanvasFactory extends lab.docregistry.ABCWidgetFactory {
    createNewWidget(context: DocumentContext): DocumentTab {
      const content = new lab.widgets.Widget();
      const tab = new lab.docregistry.DocumentWidget({ content, context });
      tab.title.icon = canvasIcon;
      tab.toolbar.hide(); // empty
      showFile(workbench, content, context);
      void tracker.add(tab);
      return tab;
    }
  }

  app.docRegistry.addFileType({
    name: "canvas",
    displayName: "Canvas",
    extensions: [".canvas.json"],
    mimeTypes: ["application/json"],
    contentType: "file",
    fileFormat: "text",
    icon: canvasIcon,
  });
  app.docRegistry.addWidgetFactory(
    new CanvasFactory({
      name: FACTORY,
      label: FACTORY,
      modelName: "text",
      fileTypes: ["canvas", "json"],
      defaultFor: ["canvas"],
    }),
  );
  void restorer?.restore(tracker, {
    command: "docmanager:open",
    args: (tab: DocumentTab) => ({ path: tab.context.path, factory: FACTORY }),
    name: (tab: DocumentTab) => tab.context.path,
  });

  app.commands.addCommand(COMMANDS.create, {
    label: (given) => (given.isPalette ? workbench.say("newCanvas") : workbench.say("canvas")),
    caption: workbench.say("newCanvas"),
    icon: (given) => (given.isPalette ? undefined : canvasIcon),
    execute: async ({ cwd, document }) => {
      const path = typeof cwd === "string" ? cwd : (browser?.model.path ?? "");
      const { contents } = app.serviceManager;
      const file = await contents.newUntitled({ path, type: "file", ext: ".canvas.json" });
      const content = writeCanvas((document as CanvasDocument | undefined) ?? emptyCanvas());
      await contents.save(file.path, { type: "file", format: "text", content });
      return app.commands.execute("docmanager:open", { path: file.path, factory: FACTORY });
    },
  });
  launcher?.add({ command: COMMANDS.create, category: CATEGORY, rank: 1 });
  palette?.addItem({ command: COMMANDS.create, category: CATEGORY });
  menu?.fileMenu.newMenu.addGroup([{ command: COMMANDS.create }], 40);

  // Edit → Undo and Redo, by the text of the file; the view has its own, finer ones.
  const modelOf = (widget: LabWidget | null) =>
    widget && tracker.has(widget) ? (widget as DocumentTab).context.model : undefined;
  const step = (way: "undo" | "redo") => () => {
    const model = modelOf(app.shell.currentWidget);
    if (!model) return;
    model.sharedModel[way]();
    model.dirty = true;
  };
  app.commands.addCommand(COMMANDS.undo, {
    label: () => workbench.say("undo"),
    isEnabled: () => Boolean(modelOf(app.shell.currentWidget)?.sharedModel.canUndo()),
    execute: step("undo"),
  });
  app.commands.addCommand(COMMANDS.redo, {
    label: () => workbench.say("redo"),
    isEnabled: () => Boolean(modelOf(app.shell.currentWidget)?.sharedModel.canRedo()),
    execute: step("redo"),
  });
  const isEnabled = (widget: LabWidget) => modelOf(widget) !== undefined;
  menu?.editMenu.undoers.undo.add({ id: COMMANDS.undo, isEnabled });
  menu?.editMenu.undoers.redo.add({ id: COMMANDS.redo, isEnabled });
}

/** Galleries: of the whole exports folder, and of what a job recorded. */
function addGallery(workbench: LabWorkbench, [, palette, launcher]: Services): void {
  const { app } = workbench;
  app.commands.addCommand(COMMANDS.gallery, {
    label: () => workbench.say("gallery"),
    icon: (given) => (given.isPalette ? undefined : workbench.icons.gallery),
    execute: () => workbench.openGallery(),
  });
  launcher?.add({ command: COMMANDS.gallery, category: CATEGORY, rank: 2 });
  palette?.addItem({ command: COMMANDS.gallery, category: CATEGORY });
}

/** The list of jobs at the side, and a tab for each that is shown. */
function addJobs(workbench: LabWorkbench, [restorer, palette]: Services): void {
  const { app, icons } = workbench;
  const panel = workbench.widget((bundle, element, host) => bundle.mountJobs(element, host));
  panel.id = "canvas-kit-jobs";
  panel.title.icon = icons.jobs;
  panel.title.caption = workbench.say("jobs");
  app.shell.add(panel, "left", { rank: 700 });
  restorer?.add(panel, panel.id);
  panel.node.addEventListener("canvas-kit:show-job", (event) => {
    const { job, name, done } = (event as CustomEvent<ShowJob>).detail;
    workbench.openTab(`canvas-kit-job-${job}`, name, icons.jobs, (bundle, element, host) =>
      bundle.mountJob(element, host, job),
    );
    done();
  });
  app.commands.addCommand(COMMANDS.jobs, {
    label: () => workbench.say("jobs"),
    execute: () => app.shell.activateById(panel.id),
  });
  palette?.addItem({ command: COMMANDS.jobs, category: CATEGORY });
}
