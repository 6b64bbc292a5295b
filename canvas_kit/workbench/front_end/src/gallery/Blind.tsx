import { useState } from "react";
import { Dialog } from "./Dialog";
import type { Speech } from "./words";

interface BlindProps {
  say: Speech;
  begin: (seed: number | "new") => void;
  close: () => void;
}

/** What rating blind means, and the seed of its shuffle. */
export function BlindForm({ say, begin, close }: BlindProps) {
  const [seed, setSeed] = useState("");
  return (
    <Dialog label={say("blind")} className="ckw-gallery-form" close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          begin(seed.trim() === "" ? "new" : Number(seed));
        }}
      >
        <h3>{say("blind")}</h3>
        <p>{say("blind begins")}</p>
        <p>{say("blind hides")}</p>
        <label>
          {say("blind seed")}
          <input
            type="number"
            min={0}
            max={Number.MAX_SAFE_INTEGER}
            step={1}
            value={seed}
            onChange={(event) => setSeed(event.target.value)}
          />
        </label>
        <p className="ckw-gallery-buttons">
          <button type="button" onClick={close}>
            {say("cancel")}
          </button>
          <button type="submit" className="ckw-gallery-main" data-first>
            {say("blind start")}
          </button>
        </p>
      </form>
    </Dialog>
  );
}
