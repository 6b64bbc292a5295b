/** The part of a widget's model, as anywidget hands it to a view, that we use. */
export interface Model {
  get(name: string): unknown;
  on(name: string, told: (...given: never[]) => void): void;
  off(name: string, told: (...given: never[]) => void): void;
  send(content: unknown): void;
  widget_manager: Manager;
  /** Whether its kernel is there; what anywidget hands over for a model does not tell it. */
  comm_live?: boolean;
}

export interface Manager {
  get_model(id: string): Promise<Model>;
  /** JupyterLab's and Voilà's managers know their kernel. */
  kernel?: { status?: string; connectionStatus?: string } | null;
}
