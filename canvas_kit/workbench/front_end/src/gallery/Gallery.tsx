import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
  type KeyboardEvent,
} from "react";
import type { CanvasDocument, Host } from "../host";
import { BlindForm } from "./Blind";
import { toClipboard } from "./clipboard";
import { recounted } from "./counting";
import { Chips, Facets } from "./Facets";
import { NoteForm, TagsForm } from "./Forms";
import { Grid, type GridHandle } from "./Grid";
import { Icon } from "./Icon";
import { Items } from "./items";
import { Judging } from "./judging";
import { actionOf, type Action, type KeyMap } from "./keys";
import { KeysForm } from "./KeysForm";
import { Lightbox, type LightboxHandle } from "./Lightbox";
import { Loader, problemOf } from "./loader";
import {
  keepLiking,
  keepPlace,
  keepUserKeys,
  readLiking,
  readPlace,
  readUserKeys,
  type Liking,
} from "./memory";
import { Opening } from "./Opening";
import { Origin } from "./Origin";
import type {
  Facet,
  FacetValue,
  GalleryAnswer,
  GallerySource,
  GalleryView,
  Judgement,
  ValuesParameters,
} from "./protocol";
import { openingCode } from "./python";
import {
  anchoredAt,
  everything,
  extended,
  inOrder,
  nothing,
  renumbered,
  toggled,
  type Selection,
} from "./selection";
import { Stars, type TileActs } from "./Tile";
import { Toolbar } from "./Toolbar";
import { isStep, type Step } from "./windowing";
import { speech, type Speech } from "./words";

export interface GalleryProps {
  host: Host;
  source: GallerySource;
  onOpenCanvas?: (document: CanvasDocument) => void;
}

interface Shown {
  answer: GalleryAnswer;
  items: Items;
  loader: Loader;
}

type Form = "tags" | "note" | "keys" | "origin" | "blind" | null;

