import {
  useEffect,
  useImperativeHandle,
  useMemo,
  useReducer,
  useRef,
  useState,
  type Ref,
} from "react";
import type { Host } from "../host";
import { Compare } from "./Compare";
import { Dialog } from "./Dialog";
import type { Items } from "./items";
import type { Action } from "./keys";
import { decoded, kindOf, type Loader } from "./loader";
import { Pane } from "./Pane";
import { RecordPanel } from "./Record";
import { Stars } from "./Tile";
import type { Speech } from "./words";
import { actual, dragged, whole, zoomed, type Size, type View } from "./zoom";

export interface LightboxHandle {
  /** Do what zooms; false for what is not the lightbox's. */
  act(action: Action): boolean;
}

export interface LightboxProps {
  ref: Ref<LightboxHandle>;
  host: Host;
  items: Items;
  loader: Loader;
  say: Speech;
  /** One picture to look at, or two to four to compare. */
  panes: readonly number[];
  active: number;
  blind: boolean;
  record: boolean;
  /** What was last said, and how much is rated. */
  message: string;
  act: (action: Action) => void;
  activate: (pane: number) => void;
  rate: (index: number, rating: number | null) => void;
  copy: (text: string) => void;
  close: () => void;
}

/** Pictures in full size, over everything else: one with its record, or several that zoom as one. */
export function Lightbox(props: LightboxProps) {
  const { host, items, loader, say, panes, active, blind, record, act, rate } = props;
  const [view, setView] = useState<View>(whole);
  const [wiped, setWiped] = useState<number | null>(null);
  const size = useRef<{ fit: Size; picture: Size }>({ fit: none, picture: none });
  const index = panes[active] ?? panes[0] ?? 0;
  const comparing = panes.length > 1;

  // What is looked at closely stays so while comparing; another single picture is shown whole.
  useEffect(() => {
    if (!comparing) setView(whole);
  }, [comparing, index]);
  useDetails(items, loader, panes);
  useNeighbours(host, items, comparing ? null : index);

  const zoom = (by: number): void => setView((from) => zoomed(from, by, size.current.fit));
  const move = (x: number, y: number): boolean => {
    if (view.scale === 1) return false;
    const { fit } = size.current;
    setView((from) => dragged(from, x * 80, y * 80, fit));
    return true;
  };
  const one = (): void =>
    setView((from) =>
      actual(from, size.current.picture, size.current.fit, devicePixelRatio),
    );
  useImperativeHandle(props.ref, () => ({
    act: (action) => {
      if (action === "closer") zoom(1.5);
      else if (action === "wider") zoom(1 / 1.5);
      else if (action === "fit") setView(whole);
      else if (action === "actual") one();
      else if (action === "up") return move(0, 1);
      else if (action === "down") return move(0, -1);
      else if (action === "left") return move(1, 0);
      else if (action === "right") return move(-1, 0);
      else return false;
      return true;
    },
  }));

  const stamp = panes.map((each) => `${each} ${items.version(each)}`).join();
  const known = useMemo(
    () => panes.flatMap((each) => items.details(each) ?? []),
    [items, stamp],
  );
  const wipes = wiped !== null && panes.length === 2;
  return (
    <Dialog label={say(comparing ? "compare now" : "gallery")} className="ckw-gallery-box" close={props.close}>
      <header>
        <strong className="ckw-gallery-name">
          {comparing
            ? panes.map((each) => say.number(each + 1)).join(" · ")
            : say("at place", { place: index + 1, count: items.count })}
          {!blind && !comparing && <span>{items.key(index).file}</span>}
        </strong>
        <span className="ckw-gallery-said" role="status">
          {props.message}
        </span>
        {comparing && panes.length === 2 && (
          <button
            type="button"
            aria-pressed={wipes}
            onClick={() => setWiped(wipes ? null : 0.5)}
          >
            {say(wipes ? "side by side" : "wipe")}
          </button>
        )}
        <button type="button" title={say.action("wider")} aria-label={say("wider")} onClick={() => zoom(1 / 1.5)}>
          −
        </button>
        <span className="ckw-gallery-scale">{Math.round(view.scale * 100)} %</span>
        <button type="button" title={say.action("closer")} aria-label={say("closer")} onClick={() => zoom(1.5)}>
          +
        </button>
        <button type="button" title={say.action("fit")} onClick={() => setView(whole)}>
          {say("fit")}
        </button>
        <button type="button" title={say.action("actual")} onClick={one}>
          {say("actual")}
        </button>
        <button type="button" onClick={() => act("tags")}>
          {say("tags")}
        </button>
        <button type="button" onClick={() => act("note")}>
          {say("note")}
        </button>
        {!blind && (
          <button type="button" onClick={() => act("origin")}>
            {say("origin")}
          </button>
        )}
        <button type="button" aria-pressed={record} onClick={() => act("record")}>
          {say(comparing ? "differences" : "record")}
        </button>
        <button type="button" aria-label={say("keys")} onClick={() => act("help")}>
          ?
        </button>
        <button type="button" aria-label={say("close")} onClick={props.close}>
          ×
        </button>
      </header>
      <div className="ckw-gallery-stage" data-panes={wipes ? 1 : panes.length}>
        {panes.map((each, place) => (
          <figure
            key={place}
            data-active={comparing && place === active}
            className={wipes ? "ckw-gallery-wiped" : undefined}
            style={wipes && place === 1 ? { clipPath: `inset(0 0 0 ${wiped * 100}%)` } : undefined}
            onPointerDown={() => comparing && props.activate(place)}
            onFocus={() => comparing && props.activate(place)}
          >
            <Pane
              host={host}
              items={items}
              index={each}
              say={say}
              view={view}
              change={setView}
              measured={(fit, picture) => {
                if (place === 0) size.current = { fit, picture };
              }}
            />
            {!wipes && (
              <figcaption>
                {comparing && <b>{place + 1}</b>}
                <span className="ckw-gallery-caption">{items.caption(each)}</span>
                <Stars say={say} rating={items.rating(each)} rate={(to) => rate(each, to)} />
                {comparing && (
                  <PaneButtons say={say} act={(action) => (props.activate(place), act(action))} />
                )}
              </figcaption>
            )}
          </figure>
        ))}
        {wipes && (
          <input
            type="range"
            className="ckw-gallery-edge"
            min={0}
            max={1}
            step={0.005}
            value={wiped}
            aria-label={say("wipe")}
            onChange={(event) => setWiped(Number(event.target.value))}
          />
        )}
        {!comparing && (
          <>
            <button type="button" className="ckw-gallery-before" aria-label={say("previous")} disabled={index === 0} onClick={() => act("other picture back")}>
              ‹
            </button>
            <button type="button" className="ckw-gallery-after" aria-label={say("next")} disabled={index >= items.count - 1} onClick={() => act("other picture")}>
              ›
            </button>
          </>
        )}
      </div>
      {record && (
        <aside aria-label={say(comparing ? "differences" : "record")}>
          {!comparing ? (
            <RecordPanel details={items.details(index)} say={say} copy={props.copy} />
          ) : known.length === panes.length ? (
            <Compare details={known} say={say} />
          ) : (
            <p className="ckw-gallery-hint">{say("loading")}</p>
          )}
        </aside>
      )}
    </Dialog>
  );
}

