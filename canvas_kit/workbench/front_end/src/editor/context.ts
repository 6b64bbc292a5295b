import { createContext, useContext } from "react";
import type { EditorStore } from "./store";

export const EditorContext = createContext<EditorStore | null>(null);

/** The editor that a component belongs to. */
export function useStore(): EditorStore {
  const store = useContext(EditorContext);
  if (!store) throw new Error("outside of an editor");
  return store;
}
