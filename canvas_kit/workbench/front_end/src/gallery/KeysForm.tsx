import { useState, type KeyboardEvent } from "react";
import { Dialog } from "./Dialog";
import { actions, keysOf, nameOf, shownKey, withKey, type Action, type KeyMap } from "./keys";
import type { Speech } from "./words";

interface KeysProps {
  keys: KeyMap;
  say: Speech;
  change: (keys: KeyMap) => void;
  close: () => void;
}

/** Which key does what; each can be changed. */
export function KeysForm({ keys, say, change, close }: KeysProps) {
  const [changing, setChanging] = useState<Action | null>(null);
  const pressed = (action: Action, event: KeyboardEvent): void => {
    if (changing !== action) return;
    event.preventDefault();
    event.stopPropagation();
    const key = nameOf(event);
    if (key === undefined) return;
    if (key !== "Escape") change(withKey(keys, action, key));
    setChanging(null);
  };
  return (
    <Dialog label={say("keys")} className="ckw-gallery-keys" close={close}>
      <h3>{say("keys")}</h3>
      <p className="ckw-gallery-hint">{say("keys hint")}</p>
      <ul>
        {(Object.keys(actions) as Action[]).map((action) => (
          <li key={action}>
            <span>{say.action(action)}</span>
            <button
              type="button"
              aria-label={`${say.action(action)}: ${keysOf(keys, action).map(shownKey).join(", ")}`}
              data-changing={changing === action}
              onClick={() => setChanging(action)}
              onBlur={() => setChanging(null)}
              onKeyDown={(event) => pressed(action, event)}
            >
              {changing === action
                ? say("press key")
                : keysOf(keys, action).map((key) => <kbd key={key}>{shownKey(key)}</kbd>)}
              {changing !== action && !keysOf(keys, action).length && say("no key")}
            </button>
          </li>
        ))}
      </ul>
      <p className="ckw-gallery-buttons">
        <button type="button" onClick={() => change({})}>
          {say("reset keys")}
        </button>
        <button type="button" className="ckw-gallery-main" data-first onClick={close}>
          {say("close")}
        </button>
      </p>
    </Dialog>
  );
}
