/** Which key does what. The user can give each action another key. */

export const actions = {
  "rate 1": ["1"],
  "rate 2": ["2"],
  "rate 3": ["3"],
  "rate 4": ["4"],
  "rate 5": ["5"],
  reject: ["x"],
  clear: ["0"],
  undo: ["u", "Mod+z"],
  tags: ["t"],
  note: ["n"],
  left: ["ArrowLeft"],
  right: ["ArrowRight"],
  up: ["ArrowUp"],
  down: ["ArrowDown"],
  "page up": ["PageUp"],
  "page down": ["PageDown"],
  first: ["Home"],
  last: ["End"],
  unrated: ["g"],
  choose: ["Space"],
  "choose all": ["Mod+a"],
  "choose none": ["Escape"],
  open: ["Enter"],
  compare: ["c"],
  blind: ["b"],
  closer: ["+", "="],
  wider: ["-"],
  fit: ["f"],
  actual: ["z"],
  record: ["r"],
  origin: ["o"],
  search: ["/"],
  "other picture": ["."],
  "other picture back": [","],
  swap: ["s"],
  remove: ["Delete"],
  help: ["?"],
} as const satisfies Record<string, readonly string[]>;

export type Action = keyof typeof actions;

/** The keys of the actions; what is not named has those that are built in. */
export type KeyMap = Partial<Record<Action, readonly string[]>>;

/** What of a key event counts. */
export interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** A key's name as the map writes it; undefined for what is no key of its own, such as Shift. */
export function nameOf(pressed: Pressed): string | undefined {
  if (["Shift", "Control", "Alt", "Meta", "AltGraph", "Dead", "CapsLock"].includes(pressed.key)) {
    return undefined;
  }
  const key = pressed.key === " " ? "Space" : pressed.key;
  const plain = key.length === 1 ? key.toLowerCase() : key;
  // What a layout needs Alt for (AltGr comes as both) is a character of its own.
  const alt = pressed.altKey && !pressed.ctrlKey && key.length > 1 ? "Alt+" : "";
  const mod = (pressed.ctrlKey || pressed.metaKey) && !pressed.altKey ? "Mod+" : "";
  return `${mod}${alt}${plain}`;
}

export const keysOf = (map: KeyMap, action: Action): readonly string[] =>
  map[action] ?? actions[action];

/** What a key does; undefined if it does nothing. */
export function actionOf(map: KeyMap, pressed: Pressed): Action | undefined {
  const name = nameOf(pressed);
  if (name === undefined) return undefined;
  return (Object.keys(actions) as Action[]).find((action) => keysOf(map, action).includes(name));
}

/** The map with another key for an action; another action that had the key loses it. */
export function withKey(map: KeyMap, action: Action, key: string): KeyMap {
  const changed: KeyMap = { ...map, [action]: [key] };
  for (const other of Object.keys(actions) as Action[]) {
    const keys = keysOf(map, other);
    if (other !== action && keys.includes(key)) {
      changed[other] = keys.filter((each) => each !== key);
    }
  }
  return changed;
}

/** What was stored, as far as it is a map of keys. */
export function readKeys(stored: string | null): KeyMap {
  let read: unknown;
  try {
    read = JSON.parse(stored ?? "{}");
  } catch {
    return {};
  }
  const map: KeyMap = {};
  for (const [action, keys] of Object.entries(read ?? {})) {
    const texts = Array.isArray(keys) && keys.every((key) => typeof key === "string");
    if (action in actions && texts) map[action as Action] = keys;
  }
  return map;
}

const symbols: Record<string, string> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Enter: "↵",
  Escape: "Esc",
  PageUp: "PgUp",
  PageDown: "PgDn",
  Delete: "Del",
  Space: "␣",
};

/** A key as a person reads it. */
export function shownKey(key: string): string {
  const parts = key.split(/\+(?=.)/);
  const last = parts.pop() ?? "";
  const named = symbols[last] ?? (last.length === 1 ? last.toUpperCase() : last);
  return [...parts.map((part) => (part === "Mod" ? "Ctrl" : part)), named].join("+");
}
