import {
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type Ref,
} from "react";
import type { Items } from "./items";
import type { Loader } from "./loader";
import { Tile, type TileActs } from "./Tile";
import type { CaptionKind } from "./memory";
import { useRoom } from "./room";
import type { Selection } from "./selection";
import {
  itemsOf,
  lineCount,
  linesOnScreen,
  lineTop,
  Pace,
  stepFrom,
  tiling,
  topToShow,
  wholeHeight,
  type Range,
  type Step,
} from "./windowing";
import type { Speech } from "./words";

const gap = 10;
const spareLines = 2;

export interface GridHandle {
  /** Where a step leads from the cursor. */
  step(step: Step): number;
  focus(): void;
}

interface GridProps {
  ref: Ref<GridHandle>;
  items: Items;
  loader: Loader;
  say: Speech;
  cursor: number;
  selection: Selection;
  tile: number;
  caption: CaptionKind;
  text: number;
  acts: TileActs;
}

/** Pictures in lines; only those on screen are in the page. */
export function Grid(props: GridProps) {
  const { items, loader, say, cursor, selection, tile, caption, text, acts } = props;
  const [box, room] = useRoom();
  const [top, setTop] = useState(0);
  const [fast, setFast] = useState(false);
  const pace = useRef(new Pace());
  const settling = useRef<ReturnType<typeof setTimeout>>(undefined);

  const below = caption === "none" ? 0 : Math.round(21 * text);
  const tiles = useMemo(
    () => tiling(items.count, room.width, tile, gap, below),
    [items.count, room.width, tile, below],
  );
  const seen = linesOnScreen(tiles, top, room.height, 0);
  const drawn = linesOnScreen(tiles, top, room.height, spareLines);

  // Another tile size keeps the cursor, or else the first line, where it was on the screen.
  const before = useRef(tiles);
  useLayoutEffect(() => {
    const element = box.current;
    const old = before.current;
    before.current = tiles;
    if (!element || old === tiles || old.count !== tiles.count || !old.columns) return;
    const shown = linesOnScreen(old, top, room.height, 0);
    const line = Math.floor(cursor / old.columns);
    const held = line >= shown.first && line <= shown.last ? cursor : shown.first * old.columns;
    const offset = lineTop(old, Math.floor(held / old.columns)) - top;
    element.scrollTop = lineTop(tiles, Math.floor(held / tiles.columns)) - offset;
    setTop(element.scrollTop);
  }, [tiles]);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element || !room.height || !items.count) return;
    const wanted = topToShow(tiles, cursor, element.scrollTop, room.height);
    if (wanted !== element.scrollTop) {
      element.scrollTop = wanted;
      setTop(element.scrollTop);
    }
    if (element.contains(document.activeElement)) tileAt(element, cursor)?.focus(quiet);
  }, [cursor, items, room.height > 0]);

  useEffect(() => {
    if (!room.height) return;
    loader.want(fast ? [] : itemsOf(tiles, seen, drawn), tiles.width * devicePixelRatio);
  }, [loader, tiles, fast, seen.first, seen.last, drawn.first, drawn.last, room.height > 0]);
  useEffect(() => () => loader.want([], 0), [loader]);
  useEffect(() => () => clearTimeout(settling.current), []);

  useImperativeHandle(
    props.ref,
    () => ({
      step: (step) => stepFrom(tiles, cursor, step, room.height),
      focus: () => box.current && tileAt(box.current, cursor)?.focus(quiet),
    }),
    [tiles, cursor, room.height],
  );

  const scrolled = (): void => {
    const element = box.current;
    if (!element) return;
    setTop(element.scrollTop);
    if (pace.current.fast(element.scrollTop, room.height, performance.now())) setFast(true);
    clearTimeout(settling.current);
    settling.current = setTimeout(() => setFast(false), 120);
  };

  const lines = linesWith(drawn, Math.floor(cursor / tiles.columns), lineCount(tiles));
  return (
    <div
      ref={box}
      className="ckw-gallery-grid"
      role="grid"
      aria-label={say("gallery")}
      aria-rowcount={lineCount(tiles)}
      aria-colcount={tiles.columns}
      aria-multiselectable="true"
      data-fast={fast}
      onScroll={scrolled}
    >
      <div role="presentation" style={{ height: wholeHeight(tiles), position: "relative" }}>
        {room.width > 0 &&
          lines.map((line) => (
            <div
              key={line}
              role="row"
              aria-rowindex={line + 1}
              className="ckw-gallery-line"
              style={{ top: lineTop(tiles, line), height: tiles.height, gap, paddingInline: gap }}
            >
              {itemsOf(tiles, { first: line, last: line }).map((index) => (
                <Tile
                  key={index}
                  index={index}
                  items={items}
                  say={say}
                  width={tiles.width}
                  below={below}
                  caption={caption}
                  atCursor={index === cursor}
                  chosen={selection.chosen.has(index)}
                  still={!fast}
                  acts={acts}
                />
              ))}
            </div>
          ))}
      </div>
    </div>
  );
}

const quiet = { preventScroll: true };

const tileAt = (box: HTMLElement, index: number): HTMLElement | null =>
  box.querySelector(`[data-index="${index}"]`);

/** The lines of a range; and the cursor's, which keeps the focus while it is out of sight. */
function linesWith(drawn: Range, cursor: number, count: number): number[] {
  const lines: number[] = [];
  for (let line = drawn.first; line <= drawn.last; line += 1) lines.push(line);
  if (cursor < count && (cursor < drawn.first || cursor > drawn.last)) lines.push(cursor);
  return lines;
}
