/** What the gallery says. */

import type { Action } from "./keys";
import type { FacetValue } from "./protocol";
import { speaker, type Words } from "../words";
import type { Language } from "../host";

const actionWords = {
  "rate 1": ["rate 1 and go on", "mit 1 bewerten und weiter"],
  "rate 2": ["rate 2 and go on", "mit 2 bewerten und weiter"],
  "rate 3": ["rate 3 and go on", "mit 3 bewerten und weiter"],
  "rate 4": ["rate 4 and go on", "mit 4 bewerten und weiter"],
  "rate 5": ["rate 5 and go on", "mit 5 bewerten und weiter"],
  reject: ["reject (rate 0) and go on", "verwerfen (0) und weiter"],
  clear: ["take the rating away", "Bewertung entfernen"],
  undo: ["undo the last rating", "letzte Bewertung zurücknehmen"],
  tags: ["tags", "Schlagwörter"],
  note: ["note", "Notiz"],
  left: ["to the left; before", "nach links; zurück"],
  right: ["to the right; next", "nach rechts; weiter"],
  up: ["up", "nach oben"],
  down: ["down", "nach unten"],
  "page up": ["a page up", "eine Seite nach oben"],
  "page down": ["a page down", "eine Seite nach unten"],
  first: ["to the first", "zum ersten"],
  last: ["to the last", "zum letzten"],
  unrated: ["to the next without a rating", "zum nächsten ohne Bewertung"],
  choose: ["choose (with Shift and arrows: several)", "auswählen (Umschalt und Pfeile: mehrere)"],
  "choose all": ["choose all", "alle auswählen"],
  "choose none": ["choose none; close", "nichts auswählen; schließen"],
  open: ["look at it in full size", "in voller Größe ansehen"],
  compare: ["compare the chosen two to four", "die gewählten zwei bis vier vergleichen"],
  blind: ["rate blind, or reveal", "blind bewerten, oder aufdecken"],
  closer: ["closer, or larger tiles", "näher, oder größere Kacheln"],
  wider: ["further away, or smaller tiles", "weiter weg, oder kleinere Kacheln"],
  fit: ["the whole picture", "das ganze Bild"],
  actual: ["one pixel to one", "ein Pixel zu einem"],
  record: ["record beside the picture", "Aufzeichnung neben dem Bild"],
  origin: ["what made this", "woraus das entstand"],
  search: ["search texts", "Texte durchsuchen"],
  "other picture": ["the pane's next picture", "das nächste Bild des Feldes"],
  "other picture back": ["the pane's previous picture", "das vorige Bild des Feldes"],
  swap: ["swap the pane with its neighbour", "das Feld mit dem Nachbarn tauschen"],
  remove: ["remove the pane", "das Feld entfernen"],
  help: ["keys", "Tasten"],
} as const satisfies Words<Action>;

const facetWords = {
  prompt: ["Prompt", "Prompt"],
  preset: ["Preset", "Preset"],
  model: ["Model", "Modell"],
  backend: ["Backend", "Backend"],
  seed: ["Seed", "Seed"],
  verdict: ["Verdict", "Urteil"],
  status: ["Status", "Status"],
  batch: ["Batch", "Batch"],
  rating: ["Rating", "Bewertung"],
  rated_by: ["Rated by", "Bewertet von"],
  tag: ["Tags", "Schlagwörter"],
  time: ["Time", "Zeit"],
  started: ["Started", "Begonnen"],
  canvas: ["Canvas", "Canvas"],
  node: ["Node", "Knoten"],
  size: ["Size", "Größe"],
  run: ["Run", "Lauf"],
  file: ["File", "Datei"],
  folder: ["Folder", "Ordner"],
  hash: ["SHA-256", "SHA-256"],
  bytes: ["Bytes", "Bytes"],
  round: ["Round", "Runde"],
  note: ["Note", "Notiz"],
} as const satisfies Words<string>;

