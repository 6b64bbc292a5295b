import { useEffect, useRef, type ReactNode } from "react";

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
  useEffect(() => {
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
