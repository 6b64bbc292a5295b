/** Puts code into a notebook, as a cell below the one that asks for it. */

import type { NotebookPanel, Tracker } from "./jupyter";

/** What `canvas-kit:insert` carries, the event by which a view in a cell asks for a new cell. */
interface InsertRequest {
  code: string;
  done(inserted: boolean): void;
}

/** Add a code cell below `from`, else below the active cell; false where there is no notebook. */
export function insertCode(panel: NotebookPanel | null, code: string, from = -1): boolean {
  const notebook = panel?.content;
  if (!notebook?.model || panel?.context.model.readOnly) return false;
  const index = (from < 0 ? notebook.activeCellIndex : from) + 1;
  notebook.model.sharedModel.insertCell(index, {
    cell_type: "code",
    source: code,
    metadata: { trusted: true },
  });
  notebook.activeCellIndex = index;
  notebook.widgets[index]?.node.scrollIntoView({ block: "nearest" });
  return true;
}

/** Answer what views in cells ask for. */
export function listenForInserts(notebooks: Tracker<NotebookPanel>): void {
  document.addEventListener("canvas-kit:insert", (event) => {
    const { code, done } = (event as CustomEvent<InsertRequest>).detail;
    const target = event.target as Node;
    const panel = notebooks.find((one) => one.node.contains(target)) ?? notebooks.currentWidget;
    const from = panel?.content.widgets.findIndex((cell) => cell.node.contains(target)) ?? -1;
    done(insertCode(panel, code, from));
  });
}
