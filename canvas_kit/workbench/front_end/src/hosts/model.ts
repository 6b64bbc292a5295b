/** The part of a widget's model, as anywidget hands it to a view, that we use. */
export interface Model {
  get(name: string): unknown;
  on(name: string, told: (...given: never[]) => void): void;
  off(name: string, told: (...given: never[]) => void): void;
  send(content: unknown): void;
  widget_manager: Manager;
}

export interface Manager {
  get_model(id: string): Promise<Model>;
  /** JupyterLab's and Voilà's managers know their kernel. */
  kernel?: Kernel | null;
}

export interface Kernel {
  status?: string;
  statusChanged?: {
    connect(told: (kernel: unknown, status: string) => void): void;
    disconnect(told: (kernel: unknown, status: string) => void): void;
  };
}