/** A place to look through pictures, to judge and to compare them. */
export function Gallery({ host, source, onOpenCanvas }: GalleryProps) {
  const say = useMemo(() => speech(host.language), [host.language]);
  const [place] = useState(() => readPlace(source));
  const [view, setView] = useState<GalleryView>(place.view);
  const [asked, setAsked] = useState(0);
  const [shown, setShown] = useState<Shown | null>(null);
  const [busy, setBusy] = useState(true);
  const [fault, setFault] = useState("");
  const [facets, setFacets] = useState<Facet[]>([]);
  const [cursor, setCursor] = useState(0);
  const [selection, setSelection] = useState<Selection>(nothing);
  const [message, setMessage] = useState("");
  const [panes, setPanes] = useState<readonly number[] | null>(null);
  const [active, setActive] = useState(0);
  const [form, setForm] = useState<Form>(null);
  const [liking, setLiking] = useState<Liking>(readLiking);
  const [keys, setKeys] = useState<KeyMap>(readUserKeys);
  const [usedTags, setUsedTags] = useState<readonly string[]>([]);
  const root = useRef<HTMLDivElement>(null);
  const grid = useRef<GridHandle>(null);
  const search = useRef<HTMLInputElement>(null);
  const lightbox = useRef<LightboxHandle>(null);
  const judging = useMemo(() => new Judging(host, source), [host, source]);
  const items = shown?.items ?? null;
  const blind = shown?.answer.blind ?? null;
  const fail = (error: unknown): void =>
    setMessage(say("failed", { problem: problemOf(error, "") }));
  const like = (part: Partial<Liking>): void => setLiking((now) => ({ ...now, ...part }));
  useEffect(() => keepLiking(liking), [liking]);

  // What handlers read that live longer than a drawing.
  const now = useRef({ shown, cursor, selection });
  now.current = { shown, cursor, selection };

  useEffect(() => {
    let current = true;
    setBusy(true);
    host
      .ask<GalleryAnswer>("gallery.open", { source, ...view })
      .then((answer) => {
        if (!current) return;
        const loaded = new Items(answer);
        const loader = new Loader(host, source, loaded, say("no picture came"));
        const before = now.current;
        const old = before.shown;
        const same = old && old.answer.blind === answer.blind;
        const placeNow = (index: number): number | undefined =>
          same ? loaded.place(old.items.key(index)) : undefined;
        const begin = old ? placeNow(before.cursor) : place.at ? loaded.place(place.at) : undefined;
        setCursor(begin ?? 0);
        setSelection(renumbered(before.selection, placeNow));
        setShown({ answer, items: loaded, loader });
        setFacets(answer.facets);
        setFault("");
        if (old && !same) setMessage(wordsOfBlind(say, old, answer));
      })
      .catch((error: unknown) => current && setFault(problemOf(error, "")))
      .finally(() => current && setBusy(false));
    return () => {
      current = false;
    };
  }, [host, source, view, asked]);

  // A shuffle that was drawn is asked for by its number from then on, and after a reload.
  const settled = view.blind === "new" ? { ...view, blind } : view;
  const change = (part: GalleryView): void => setView({ ...settled, ...part });
  useEffect(() => {
    if (!items) return;
    const at = items.count ? items.key(Math.min(cursor, items.count - 1)) : null;
    keepPlace(source, { view: settled, asked: place.asked, at });
  }, [items, cursor, view]);

  const told = useRef(0);
  useEffect(() => {
    if (!items || (!selection.chosen.size && !told.current)) return;
    const timer = setTimeout(() => {
      const chosen = inOrder(selection).map((index) => items.key(index));
      told.current = chosen.length;
      host.ask("gallery.select", { source, keys: chosen }).catch(fail);
    }, 300);
    return () => clearTimeout(timer);
  }, [selection]);

  const rated = useRated(items);
  const nameOf = (index: number): string =>
    (!blind && items?.caption(index)) || say("picture", { place: index + 1 });

  const judge = (
    indices: readonly number[],
    changeOf: (index: number) => Partial<Judgement>,
  ): Promise<void> => {
    if (!items) return Promise.resolve();
    for (const index of indices) {
      const mine = items.details(index)?.mine;
      const given = changeOf(index);
      const { rating, tags } = given;
      if (rating !== undefined) {
        const before = items.rating(index);
        setFacets((all) => recounted(all, "rating", [before], [rating]));
      }
      if (tags) setFacets((all) => recounted(all, "tag", mine?.tags ?? [], tags));
    }
    return judging.change(items, indices, changeOf).catch((error: unknown) => {
      fail(error);
      setAsked((times) => times + 1);
    });
  };

  /** What a key judges: the chosen ones in the grid, else the one at the cursor. */
  const targets = (): number[] => {
    if (panes) return [panes[active] ?? cursor];
    return selection.chosen.size > 1 ? inOrder(selection) : [cursor];
  };

  const wordsFor = (rating: number | null): string =>
    rating === null
      ? say("said cleared")
      : rating === 0
        ? say("said rejected")
        : say("said rated", { rating });

  const rate = (rating: number | null): void => {
    if (!items?.count) return;
    const indices = targets();
    void judge(indices, () => ({ rating }));
    if (indices.length > 1) {
      setMessage(`${wordsFor(rating)} ${say("said all", { count: indices.length })}`);
      return;
    }
    const said = wordsFor(rating);
    if (rating === null) return setMessage(said);
    if (panes && panes.length > 1) {
      setActive(Math.min(active + 1, panes.length - 1));
      return setMessage(said);
    }
    const next = Math.min(cursor + 1, items.count - 1);
    go(next);
    setMessage(`${said} ${say("said next", { what: nameOf(next) })}`);
  };

  const undo = (): void => {
    judging.undo().then((undone) => {
      const last = undone.at(-1);
      if (!last) return setMessage(say("nothing to undo"));
      const { shown: open } = now.current;
      for (const { key, mine } of undone) {
        const index = open?.items.place(key);
        if (index === undefined || !open) continue;
        const before = open.items.rating(index);
        setFacets((all) => recounted(all, "rating", [before], [mine.rating]));
        open.items.judge(index, mine);
      }
      const index = open?.items.place(last.key);
      if (index !== undefined) go(index);
      const what = index === undefined ? last.key.file : nameOf(index);
      setMessage(say("said undone", { what, rating: say.rating(last.mine.rating) }));
    }, fail);
  };

  const go = (index: number): void => {
    setCursor(index);
    setPanes((open) => (open?.length === 1 ? [index] : open));
  };
  const step = (to: Step, extend: boolean): void => {
    const index = grid.current?.step(to) ?? cursor;
    if (extend && !panes) setSelection(extended(selection, index));
    else if (!selection.chosen.size) setSelection(anchoredAt(selection, index));
    go(index);
  };
  const open = (index: number): void => {
    setCursor(index);
    setPanes([index]);
    setActive(0);
  };
  const close = (): void => {
    setPanes(null);
    setMessage("");
  };
  const closeForm = (): void => setForm(null);
  // The dialog gives the focus back to where it was; the cursor may have moved since.
  const covered = panes !== null || form !== null;
  useLayoutEffect(() => {
    if (!covered) grid.current?.focus();
  }, [covered]);

  const compare = (): void => {
    const chosen = inOrder(selection);
    const all = chosen.length === 1 && !selection.chosen.has(cursor) ? [...chosen, cursor] : chosen;
    if (all.length < 2) return setMessage(say("choose two"));
    if (all.length > 4) setMessage(say("only four"));
    setPanes(all.slice(0, 4));
    setActive(0);
  };
  const swapPanes = (): void => {
    if (!panes || panes.length < 2) return;
    const other = (active + 1) % panes.length;
    const swapped = [...panes];
    [swapped[active], swapped[other]] = [panes[other] ?? 0, panes[active] ?? 0];
    setPanes(swapped);
    setActive(other);
  };
  const otherPicture = (by: number): void => {
    if (!items || !panes) return;
    const shift = (index: number): number => Math.max(0, Math.min(items.count - 1, index + by));
    if (panes.length === 1) return go(shift(panes[0] ?? 0));
    setPanes(panes.map((index, pane) => (pane === active ? shift(index) : index)));
  };
  const removePane = (): void => {
    if (!panes || panes.length < 2) return;
    const left = panes.filter((_, pane) => pane !== active);
    if (left.length === 1) return open(left[0] ?? cursor);
    setPanes(left);
    setActive(Math.min(active, left.length - 1));
  };

  const copy = useCallback(
    async (text: string): Promise<void> => {
      const done = root.current ? await toClipboard(text, root.current) : false;
      setMessage(say(done ? "copied" : "not copied"));
    },
    [say],
  );
  const copyFiles = async (): Promise<void> => {
    if (!shown) return;
    try {
      const details = await shown.loader.detailsOf(inOrder(selection));
      const files = details.map(({ key, record }) => ({
        folder: record?.folder ?? "",
        file: key.file,
      }));
      await copy(openingCode(files.filter(({ folder }) => folder)));
    } catch (error) {
      fail(error);
    }
  };
  const knownTags = useMemo(() => {
    const listed = facets.find(({ name }) => name === "tag")?.values ?? [];
    const texts = listed.map(({ value }) => value).filter((tag) => typeof tag === "string");
    return [...new Set([...usedTags, ...texts])].filter(Boolean);
  }, [facets, usedTags]);
  const saveTags = (tags: string[], adding: boolean): void => {
    setUsedTags((used) => [...new Set([...tags, ...used])]);
    const indices = targets();
    const before = (index: number): string[] => items?.details(index)?.mine.tags ?? [];
    void judge(indices, (index) => ({
      tags: adding ? [...new Set([...before(index), ...tags])] : tags,
    }));
    closeForm();
  };
  const openForm = async (wanted: "tags" | "note"): Promise<void> => {
    try {
      // What each has already must be known before something is added to it.
      await shown?.loader.detailsOf(targets());
      setForm(wanted);
    } catch (error) {
      fail(error);
    }
  };
  const fullScreen = (): void => {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void root.current?.requestFullscreen?.().catch(() => undefined);
  };
  const resize = (by: number): void =>
    like({ tile: Math.round(Math.min(512, Math.max(64, liking.tile * by))) });

  const act = (action: Action, extend = false): void => {
    if (action === "help") return setForm("keys");
    if (action === "search") return search.current?.focus();
    if (!items?.count) return action === "blind" ? toggleBlind() : undefined;
    if (panes && lightbox.current?.act(action)) return;
    const comparing = panes !== null && panes.length > 1;
    if (action.startsWith("rate ")) return rate(Number(action.slice(5)));
    if (isStep(action)) {
      if (!comparing) step(action, extend);
      else if (action === "left") setActive(Math.max(0, active - 1));
      else if (action === "right") setActive(Math.min(panes.length - 1, active + 1));
      return;
    }
    const does: Partial<Record<Action, () => void>> = {
      reject: () => rate(0),
      clear: () => rate(null),
      undo,
      tags: () => void openForm("tags"),
      note: () => void openForm("note"),
      unrated: () => {
        const next = items.unratedAfter(cursor);
        if (next === undefined) setMessage(say("all rated"));
        else if (!comparing) go(next);
      },
      choose: () => setSelection(toggled(selection, panes ? (panes[active] ?? cursor) : cursor)),
      "choose all": () => setSelection(everything(items.count)),
      "choose none": () => setSelection(nothing),
      open: () => open(cursor),
      compare: () => (comparing ? close() : compare()),
      blind: toggleBlind,
      closer: () => resize(1.2),
      wider: () => resize(1 / 1.2),
      record: () => like(panes ? { record: !liking.record } : { facets: !liking.facets }),
      origin: () => (blind === null ? setForm("origin") : setMessage(say("not blind"))),
      "other picture": () => otherPicture(1),
      "other picture back": () => otherPicture(-1),
      swap: swapPanes,
      remove: removePane,
    };
    does[action]?.();
  };
  const toggleBlind = (): void => {
    if (blind === null) return setForm("blind");
    setPanes(null);
    change({ blind: null });
  };

  const pressed = (event: KeyboardEvent): void => {
    if (form || event.defaultPrevented) return;
    const target = event.target as HTMLElement;
    const typing = target.closest("input:not([type=checkbox]), textarea, select");
    if (typing) {
      if (event.key === "Escape" && !panes) grid.current?.focus();
      return;
    }
    const pressing = target.closest("button, summary, audio, video, input, a");
    if (pressing && (event.key === "Enter" || event.key === " ")) return;
    if (panes && event.key === "Escape") return; // the dialog closes itself
    const action = actionOf(keys, event);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    act(action, event.shiftKey);
  };

  // The tiles' handlers stay the same, so that a tile is drawn for its own sake only.
  const latest = useRef({ open, judge, rate });
  latest.current = { open, judge, rate };
  const acts = useMemo<TileActs>(
    () => ({
      point: (index, { extend, toggle }) => {
        setCursor(index);
        setSelection((before) =>
          extend
            ? extended(before, index)
            : toggle
              ? toggled(before, index)
              : anchoredAt(before, index),
        );
        setTimeout(() => grid.current?.focus());
      },
      open: (index) => latest.current.open(index),
      rate: (index, rating) => {
        setCursor(index);
        void latest.current.judge([index], () => ({ rating }));
        setTimeout(() => grid.current?.focus());
      },
      lost: (index) => now.current.shown?.loader.lost(index),
      address: async (index) => {
        const open = now.current.shown;
        return open ? host.picture(open.items.media(index), 0) : "";
      },
    }),
    [host],
  );

  const choose = (facet: string, values: FacetValue[]): void => {
    const filters = { ...view.filters, [facet]: values };
    if (!values.length) delete filters[facet];
    change({ filters });
  };
  const find = (facet: string, contains: string): Promise<Facet> => {
    const parameters: ValuesParameters = { source, ...settled, facet, contains };
    return host.ask<Facet>("gallery.values", { ...parameters });
  };
  const named = new Set(facets.map(({ name }) => name));
  const filters = Object.fromEntries(
    Object.entries(view.filters ?? {}).filter(([name]) => blind === null || named.has(name)),
  );
  const several = !panes && selection.chosen.size > 1;
  const about = several
    ? say("chosen", { count: selection.chosen.size })
    : nameOf(panes ? (panes[active] ?? cursor) : cursor);
  const target = items?.count ? items.details(targets()[0] ?? 0)?.mine : undefined;

  return (
    <div
      ref={root}
      className="ckw-gallery"
      data-lm-suppress-shortcuts="true"
      data-busy={busy}
      lang={host.language}
      style={{ fontSize: `calc(var(--jp-ui-font-size1, 13px) * ${liking.text})` }}
      onKeyDown={pressed}
    >
      <Toolbar
        answer={shown?.answer ?? null}
        view={view}
        say={say}
        liking={liking}
        like={like}
        search={search}
        change={change}
        toggleBlind={toggleBlind}
        refresh={() => setAsked(asked + 1)}
        fullScreen={fullScreen}
        help={() => setForm("keys")}
      />
      {blind !== null && (
        <p className="ckw-gallery-banner">
          <strong>{say("blind on")}</strong> {say("blind hides")}
          <button type="button" onClick={toggleBlind}>
            {say("reveal")}
          </button>
        </p>
      )}
      {(blind === null || Object.keys(filters).length > 0) && (
        <Chips
          filters={filters}
          text={blind === null ? (view.text ?? "") : ""}
          say={say}
          choose={choose}
          clearText={() => change({ text: "" })}
          clear={() => change({ filters: {}, text: "" })}
        />
      )}
      {fault && (
        <p className="ckw-gallery-fault" role="alert">
          {say("failed", { problem: fault })}
          <button type="button" onClick={() => setAsked(asked + 1)}>
            {say("try again")}
          </button>
        </p>
      )}
      {shown && shown.answer.problems.length > 0 && (
        <details className="ckw-gallery-problems">
          <summary>{say("problems", { count: shown.answer.problems.length })}</summary>
          {shown.answer.problems.map((problem) => (
            <p key={problem}>{problem}</p>
          ))}
        </details>
      )}
      <div className="ckw-gallery-body">
        {liking.facets && facets.length > 0 && (
          <Facets facets={facets} filters={filters} say={say} choose={choose} find={find} />
        )}
        {shown && shown.items.count > 0 ? (
          <Grid
            ref={grid}
            items={shown.items}
            loader={shown.loader}
            say={say}
            cursor={cursor}
            selection={selection}
            tile={liking.tile}
            caption={blind === null ? liking.caption : "none"}
            text={liking.text}
            acts={acts}
          />
        ) : (
          <p className="ckw-gallery-nothing">
            {shown && say(shown.answer.total ? "unmatched" : "empty")}
            {!shown && !fault && <Opening host={host} say={say} />}
          </p>
        )}
      </div>
      {items && selection.chosen.size > 0 && (
        <div className="ckw-gallery-chosen" role="group" aria-label={say("chosen", { count: selection.chosen.size })}>
          <strong>{say("chosen", { count: selection.chosen.size })}</strong>
          <span className="ckw-gallery-rateall" title={say("rate chosen")}>
            <Stars
              say={say}
              rating={null}
              rate={(rating) => {
                const chosen = inOrder(selection);
                void judge(chosen, () => ({ rating }));
                setMessage(`${wordsFor(rating)} ${say("said all", { count: chosen.length })}`);
              }}
            />
          </span>
          <button type="button" onClick={() => act("tags")}>
            {say("tags")}
          </button>
          <button type="button" onClick={compare}>
            {say("compare now")}
          </button>
          {blind === null && (
            <button type="button" onClick={() => void copyFiles()}>
              {say("copy files")}
            </button>
          )}
          <button type="button" onClick={() => setSelection(nothing)}>
            {say("choose none")}
          </button>
        </div>
      )}
      <footer className="ckw-gallery-footer">
        <progress max={Math.max(1, items?.count ?? 1)} value={rated} aria-hidden="true" />
        <span>{say("rated", { rated, total: items?.count ?? 0 })}</span>
        <button type="button" onClick={undo} title={say.action("undo")}>
          <Icon name="undo" /> {say("undo")}
        </button>
        <span className="ckw-gallery-said" role="status">
          {message}
        </span>
        {items && items.count > 0 && (
          <>
            <span>{say("at place", { place: cursor + 1, count: items.count })}</span>
            <button type="button" title={say("to begin")} aria-label={say("to begin")} onClick={() => act("first")}>
              <Icon name="begin" />
            </button>
            <button type="button" title={say("to end")} aria-label={say("to end")} onClick={() => act("last")}>
              <Icon name="end" />
            </button>
          </>
        )}
      </footer>
      {panes && shown && (
        <Lightbox
          ref={lightbox}
          host={host}
          items={shown.items}
          loader={shown.loader}
          say={say}
          panes={panes}
          active={active}
          blind={blind !== null}
          record={liking.record}
          message={message}
          act={act}
          activate={setActive}
          rate={(index, rating) => {
            void judge([index], () => ({ rating }));
            setMessage(wordsFor(rating));
          }}
          copy={(text) => void copy(text)}
          close={close}
        />
      )}
      {form === "tags" && (
        <TagsForm
          say={say}
          what={about}
          tags={several ? [] : (target?.tags ?? [])}
          known={knownTags}
          adding={several}
          save={(tags) => saveTags(tags, several)}
          close={closeForm}
        />
      )}
      {form === "note" && (
        <NoteForm
          say={say}
          what={about}
          note={several ? "" : (target?.note ?? "")}
          save={(note) => {
            void judge(targets(), () => ({ note }));
            closeForm();
          }}
          close={closeForm}
        />
      )}
      {form === "keys" && (
        <KeysForm
          keys={keys}
          say={say}
          change={(changed) => {
            setKeys(changed);
            keepUserKeys(changed);
          }}
          close={closeForm}
        />
      )}
      {form === "blind" && (
        <BlindForm
          say={say}
          begin={(seed) => {
            setPanes(null);
            change({ blind: seed });
            closeForm();
          }}
          close={closeForm}
        />
      )}
      {form === "origin" && items && (
        <Origin
          host={host}
          source={source}
          item={items.key(panes ? (panes[active] ?? cursor) : cursor)}
          say={say}
          copy={(text) => void copy(text)}
          announce={setMessage}
          {...(onOpenCanvas ? { onOpenCanvas } : {})}
          close={closeForm}
        />
      )}
    </div>
  );
}

/** How many are rated; draws again when it changes. */
function useRated(items: Items | null): number {
  const listen = useCallback(
    (told: () => void) => items?.listenRated(told) ?? (() => undefined),
    [items],
  );
  return useSyncExternalStore(listen, () => items?.rated ?? 0);
}

function wordsOfBlind(say: Speech, old: Shown, answer: GalleryAnswer): string {
  if (answer.blind !== null) return say("blind begins");
  const { items } = old;
  const seed = String(old.answer.blind);
  return say("blind ends", { seed, rated: items.rated, total: items.count });
}
