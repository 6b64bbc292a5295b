import { useEffect, useState } from "react";
import { problemOf } from "./loader";
import type { Speech } from "./words";

interface ReadingProps {
  say: Speech;
  className: string;
  /** The address of the whole file. */
  address: () => Promise<string>;
}

/** A text file, read. */
export function Reading({ say, className, address }: ReadingProps) {
  const [text, setText] = useState(say("loading"));
  useEffect(() => {
    let current = true;
    address()
      .then(async (url) => (await fetch(url)).text())
      .catch((error: unknown) => problemOf(error, say("no picture came")))
      .then((read) => current && setText(read));
    return () => {
      current = false;
    };
  }, []);
  return <pre className={className}>{text}</pre>;
}
