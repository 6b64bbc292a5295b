/** All that each widget in a cell carries: it fetches the bundle, once a page, from its carrier.
 *
 * The bundle is some hundred kilobytes; in every widget it would travel and be saved again and
 * again. One widget of each kernel carries it, and every other names that one.
 */

import type { Model } from "./model";

interface Bundle {
  showInCell(model: Model, carrier: Model, element: HTMLElement): () => void;
}

const page = globalThis as { canvasKitWorkbench?: Map<string, Promise<Bundle>> };

export default {
  async render({ model, el }: { model: Model; el: HTMLElement }): Promise<() => void> {
    const carrier = await model.widget_manager.get_model(
      String(model.get("carrier")).replace("IPY_MODEL_", ""),
    );
    const loaded = (page.canvasKitWorkbench ??= new Map());
    const hash = String(carrier.get("hash"));
    if (!loaded.has(hash)) loaded.set(hash, load(String(carrier.get("bundle"))));
    try {
      return (await loaded.get(hash)!).showInCell(model, carrier, el);
    } catch (error) {
      loaded.delete(hash);
      throw error;
    }
  },
};

async function load(source: string): Promise<Bundle> {
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  try {
    return (await import(address)) as Bundle;
  } finally {
    URL.revokeObjectURL(address);
  }
}
