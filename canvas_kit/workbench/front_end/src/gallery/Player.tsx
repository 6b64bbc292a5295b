import { useState } from "react";
import { Icon } from "./Icon";
import { problemOf } from "./loader";
import type { Speech } from "./words";

interface PlayerProps {
  kind: "sound" | "film";
  say: Speech;
  /** The address of the whole file; asked for when it is played, not before. */
  address: () => Promise<string>;
}

/** A sound or a film that comes when it is wanted. */
export function Player({ kind, say, address }: PlayerProps) {
  const [state, setState] = useState<{ url: string } | { problem: string } | "loading" | null>(null);
  const play = (): void => {
    setState("loading");
    address().then(
      (url) => setState({ url }),
      (error: unknown) => setState({ problem: problemOf(error, say("no picture came")) }),
    );
  };
  if (state && state !== "loading" && "url" in state) {
    const failed = (): void => setState({ problem: say("no picture came") });
    const shared = { src: state.url, controls: true, autoPlay: true, onError: failed };
    return (
      <div className="ckw-gallery-player">
        {kind === "sound" ? <audio {...shared} /> : <video {...shared} loop />}
      </div>
    );
  }
  return (
    <div className="ckw-gallery-player">
      <span aria-hidden="true">{kind === "sound" ? "♪" : <Icon name="film" />}</span>
      <span>{say(kind)}</span>
      {state && state !== "loading" && <span>{state.problem}</span>}
      <button type="button" tabIndex={-1} disabled={state === "loading"} onClick={play}>
        {state === "loading" ? say("loading") : `▶ ${say("play")}`}
      </button>
    </div>
  );
}
