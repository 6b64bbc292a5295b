/** Outputs that a kernel writes anew after the page was loaded anew.
 *
 * JupyterLab (4.6) knows from a page's own messages alone which outputs a display_id stands for, and
 * passes over what is written into those of an earlier page: a saved notebook would say for ever how
 * far a batch was. canvas-kit therefore puts the id into the output's metadata too, which is saved.
 */

import type { IopubMessage, NotebookPanel, Tracker } from "./jupyter";

/** The name of an output, as `canvas_kit/views/front_end.py` writes it. */
function slotOf(metadata: Record<string, unknown>): unknown {
  return (metadata.canvas_kit as { slot?: unknown } | undefined)?.slot;
}

/** Write what a kernel sends into the outputs of that name. */
function update(panel: NotebookPanel, { header, content }: IopubMessage): void {
  const { data, metadata } = content;
  if (header.msg_type !== "update_display_data" || !data || !metadata) return;
  const slot = slotOf(metadata);
  if (slot === undefined) return;
  for (const cell of panel.content.model?.cells ?? []) {
    const outputs = cell.outputs;
    for (let index = 0; index < (outputs?.length ?? 0); index++) {
      const output = outputs!.get(index);
      if (slotOf(output.metadata) !== slot) continue;
      // Of an output of this page JupyterLab itself has taken note already.
      if (JSON.stringify(output.data) === JSON.stringify(data)) continue;
      outputs!.set(index, { output_type: "display_data", data, metadata });
    }
  }
}

/** Do so in every notebook. */
export function updateOutputs(notebooks: Tracker<NotebookPanel>): void {
  const follow = (panel: NotebookPanel) =>
    panel.sessionContext.iopubMessage.connect((_, message) => update(panel, message));
  notebooks.forEach(follow);
  notebooks.widgetAdded.connect((_, panel) => void follow(panel));
}
