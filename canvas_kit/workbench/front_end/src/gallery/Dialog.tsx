import { useLayoutEffect, useRef, type ReactNode } from "react";

interface DialogProps {
  label: string;
  className?: string;
  close: () => void;
  children: ReactNode;
}

/** Something over everything else in the page, also over a notebook's cells, until it is closed.
 * What carries `data-first` gets the focus, or else the dialog itself. */
export function Dialog({ label, className = "", close, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  // Closed while it is still in the page, so that the focus is back before the next key comes.
  useLayoutEffect(() => {
    const dialog = element.current;
    if (!dialog) return;
    dialog.showModal();
    (dialog.querySelector<HTMLElement>("[data-first]") ?? dialog).focus();
    return () => dialog.close();
  }, []);
  return (
    <dialog
      ref={element}
      tabIndex={-1}
      className={`ckw-gallery-dialog ${className}`}
      aria-label={label}
      onKeyDown={(event) => {
        // The browser's own closing is told later than the next key, which would be lost.
        if (event.key !== "Escape" || event.defaultPrevented) return;
        event.preventDefault();
        close();
      }}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClose={close}
      onClick={(event) => event.target === element.current && close()}
    >
      {children}
    </dialog>
  );
}
