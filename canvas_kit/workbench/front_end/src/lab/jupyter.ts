/** The little of JupyterLab's interface that is used here, and how to get it.
 *
 * Lab shares its modules with extensions in a scope: name → version → how to get it. What is
 * declared here is the same in JupyterLab 4.2 and later.
 */

export type ShareScope = Record<string, Record<string, SharedModule>>;

interface SharedModule {
  get(): Promise<() => unknown> | (() => unknown);
  loaded?: unknown;
}

/** A module that Lab shares: the one that is in use already, else the newest. */
export async function take<Module>(scope: ShareScope, name: string): Promise<Module> {
  const versions = scope[name] ?? {};
  const [best] = Object.keys(versions).sort(
    (a, b) =>
      Number(Boolean(versions[b]?.loaded)) - Number(Boolean(versions[a]?.loaded)) ||
      b.localeCompare(a, undefined, { numeric: true }),
  );
  if (best === undefined) throw new Error(`JupyterLab shares no ${name}.`);
  return (await versions[best]!.get())() as Module;
}

export interface Signal<Sender, Arguments> {
  connect(slot: (sender: Sender, given: Arguments) => void): boolean;
  disconnect(slot: (sender: Sender, given: Arguments) => void): boolean;
}

export interface LabWidget {
  id: string;
  readonly node: HTMLElement;
  readonly title: { label: string; caption: string; icon?: LabIcon; closable: boolean };
  readonly isDisposed: boolean;
  readonly isVisible: boolean;
  readonly isAttached: boolean;
  readonly disposed: Signal<LabWidget, void>;
  addClass(name: string): void;
  dispose(): void;
}

export interface LabIcon {
  readonly name: string;
}

export interface FileModel {
  readonly name: string;
  readonly path: string;
  readonly last_modified: string;
  readonly hash?: string;
  readonly content: unknown;
}

export interface DocumentContext {
  readonly path: string;
  readonly ready: Promise<void>;
  readonly isReady: boolean;
  readonly isDisposed: boolean;
  readonly contentsModel: FileModel | null;
  readonly saveState: Signal<DocumentContext, "started" | "completed" | "failed" | "completed manually">;
  readonly model: {
    /** Set by who changes the text: not every version of Lab does it itself. */
    dirty: boolean;
    readonly readOnly: boolean;
    readonly collaborative?: boolean;
    readonly contentChanged: Signal<unknown, void>;
    readonly sharedModel: { canUndo(): boolean; canRedo(): boolean; undo(): void; redo(): void };
    toString(): string;
    fromString(text: string): void;
  };
  revert(): Promise<void>;
  save(): Promise<void>;
}

/** A widget in the main area, with a toolbar above. */
export interface LabTab extends LabWidget {
  readonly toolbar: { hide(): void };
}

export interface DocumentTab extends LabTab {
  readonly context: DocumentContext;
  readonly content: LabWidget;
}

export interface SharedCells {
  insertCell(index: number, cell: { cell_type: string; source: string; metadata: object }): unknown;
}

export interface IopubMessage {
  readonly header: { readonly msg_type: string };
  readonly content: { readonly data?: Record<string, unknown>; readonly metadata?: Record<string, unknown> };
}

export interface Outputs {
  readonly length: number;
  get(index: number): { readonly data: Record<string, unknown>; readonly metadata: Record<string, unknown> };
  set(index: number, output: Record<string, unknown>): void;
}

export interface NotebookPanel extends LabWidget {
  readonly context: DocumentContext;
  readonly sessionContext: { readonly iopubMessage: Signal<unknown, IopubMessage> };
  readonly content: {
    activeCellIndex: number;
    readonly widgets: readonly LabWidget[];
    readonly model: {
      readonly sharedModel: SharedCells;
      /** Cells of code have outputs. */
      readonly cells: Iterable<{ readonly outputs?: Outputs }>;
    } | null;
    scrollToItem?(index: number): Promise<void>;
  };
}

export interface Tracker<Widget> {
  readonly currentWidget: Widget | null;
  readonly widgetAdded: Signal<unknown, Widget>;
  forEach(visit: (widget: Widget) => void): void;
  add(widget: Widget): Promise<void>;
  has(widget: LabWidget): boolean;
  find(test: (widget: Widget) => boolean): Widget | undefined;
}

