/** Put a text on the clipboard; false where the page may not. */
export async function toClipboard(text: string, within: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text, within);
  }
}

/** The old way: pages that did not come over HTTPS have no other. */
function copySelected(text: string, within: HTMLElement): boolean {
  const dialogs = within.querySelectorAll<HTMLElement>("dialog[open]");
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  // What lies outside of an open dialog cannot be selected.
  (dialogs[dialogs.length - 1] ?? within).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  return done;
}
