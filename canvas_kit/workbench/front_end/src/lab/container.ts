/** What JupyterLab's loader calls: a container that is given Lab's modules and gives our plugins. */

import { type ShareScope, takeAll } from "./jupyter";
import { makePlugins } from "./plugins";

declare const BUNDLE: string;

const NAME = "@canvas-kit/workbench";
const script = (document.currentScript as HTMLScriptElement | null)?.src ?? document.baseURI;
let shared: ShareScope = {};

const container = {
  init(scope: ShareScope): void {
    shared = scope;
  },
  async get(name: string): Promise<() => unknown> {
    if (name !== "./extension") throw new Error(`${NAME} has no ${name}.`);
    const plugins = makePlugins(await takeAll(shared), new URL(BUNDLE, script));
    return () => ({ __esModule: true, default: plugins });
  },
};

const page = window as unknown as { _JUPYTERLAB?: Record<string, unknown> };
(page._JUPYTERLAB ??= {})[NAME] = container;