interface Command {
  label?: string | ((given: Record<string, unknown>) => string);
  caption?: string;
  icon?: LabIcon | ((given: Record<string, unknown>) => LabIcon | undefined);
  isEnabled?: () => boolean;
  execute(given: Record<string, unknown>): unknown;
}

export interface LabApplication {
  readonly name: string;
  readonly serviceManager: {
    readonly serverSettings: unknown;
    readonly contents: {
      get(path: string, options?: { content: boolean; hash?: boolean }): Promise<FileModel>;
      newUntitled(options: { path: string; type: string; ext: string }): Promise<FileModel>;
      save(path: string, model: Record<string, unknown>): Promise<FileModel>;
    };
  };
  readonly commands: {
    addCommand(id: string, command: Command): unknown;
    execute(id: string, given?: Record<string, unknown>): Promise<unknown>;
  };
  readonly docRegistry: {
    addFileType(type: Record<string, unknown>): unknown;
    addWidgetFactory(factory: unknown): unknown;
  };
  readonly shell: {
    add(widget: LabWidget, area: string, options?: Record<string, unknown>): void;
    activateById(id: string): void;
    readonly currentWidget: LabWidget | null;
  };
}

export interface Restorer {
  add(widget: LabWidget, name: string): void;
  restore(tracker: unknown, options: Record<string, unknown>): unknown;
}

export interface Launcher {
  add(item: { command: string; category: string; rank?: number }): unknown;
}

export interface Palette {
  addItem(item: { command: string; category: string }): unknown;
}

interface SemanticCommand {
  add(command: { id: string; isEnabled: (widget: LabWidget) => boolean }): void;
}

export interface MainMenu {
  readonly fileMenu: { readonly newMenu: { addGroup(items: { command: string }[], rank?: number): unknown } };
  readonly editMenu: { readonly undoers: { readonly undo: SemanticCommand; readonly redo: SemanticCommand } };
}

export interface FileBrowser {
  readonly model: { readonly path: string };
}

export interface Plugin {
  id: string;
  description: string;
  autoStart: boolean;
  requires?: unknown[];
  optional?: unknown[];
  activate(app: LabApplication, ...services: never[]): void;
}

export interface Modules {
  application: { ILayoutRestorer: unknown };
  apputils: {
    ICommandPalette: unknown;
    MainAreaWidget: new (options: { content: LabWidget }) => LabTab;
    WidgetTracker: new <Widget extends LabWidget>(options: { namespace: string }) => Tracker<Widget>;
    Dialog: { okButton(options: { label: string }): unknown; cancelButton(options: { label: string }): unknown };
    showDialog(options: Record<string, unknown>): Promise<{ button: { accept: boolean } }>;
  };
  coreutils: { PageConfig: { getBaseUrl(): string } };
  docregistry: {
    ABCWidgetFactory: new (options: Record<string, unknown>) => {
      createNew(context: DocumentContext): DocumentTab;
    };
    DocumentWidget: new (options: { content: LabWidget; context: DocumentContext }) => DocumentTab;
  };
  filebrowser: { IDefaultFileBrowser: unknown };
  launcher: { ILauncher: unknown };
  mainmenu: { IMainMenu: unknown };
  notebook: { INotebookTracker: unknown };
  services: {
    ServerConnection: {
      makeRequest(address: string, init: RequestInit, settings: unknown): Promise<Response>;
    };
  };
  ui: { LabIcon: new (options: { name: string; svgstr: string }) => LabIcon };
  widgets: { Widget: new (options?: { node: HTMLElement }) => LabWidget };
}

const SOURCES: Record<keyof Modules, string> = {
  application: "@jupyterlab/application",
  apputils: "@jupyterlab/apputils",
  coreutils: "@jupyterlab/coreutils",
  docregistry: "@jupyterlab/docregistry",
  filebrowser: "@jupyterlab/filebrowser",
  launcher: "@jupyterlab/launcher",
  mainmenu: "@jupyterlab/mainmenu",
  notebook: "@jupyterlab/notebook",
  services: "@jupyterlab/services",
  ui: "@jupyterlab/ui-components",
  widgets: "@lumino/widgets",
};

/** Everything that is used of JupyterLab. */
export async function takeAll(scope: ShareScope): Promise<Modules> {
  const entries = Object.entries(SOURCES).map(
    async ([key, name]) => [key, await take(scope, name)] as const,
  );
  return Object.fromEntries(await Promise.all(entries)) as unknown as Modules;
}