const words = {
  gallery: ["Gallery", "Galerie"],
  "of total": ["{matched} of {total}", "{matched} von {total}"],
  all: ["{total} pictures", "{total} Bilder"],
  "all texts": ["{total} texts", "{total} Texte"],
  opening: ["Looking for pictures …", "Suche Bilder …"],
  reading: [
    "Reading the records, once: {read} of {total}",
    "Lese die Aufzeichnungen, dies eine Mal: {read} von {total}",
  ],
  empty: [
    "There are no pictures here yet. Run a canvas with a generation node.",
    "Hier gibt es noch keine Bilder. Führe einen Canvas mit einem Generierungsknoten aus.",
  ],
  unmatched: [
    "No picture meets all of the chosen filters.",
    "Kein Bild erfüllt alle gewählten Filter.",
  ],
  "search placeholder": ["Search prompts and texts", "Prompts und Texte durchsuchen"],
  sort: ["Sort", "Sortierung"],
  descending: ["descending", "absteigend"],
  ascending: ["ascending", "aufsteigend"],
  size: ["Tile size", "Kachelgröße"],
  caption: ["Caption", "Unterschrift"],
  "caption line": ["What varies", "Was sich ändert"],
  "caption prompt": ["Prompt", "Prompt"],
  "caption preset": ["Preset", "Preset"],
  "caption model": ["Model", "Modell"],
  "caption seed": ["Seed", "Seed"],
  "caption file": ["File", "Datei"],
  "caption none": ["None", "Keine"],
  filters: ["Filters", "Filter"],
  "clear filters": ["Clear all", "Alle entfernen"],
  "remove filter": ["Remove the filter {name}: {value}", "Filter {name}: {value} entfernen"],
  "search values": ["Search {name}", "{name} durchsuchen"],
  "more values": ["{count} more", "{count} weitere"],
  "fewer values": ["Fewer", "Weniger"],
  "further values": [
    "{count} further values: search for them.",
    "{count} weitere Werte: suche nach ihnen.",
  ],
  "no values": ["Nothing found.", "Nichts gefunden."],
  "no value": ["none", "ohne"],
  refresh: ["Look for new pictures", "Nach neuen Bildern sehen"],
  "larger text": ["Larger text", "Größere Schrift"],
  "smaller text": ["Smaller text", "Kleinere Schrift"],
  "full screen": ["Full screen", "Vollbild"],
  "to begin": ["To the first", "Zum Anfang"],
  "to end": ["To the last", "Zum Ende"],
  close: ["Close", "Schließen"],
  save: ["Save", "Speichern"],
  cancel: ["Cancel", "Abbrechen"],
  copy: ["Copy", "Kopieren"],
  copied: ["Copied.", "Kopiert."],
  "not copied": [
    "The page may not write to the clipboard: select the text and copy it.",
    "Die Seite darf nicht in die Zwischenablage schreiben: markiere und kopiere den Text.",
  ],
  "copy files": ["Copy as Python", "Als Python kopieren"],
  insert: ["Insert into the notebook", "Ins Notebook einfügen"],
  inserted: ["Inserted as a new cell.", "Als neue Zelle eingefügt."],
  "not inserted": [
    "There is no notebook to insert into: copy the code.",
    "Hier ist kein Notebook zum Einfügen: kopiere den Code.",
  ],
  "open canvas": ["Open in the editor", "Im Editor öffnen"],
  "insert editor": ["Edit in a new cell", "In einer neuen Zelle bearbeiten"],
  "rate as": ["Rate {stars}", "Mit {stars} bewerten"],
  reject: ["Reject", "Verwerfen"],
  rejected: ["rejected", "verworfen"],
  "no rating": ["no rating", "ohne Bewertung"],
  rated: ["{rated} of {total} rated", "{rated} von {total} bewertet"],
  "said rated": ["Rated {rating}.", "Mit {rating} bewertet."],
  "said rejected": ["Rejected.", "Verworfen."],
  "said cleared": ["Rating taken away.", "Bewertung entfernt."],
  "said next": ["Next: {what}", "Weiter: {what}"],
  "said all": ["{count} pictures judged.", "{count} Bilder bewertet."],
  "said undone": ["Undone: {what} is {rating} again.", "Zurückgenommen: {what} ist wieder {rating}."],
  "nothing to undo": ["There is nothing to undo.", "Es gibt nichts zurückzunehmen."],
  "all rated": ["All are rated.", "Alle sind bewertet."],
  "at place": ["{place} of {count}", "{place} von {count}"],
  picture: ["picture {place}", "Bild {place}"],
  chosen: ["{count} chosen", "{count} ausgewählt"],
  choose: ["Choose", "Auswählen"],
  "choose none": ["Choose none", "Auswahl aufheben"],
  "rate chosen": ["Rate all chosen", "Alle gewählten bewerten"],
  "compare now": ["Compare", "Vergleichen"],
  "choose two": [
    "Choose two to four pictures to compare: with Space, or click with Ctrl.",
    "Wähle zwei bis vier Bilder zum Vergleich: mit der Leertaste, oder klicke mit Strg.",
  ],
  "only four": ["Four at most: the first four are shown.", "Höchstens vier: die ersten vier."],
  tags: ["Tags", "Schlagwörter"],
  "tags for": ["Tags for {what}", "Schlagwörter für {what}"],
  "tags hint": ["Separated by commas. Enter saves.", "Durch Kommas getrennt. Enter speichert."],
  "tags all hint": [
    "Added to what each has. Separated by commas. Enter saves.",
    "Kommen zu dem, was jedes hat. Durch Kommas getrennt. Enter speichert.",
  ],
  note: ["Note", "Notiz"],
  "note for": ["Note on {what}", "Notiz zu {what}"],
  "note hint": ["Ctrl+Enter saves.", "Strg+Enter speichert."],
  blind: ["Rate blind", "Blind bewerten"],
  "blind on": ["Blind", "Blind"],
  "blind begins": [
    "Blind: the order is shuffled, and nothing tells what made a picture.",
    "Blind: die Reihenfolge ist gemischt, und nichts verrät, woraus ein Bild entstand.",
  ],
  "blind ends": [
    "Revealed. The shuffle's seed was {seed}; {rated} of {total} rated.",
    "Aufgedeckt. Der Seed der Mischung war {seed}; {rated} von {total} bewertet.",
  ],
  "blind seed": ["Seed of the shuffle (empty: a new one)", "Seed der Mischung (leer: ein neuer)"],
  "blind start": ["Begin", "Beginnen"],
  "blind hides": [
    "Captions, filters, records, file names and your earlier notes are hidden until you reveal them.",
    "Unterschriften, Filter, Aufzeichnungen, Dateinamen und deine früheren Notizen bleiben bis zum Aufdecken verborgen.",
  ],
  reveal: ["Reveal", "Aufdecken"],
  "not blind": ["Not while blind.", "Nicht, solange blind bewertet wird."],
  keys: ["Keys", "Tasten"],
  "keys hint": [
    "They work when the gallery has the focus. Choose a key to change it.",
    "Sie gelten, wenn die Galerie den Fokus hat. Klicke auf eine Taste, um sie zu ändern.",
  ],
  "press key": ["Press a key …", "Taste drücken …"],
  "reset keys": ["As they were", "Wie zu Beginn"],
  "no key": ["no key", "keine Taste"],
  undo: ["Undo", "Zurücknehmen"],
  record: ["Record", "Aufzeichnung"],
  texts: ["Texts", "Texte"],
  "no texts": ["No texts were made.", "Es entstanden keine Texte."],
  differences: ["What differs", "Was sich unterscheidet"],
  "all fields": ["show what is equal too", "auch Gleiches zeigen"],
  same: ["Nothing differs.", "Nichts unterscheidet sich."],
  identical: ["the same", "gleich"],
  lacking: ["not made", "nicht entstanden"],
  "text by text": ["Texts word by word", "Texte Wort für Wort"],
  raters: ["All ratings", "Alle Bewertungen"],
  "rated blind": ["blind", "blind"],
  everything: ["Everything that is known", "Alles, was bekannt ist"],
  origin: ["What made this", "Woraus das entstand"],
  "as python": ["Python", "Python"],
  "as json": ["JSON", "JSON"],
  "as opening": ["Open the run", "Lauf öffnen"],
  previous: ["Previous", "Zurück"],
  next: ["Next", "Weiter"],
  fit: ["Fit", "Einpassen"],
  actual: ["1:1", "1:1"],
  closer: ["Closer", "Näher"],
  wider: ["Further away", "Weiter weg"],
  "swap panes": ["Swap with the neighbour", "Mit dem Nachbarn tauschen"],
  "remove pane": ["Remove from the comparison", "Aus dem Vergleich nehmen"],
  missing: ["missing", "fehlt"],
  "cannot show": ["{file} cannot be shown: {problem}", "{file} lässt sich nicht zeigen: {problem}"],
  "no picture came": ["no readable picture came", "es kam kein lesbares Bild"],
  play: ["Play", "Abspielen"],
  sound: ["Sound", "Ton"],
  film: ["Film", "Film"],
  text: ["Text", "Text"],
  "file of type": ["File of the type {type}", "Datei vom Typ {type}"],
  loading: ["loading …", "lädt …"],
  failed: ["That did not work: {problem}", "Das ging nicht: {problem}"],
  "try again": ["Try again", "Erneut versuchen"],
  problems: ["{count} could not be read", "{count} nicht lesbar"],
  "side by side": ["Side by side", "Nebeneinander"],
  wipe: ["Edge between them", "Kante zwischen ihnen"],
} as const satisfies Words<string>;

