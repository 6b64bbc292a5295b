import { useEffect, type RefObject } from "react";

/** Puts the focus into what opens, unless it is there already, and back to where it was after. */
export function useFocus(box: RefObject<HTMLElement | null>, open: boolean): void {
  useEffect(() => {
    const here = box.current;
    if (!open || !here) return;
    const root = here.getRootNode() as Document | ShadowRoot;
    const before = root.activeElement;
    if (!here.contains(before)) here.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, [box, open]);
}
