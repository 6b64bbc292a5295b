import type { Words } from "../words";

/** What JupyterLab shows of us outside the views. */
export const LAB_WORDS = {
  canvas: ["Canvas", "Canvas"],
  gallery: ["Canvas gallery", "Canvas-Galerie"],
  jobs: ["Canvas jobs", "Canvas-Aufträge"],
  newCanvas: ["New canvas", "Neue Canvas"],
  undo: ["Undo canvas change", "Änderung der Canvas zurücknehmen"],
  redo: ["Redo canvas change", "Änderung der Canvas wiederholen"],
  loading: ["Loading …", "Lädt …"],
  notLoaded: [
    "The workbench could not be loaded ({detail}). Run: canvas-kit workbench enable – and reload this page.",
    "Die Werkbank ließ sich nicht laden ({detail}). Führe aus: canvas-kit workbench enable – und lade die Seite neu.",
  ],
  notJson: [
    "{name} cannot be shown as a canvas: its text is not valid JSON ({detail}). The file is as it was.",
    "{name} lässt sich nicht als Canvas zeigen: Der Text ist kein gültiges JSON ({detail}). Die Datei ist, wie sie war.",
  ],
  noCanvas: [
    "There is no canvas in {name}: a canvas has “nodes”, each with an id and a type, and “connections” from one to another. The file is as it was.",
    "In {name} ist keine Canvas: Eine Canvas hat „nodes“, jeder Knoten mit id und type, und „connections“ von einem zum anderen. Die Datei ist, wie sie war.",
  ],
  openText: ["Open as text", "Als Text öffnen"],
  tryAgain: ["Look again", "Noch einmal nachsehen"],
  readOnly: ["This file may not be written: changes cannot be saved.", "Diese Datei ist schreibgeschützt: Änderungen lassen sich nicht speichern."],
  changedTitle: ["{name} was changed on the disk", "{name} wurde auf der Festplatte geändert"],
  changedBody: [
    "Another program changed this file, and here are changes that were not saved. Which do you want?",
    "Ein anderes Programm hat diese Datei geändert, und hier sind Änderungen, die nicht gespeichert wurden. Welche soll gelten?",
  ],
  keepMine: ["Keep mine", "Meine behalten"],
  takeTheirs: ["Take theirs", "Die andere nehmen"],
} satisfies Words<string>;