export type Word = keyof typeof words;

const valueWords: Words<string> = {
  completed: ["completed", "abgeschlossen"],
  partial: ["partial", "teilweise"],
  failed: ["failed", "gescheitert"],
  cancelled: ["cancelled", "abgebrochen"],
  aborted: ["aborted", "abgebrochen"],
  interrupted: ["interrupted", "unterbrochen"],
  running: ["running", "läuft"],
  passed: ["passed", "bestanden"],
};

/** The gallery's words in a language. */
export interface Speech {
  (key: Word, given?: Record<string, string | number>): string;
  action(action: Action): string;
  /** The title of a facet, a field or a sort. */
  facet(name: string): string;
  value(facet: string, value: FacetValue): string;
  rating(rating: number | null): string;
  number(value: number): string;
}

export function speech(language: Language): Speech {
  const say = speaker<Word>(words, language);
  const at = language === "de" ? 1 : 0;
  const facets: Words<string> = facetWords;
  const rating = (value: number | null): string =>
    value === null ? say("no rating") : value === 0 ? say("rejected") : "★".repeat(value);
  const number = (value: number): string => value.toLocaleString(language);
  return Object.assign(
    (key: Word, given: Record<string, string | number> = {}) =>
      say(
        key,
        Object.fromEntries(
          Object.entries(given).map(([name, value]) => [
            name,
            typeof value === "number" ? number(value) : value,
          ]),
        ),
      ),
    {
      action: (action: Action) => actionWords[action][at],
      facet: (name: string) => facets[name]?.[at] ?? name.replace(/^level /, ""),
      value: (facet: string, value: FacetValue) => {
        if (facet === "rating") return rating(typeof value === "number" ? value : null);
        if (value === null || value === "") return say("no value");
        if (facet === "verdict" && typeof value === "boolean") {
          return (value ? valueWords.passed : valueWords.failed)?.[at] ?? "";
        }
        const known = facet === "status" || facet === "verdict";
        return (known ? valueWords[String(value)]?.[at] : undefined) ?? String(value);
      },
      rating,
      number,
    },
  );
}
