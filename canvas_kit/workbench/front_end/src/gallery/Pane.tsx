import { useEffect, useRef, useState, type PointerEvent } from "react";
import type { Host } from "../host";
import type { Items } from "./items";
import { decoded, kindOf, problemOf } from "./loader";
import { Player } from "./Player";
import { Reading } from "./Reading";
import { useRoom } from "./room";
import { useItem } from "./Tile";
import type { Speech } from "./words";
import { dragged, fitted, transform, whole, zoomed, type Size, type View } from "./zoom";

/** A file in full size: its small picture until then, or why it cannot be shown. */
export interface Full {
  url: string;
  problem: string;
  sharp: boolean;
}

/** The full picture of an item, loaded in the background. */
export function useFull(host: Host, items: Items, index: number, say: Speech): Full {
  useItem(items, index);
  const [loaded, setLoaded] = useState<{ index: number; items: Items; full: Full } | null>(null);
  useEffect(() => {
    const media = items.media(index);
    if (kindOf(media.media_type) !== "picture") return;
    const controller = new AbortController();
    const set = (full: Full): void => {
      if (!controller.signal.aborted) setLoaded({ index, items, full });
    };
    decoded(host, media, 0, controller.signal).then(
      (url) => set({ url, problem: "", sharp: true }),
      (error: unknown) =>
        set({ url: "", problem: problemOf(error, say("no picture came")), sharp: false }),
    );
    return () => controller.abort();
  }, [host, items, index]);
  if (loaded && loaded.index === index && loaded.items === items) return loaded.full;
  const small = items.picture(index);
  return { url: small && "url" in small ? small.url : "", problem: "", sharp: false };
}

interface PaneProps {
  host: Host;
  items: Items;
  index: number;
  say: Speech;
  view: View;
  change: (view: View) => void;
  /** Told how large the picture is when it fits, for what zooms it by keys. */
  measured?: (fit: Size, picture: Size) => void;
}

/** One picture, zoomed and drawn along by wheel, pointer and fingers. */
export function Pane({ host, items, index, say, view, change, measured }: PaneProps) {
  const [box, room] = useRoom();
  const media = items.media(index);
  const full = useFull(host, items, index, say);
  const [natural, setNatural] = useState<Size>({ width: 0, height: 0 });
  const picture = media.width
    ? { width: media.width, height: media.height ?? media.width }
    : natural;
  const fit = fitted(picture, room);
  const now = useRef({ view, fit, change });
  now.current = { view, fit, change };

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    // React listens to wheels passively: the page behind would scroll along.
    const turned = (event: WheelEvent): void => {
      event.preventDefault();
      const { view: from, fit: size, change: to } = now.current;
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1;
      const by = Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.002));
      to(zoomed(from, by, size, fromMiddle(element, event)));
    };
    element.addEventListener("wheel", turned, { passive: false });
    return () => element.removeEventListener("wheel", turned);
  }, []);
  useEffect(() => measured?.(fit, picture), [fit.width, fit.height, picture.width]);

  const pointers = usePointers(now);
  const kind = kindOf(media.media_type);
  const zooms = kind === "picture" && !full.problem;
  const pixels = picture.width ? (view.scale * fit.width) / picture.width : 0;
  return (
    <div
      ref={box}
      className="ckw-gallery-pane"
      data-sharp={full.sharp}
      data-zoomed={view.scale > 1}
      onDoubleClick={(event) =>
        zooms &&
        change(view.scale > 1 ? whole : zoomed(view, 4, fit, fromMiddle(event.currentTarget, event)))
      }
      {...(zooms ? pointers : {})}
    >
      {kind === "picture" && full.url && room.width > 0 && (
        <img
          src={full.url}
          alt={items.caption(index) || say("picture", { place: index + 1 })}
          draggable={false}
          onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
            setNatural({ width: naturalWidth, height: naturalHeight })
          }
          style={{
            width: fit.width,
            height: fit.height,
            transform: transform(view, fit),
            imageRendering: full.sharp && pixels > 3 ? "pixelated" : "auto",
          }}
        />
      )}
      {kind === "picture" && full.problem && (
        <p className="ckw-gallery-fault">
          {say("cannot show", { file: items.key(index).file, problem: full.problem })}
        </p>
      )}
      {(kind === "sound" || kind === "film") && (
        <Player key={index} kind={kind} say={say} address={() => host.picture(media, 0)} />
      )}
      {kind === "text" && (
        <Reading
          key={index}
          say={say}
          className="ckw-gallery-reading"
          address={() => host.picture(media, 0)}
        />
      )}
      {kind === "other" && (
        <p className="ckw-gallery-fault">{say("file of type", { type: media.media_type })}</p>
      )}
    </div>
  );
}

function fromMiddle(element: Element, event: { clientX: number; clientY: number }) {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { x: event.clientX - left - width / 2, y: event.clientY - top - height / 2 };
}

type Now = { current: { view: View; fit: Size; change: (view: View) => void } };

/** One pointer draws the picture along, two zoom it. */
function usePointers(now: Now) {
  const down = useRef(new Map<number, { clientX: number; clientY: number }>());
  const lift = (event: PointerEvent): void => void down.current.delete(event.pointerId);
  return {
    onPointerDown: (event: PointerEvent<HTMLElement>): void => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      down.current.set(event.pointerId, { clientX: event.clientX, clientY: event.clientY });
    },
    onPointerMove: (event: PointerEvent<HTMLElement>): void => {
      const before = down.current.get(event.pointerId);
      if (!before) return;
      const { view, fit, change } = now.current;
      const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
      const other = [...down.current].find(([id]) => id !== event.pointerId)?.[1];
      down.current.set(event.pointerId, { clientX: event.clientX, clientY: event.clientY });
      if (!other) return change(dragged(view, dx, dy, fit));
      const apart = (one: { clientX: number; clientY: number }): number =>
        Math.max(10, Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY));
      const middle = {
        clientX: (event.clientX + other.clientX) / 2,
        clientY: (event.clientY + other.clientY) / 2,
      };
      const closer = zoomed(
        view,
        apart(event) / apart(before),
        fit,
        fromMiddle(event.currentTarget, middle),
      );
      change(dragged(closer, dx / 2, dy / 2, fit));
    },
    onPointerUp: lift,
    onPointerCancel: lift,
  };
}
