import { useEffect, useState } from "react";
import type { Host } from "../host";
import type { ProgressAnswer } from "./protocol";
import type { Speech } from "./words";

/** Said until the pictures are there: they are looked for; at the first time, their records read. */
export function Opening({ host, say }: { host: Host; say: Speech }) {
  const [progress, setProgress] = useState<ProgressAnswer>(null);
  useEffect(() => {
    const look = (): void =>
      void host.ask<ProgressAnswer>("gallery.progress").then(setProgress, () => undefined);
    const timer = setInterval(look, 500);
    return () => clearInterval(timer);
  }, [host]);
  if (!progress) return <>{say("opening")}</>;
  return (
    <>
      {say("reading", progress)}
      <progress max={progress.total} value={progress.read} />
    </>
  );
}
