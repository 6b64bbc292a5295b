import { useMemo, useState } from "react";
import { fieldRows, textRows, wordDifferences } from "./differences";
import type { GalleryDetails } from "./protocol";
import type { Speech } from "./words";

interface CompareProps {
  details: GalleryDetails[];
  say: Speech;
}

/** What differs between two to four pictures: their fields, and their texts word by word. */
export function Compare({ details, say }: CompareProps) {
  const [all, setAll] = useState(false);
  const rows = useMemo(() => fieldRows(details), [details]);
  const texts = useMemo(() => textRows(details.map(({ record }) => record?.texts ?? [])), [details]);
  if (details.some(({ record }) => !record)) {
    return <p className="ckw-gallery-hint">{say("blind hides")}</p>;
  }
  const shown = rows.filter(({ differs }) => all || differs);
  return (
    <>
      <h3>{say("differences")}</h3>
      {!shown.length && <p className="ckw-gallery-hint">{say("same")}</p>}
      <div className="ckw-gallery-scroll">
        <table className="ckw-gallery-table">
          <thead>
            <tr>
              <td />
              {details.map((_, place) => (
                <th key={place} scope="col">
                  {place + 1}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map(({ name, values, differs }) => (
              <tr key={name} data-differs={differs}>
                <th scope="row">{say.facet(name)}</th>
                {values.map((value, place) => (
                  <td key={place}>
                    {name === "rating"
                      ? say.rating(value === "" ? null : Number(value))
                      : name === "status"
                        ? say.value(name, value)
                        : value || "–"}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <label className="ckw-gallery-check">
        <input type="checkbox" checked={all} onChange={() => setAll(!all)} /> {say("all fields")}
      </label>
      <h3>{say("text by text")}</h3>
      {!texts.length && <p className="ckw-gallery-hint">{say("no texts")}</p>}
      {texts.map(({ name, texts: each }) => (
        <section key={name}>
          <h4>{name}</h4>
          {each.map((text, place) => (
            <Difference key={place} place={place} first={each[0] ?? null} text={text} say={say} />
          ))}
        </section>
      ))}
    </>
  );
}

interface DifferenceProps {
  place: number;
  first: string | null;
  text: string | null;
  say: Speech;
}

/** A text; from the second pane on as what differs from the first pane's. */
function Difference({ place, first, text, say }: DifferenceProps) {
  const pieces = useMemo(
    () => (place > 0 && first !== null && text !== null ? wordDifferences(first, text) : null),
    [place, first, text],
  );
  return (
    <div className="ckw-gallery-difference">
      <b aria-label={say("picture", { place: place + 1 })}>{place + 1}</b>
      {text === null ? (
        <em>{say("lacking")}</em>
      ) : pieces && first === text ? (
        <em>{say("identical")}</em>
      ) : pieces ? (
        <p>
          {pieces.map((piece, at) =>
            piece.in === "both" ? (
              <span key={at}>{piece.text}</span>
            ) : piece.in === "first" ? (
              <del key={at}>{piece.text}</del>
            ) : (
              <ins key={at}>{piece.text}</ins>
            ),
          )}
        </p>
      ) : (
        <p>{text}</p>
      )}
    </div>
  );
}
