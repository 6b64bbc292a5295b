/** Undo and redo over values that never change. */

export interface History<Value> {
  past: readonly Value[];
  now: Value;
  future: readonly Value[];
  /** What the last step belongs to: steps with the same key that follow at once are one. */
  key: string;
  at: number;
}

const MOST = 200;
const TOGETHER_MS = 1500;

export function begin<Value>(value: Value): History<Value> {
  return { past: [], now: value, future: [], key: "", at: 0 };
}

/** One step further. With the key of the step before, soon after it, it becomes part of that. */
export function step<Value>(
  history: History<Value>,
  value: Value,
  key = "",
  at = 0,
): History<Value> {
  if (value === history.now) return history;
  const same = key !== "" && key === history.key && at - history.at < TOGETHER_MS;
  const past = same ? history.past : [...history.past, history.now].slice(-MOST);
  return { past, now: value, future: [], key, at };
}

export function undo<Value>(history: History<Value>): History<Value> {
  const before = history.past.at(-1);
  if (before === undefined) return history;
  const future = [history.now, ...history.future];
  return { past: history.past.slice(0, -1), now: before, future, key: "", at: 0 };
}

export function redo<Value>(history: History<Value>): History<Value> {
  const [next, ...future] = history.future;
  if (next === undefined) return history;
  return { past: [...history.past, history.now], now: next, future, key: "", at: 0 };
}