const none: Size = { width: 0, height: 0 };

function PaneButtons({ say, act }: { say: Speech; act: (action: Action) => void }) {
  const buttons: [Action, string, string][] = [
    ["other picture back", "‹", say("previous")],
    ["other picture", "›", say("next")],
    ["swap", "⇄", say("swap panes")],
    ["remove", "×", say("remove pane")],
  ];
  return (
    <span className="ckw-gallery-panebuttons">
      {buttons.map(([action, sign, label]) => (
        <button key={action} type="button" title={label} aria-label={label} onClick={() => act(action)}>
          {sign}
        </button>
      ))}
    </span>
  );
}

/** Have the details of what is shown, and draw again whenever one of them changes. */
function useDetails(items: Items, loader: Loader, panes: readonly number[]): void {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const stops = panes.map((each) => items.listen(each, redraw));
    void loader.detailsOf(panes).catch(() => undefined);
    return () => stops.forEach((stop) => stop());
  }, [items, loader, panes.join()]);
}

/** Load the next and the previous picture while this one is looked at. */
function useNeighbours(host: Host, items: Items, index: number | null): void {
  useEffect(() => {
    if (index === null) return;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      for (const other of [index + 1, index - 1]) {
        if (other < 0 || other >= items.count) continue;
        const media = items.media(other);
        if (kindOf(media.media_type) !== "picture") continue;
        void decoded(host, media, 0, controller.signal).catch(() => undefined);
      }
    }, 150);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [host, items, index]);
}
