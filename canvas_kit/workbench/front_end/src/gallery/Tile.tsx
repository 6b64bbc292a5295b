import { memo, useCallback, useState, useSyncExternalStore, type MouseEvent } from "react";
import type { Items } from "./items";
import { kindOf } from "./loader";
import type { CaptionKind } from "./memory";
import { Player } from "./Player";
import { Reading } from "./Reading";
import type { Speech } from "./words";

/** What can be done with a tile by the mouse. They stay the same while the gallery is shown. */
export interface TileActs {
  point(index: number, how: { extend: boolean; toggle: boolean }): void;
  open(index: number): void;
  rate(index: number, rating: number | null): void;
  address(index: number): Promise<string>;
  /** The address of its picture leads nowhere any more. */
  lost(index: number): void;
}

interface TileProps {
  index: number;
  items: Items;
  say: Speech;
  width: number;
  below: number;
  caption: CaptionKind;
  atCursor: boolean;
  chosen: boolean;
  /** False while the grid scrolls too fast to see anything. */
  still: boolean;
  acts: TileActs;
}

/** One picture of the grid. Drawn again when something of it changes, and only then. */
export const Tile = memo(function Tile(props: TileProps) {
  const { index, items, say, width, below, atCursor, chosen, acts } = props;
  useItem(items, index);
  const rating = items.rating(index);
  const mine = items.details(index)?.mine;
  const caption = captionOf(items, index, props.caption);
  const pressed = (event: MouseEvent): void => {
    if ((event.target as Element).closest("button, audio, video")) return;
    acts.point(index, { extend: event.shiftKey, toggle: event.ctrlKey || event.metaKey });
  };
  return (
    <div
      role="gridcell"
      className="ckw-gallery-tile"
      data-index={index}
      data-rating={rating ?? undefined}
      tabIndex={atCursor ? 0 : -1}
      aria-selected={chosen}
      aria-label={labelOf(props, caption)}
      style={{ width, height: width + below }}
      onClick={pressed}
      onDoubleClick={(event) => {
        if (!(event.target as Element).closest("button, audio, video")) acts.open(index);
      }}
    >
      <div className="ckw-gallery-picture" style={{ height: width }}>
        <Content {...props} />
        <button
          type="button"
          tabIndex={-1}
          className="ckw-gallery-choose"
          aria-label={say("choose")}
          aria-pressed={chosen}
          onClick={() => acts.point(index, { extend: false, toggle: true })}
        />
        {mine && (mine.tags.length > 0 || mine.note) && (
          <span className="ckw-gallery-marks" title={[...mine.tags, mine.note].join("\n")}>
            {mine.tags.length > 0 && <span>{mine.tags.join(" · ")}</span>}
            {mine.note && <span aria-label={say("note")}>✎</span>}
          </span>
        )}
        <Stars say={say} rating={rating} rate={(to) => acts.rate(index, to)} />
      </div>
      {below > 0 && (
        <div className="ckw-gallery-caption" style={{ height: below }} title={caption}>
          {caption}
        </div>
      )}
    </div>
  );
});

/** Draw again when an item changes. */
export function useItem(items: Items, index: number): void {
  const listen = useCallback((told: () => void) => items.listen(index, told), [items, index]);
  useSyncExternalStore(listen, () => items.version(index));
}

function Content({ index, items, say, still, width, acts }: TileProps) {
  const media = items.media(index);
  const kind = kindOf(media.media_type);
  const details = items.details(index);
  const picture = items.picture(index);
  if (kind === "sound" || kind === "film") {
    return <Player kind={kind} say={say} address={() => acts.address(index)} />;
  }
  if (kind === "text") {
    const shared = { say, className: "ckw-gallery-text", address: () => acts.address(index) };
    return still ? <Reading {...shared} /> : <div className="ckw-gallery-placeholder" />;
  }
  if (kind === "other") {
    return <div className="ckw-gallery-missing">{say("file of type", { type: media.media_type })}</div>;
  }
  if (picture && "problem" in picture) {
    return (
      <div className="ckw-gallery-missing" title={details?.problem || picture.problem}>
        <strong>{say("missing")}</strong>
        {width > 120 && <span>{details?.problem || picture.problem}</span>}
      </div>
    );
  }
  if (!picture || !still) return <div className="ckw-gallery-placeholder" />;
  return (
    <img
      src={picture.url}
      alt=""
      draggable={false}
      onError={() => acts.lost(index)}
      decoding="async"
    />
  );
}

interface StarsProps {
  say: Speech;
  rating: number | null;
  rate: (rating: number | null) => void;
}

/** Five stars to be clicked, and a cross. The one that is set takes its rating away again. */
export function Stars({ say, rating, rate }: StarsProps) {
  const [over, setOver] = useState<number | null>(null);
  const shown = over ?? rating ?? 0;
  return (
    <span
      className="ckw-gallery-stars"
      data-rated={rating !== null}
      title={say.rating(rating)}
      onMouseLeave={() => setOver(null)}
    >
      <button
        type="button"
        tabIndex={-1}
        className="ckw-gallery-reject"
        aria-label={say("reject")}
        aria-pressed={rating === 0}
        onMouseEnter={() => setOver(0)}
        onClick={() => rate(rating === 0 ? null : 0)}
      >
        ✕
      </button>
      {[1, 2, 3, 4, 5].map((stars) => (
        <button
          key={stars}
          type="button"
          tabIndex={-1}
          data-lit={stars <= shown}
          aria-label={say("rate as", { stars })}
          aria-pressed={rating === stars}
          onMouseEnter={() => setOver(stars)}
          onClick={() => rate(rating === stars ? null : stars)}
        >
          ★
        </button>
      ))}
    </span>
  );
}

/** What stands below a picture; empty while its details are on their way. */
export function captionOf(items: Items, index: number, kind: CaptionKind): string {
  if (kind === "none" || kind === "line") return kind === "line" ? items.caption(index) : "";
  const record = items.details(index)?.record;
  if (kind === "file") return record ? items.key(index).file : "";
  if (!record) return "";
  const texts: Record<Exclude<CaptionKind, "none" | "line" | "file">, string> = {
    prompt: record.prompts.join(" · "),
    preset: record.presets.join(" · "),
    model: record.model,
    seed: record.seed ?? "",
  };
  return texts[kind];
}

function labelOf({ items, index, say }: TileProps, caption: string): string {
  const place = say("at place", { place: index + 1, count: items.count });
  return [caption || items.caption(index), say.rating(items.rating(index)), place]
    .filter(Boolean)
    .join(", ");
}
