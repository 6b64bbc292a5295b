"""The gallery in a bare page: twenty thousand made-up pictures, driven as a user would."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

import canvas_kit
from canvas_kit import Batch, Run
from canvas_kit.executor.engine import Engine
from canvas_kit.workbench.desk import Desk
from tests.workbench.conftest import Asking

HERE = Path(__file__).parent
BUNDLE = Path(canvas_kit.__file__).parent / "workbench" / "static" / "workbench.js"
ADDRESS = "http://localhost:1/"
SHOTS = os.environ.get("CANVAS_KIT_SCREENSHOTS")

Open = Callable[..., Page]

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        pytest.skip("no Chromium on this machine: install the package 'chromium'")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=executable, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    permissions = ["clipboard-read", "clipboard-write"]
    context = browser.new_context(viewport={"width": 1280, "height": 860}, permissions=permissions)
    context.set_default_timeout(60_000)

    def answer(route: Route) -> None:
        if route.request.url.endswith("workbench.js"):
            route.fulfill(path=BUNDLE, content_type="text/javascript")
        else:
            route.fulfill(path=HERE / "gallery_page.html", content_type="text/html")

    context.route(f"{ADDRESS}**", answer)
    yield context
    context.close()


@pytest.fixture
def show(context: BrowserContext) -> Iterator[Open]:
    """Opens the page; afterwards nothing must have gone wrong in it."""
    faults: list[str] = []

    def show_page(query: str = "", scheme: str = "light") -> Page:
        page = context.new_page()
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.on("pageerror", lambda error: faults.append(error.stack or str(error)))
        page.on(
            "console",
            lambda message: faults.append(message.text) if message.type == "error" else None,
        )
        page.goto(f"{ADDRESS}?{query}")
        return page

    yield show_page
    assert faults == []


def shot(page: Page, name: str) -> None:
    """Save what is seen, where somebody wants to look at it."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"gallery_{name}.png"))


def tile(page: Page, index: int) -> Any:
    return page.locator(f'[data-index="{index}"]')


ALL_SHOWN = """
() => log.inFlight === 0 && [...document.querySelectorAll("[role=gridcell]")].every((tile) => {
    const { top, bottom } = tile.getBoundingClientRect();
    const seen = top < innerHeight - 60 && bottom > 60 && tile.dataset.index !== "4";
    return !seen || tile.querySelector("img");
})
"""
"""Every picture on the screen is there; the fifth is one whose file is missing."""


def ready(page: Page) -> None:
    expect(tile(page, 0).locator("img")).to_be_visible()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def asked(page: Page, method: str) -> list[dict[str, Any]]:
    """The parameters of each question of a method, the first first."""
    found: list[dict[str, Any]] = page.evaluate(
        "(method) => log.asked.filter(([name]) => name === method).map(([, given]) => given)",
        method,
    )
    return found


def ratings(page: Page) -> dict[str, int | None]:
    """What the host holds, by the number of the picture; those that were never rated left out."""
    found: dict[str, int | None] = page.evaluate(
        "() => Object.fromEntries(items.filter((item) => item.rating !== null)"
        ".map((item) => [item.index, item.rating]))"
    )
    return found


def expect_ratings(page: Page, wanted: dict[str, int | None]) -> None:
    """The host is told after the tile shows it."""
    for _ in range(200):
        if ratings(page) == wanted:
            break
        page.wait_for_timeout(100)
    assert ratings(page) == wanted


def test_only_what_is_on_screen_is_in_the_page_and_asked_for(show: Open) -> None:
    page = show()
    ready(page)
    expect(page.locator(".ckw-gallery-title")).to_contain_text("20,000 pictures")
    page.wait_for_function("log.inFlight === 0")
    assert page.locator("[role=gridcell]").count() < 80
    assert page.evaluate("log.pictures") < 80
    assert page.evaluate("log.most") <= 6
    shot(page, "light")


def test_a_key_rates_and_advances_and_repaints_one_tile(show: Open) -> None:
    page = show("count=3000")
    ready(page)
    tile(page, 1).click()
    page.wait_for_function(ALL_SHOWN)
    page.evaluate(
        """() => {
            window.touched = new Set();
            new MutationObserver((records) => records.forEach(({ target }) => {
                const tile = target.closest?.("[data-index]");
                if (tile && target !== tile) touched.add(tile.dataset.index);
            })).observe(document.querySelector("[role=grid]"),
                        { subtree: true, childList: true, attributes: true });
        }"""
    )
    press(page, "4")
    expect(tile(page, 1)).to_have_attribute("data-rating", "4")
    expect(tile(page, 2)).to_be_focused()
    assert page.evaluate("[...touched]") == ["1"]
    expect_ratings(page, {"2998": 4})
    expect(page.get_by_role("status")).to_have_text("Rated 4. Next: calm · bauhaus")
    expect(page.locator("footer")).to_contain_text("1 of 3,000 rated")


def test_ratings_are_rejected_cleared_and_undone_by_keys(show: Open) -> None:
    page = show("count=50")
    ready(page)
    tile(page, 0).click()
    press(page, "5", "x", "3")
    expect(page.locator("footer")).to_contain_text("3 of 50 rated")
    press(page, "u")
    expect(page.locator("footer")).to_contain_text("2 of 50 rated")
    expect(tile(page, 2)).to_be_focused()
    press(page, "ArrowLeft", "0")
    expect(tile(page, 1)).not_to_have_attribute("data-rating", "0")
    press(page, "Control+z")
    expect(tile(page, 1)).to_have_attribute("data-rating", "0")
    expect_ratings(page, {"49": 5, "48": 0})


def test_a_picture_is_rated_in_the_grid_by_one_click(show: Open) -> None:
    page = show("count=50")
    ready(page)
    tile(page, 3).hover()
    tile(page, 3).get_by_label("Rate 5").click()
    expect(tile(page, 3)).to_have_attribute("data-rating", "5")
    expect_ratings(page, {"46": 5})
    tile(page, 3).get_by_label("Rate 5").click()
    expect(tile(page, 3)).not_to_have_attribute("data-rating", "5")
    assert page.locator("dialog[open]").count() == 0


def test_a_rating_that_cannot_be_kept_is_taken_back_and_said(show: Open) -> None:
    page = show("count=50")
    ready(page)
    page.evaluate("window.failing = 'gallery.rate'")
    tile(page, 0).click()
    press(page, "4")
    expect(page.get_by_role("status")).to_contain_text("The disk is full")
    expect(tile(page, 0)).not_to_have_attribute("data-rating", "4")
    expect(page.locator("footer")).to_contain_text("0 of 50 rated")


def test_the_keyboard_alone_reaches_the_end_and_keeps_the_cursor_in_view(show: Open) -> None:
    page = show("count=3000")
    ready(page)
    tile(page, 0).click()
    press(page, "End")
    expect(tile(page, 2_999)).to_be_focused()
    expect(tile(page, 2_999)).to_be_in_viewport(ratio=0.99)
    expect(tile(page, 2_999).locator("img")).to_be_visible()
    press(page, "Home", "PageDown", "ArrowDown", "ArrowRight")
    focused = page.locator(":focus")
    expect(focused).to_be_in_viewport(ratio=0.99)
    expect(focused).to_have_attribute("role", "gridcell")
    assert page.evaluate("log.most") <= 6


def test_fast_scrolling_asks_for_nothing_until_it_rests(show: Open) -> None:
    page = show("count=3000")
    ready(page)
    page.wait_for_function("log.inFlight === 0")
    before = page.evaluate("log.pictures")
    during = page.evaluate(
        """async () => {
            const grid = document.querySelector("[role=grid]");
            for (let frame = 1; frame <= 40; frame += 1) {
                grid.scrollTop += 3_000;
                await new Promise(requestAnimationFrame);
            }
            return [log.pictures, grid.dataset.fast];
        }"""
    )
    assert during[1] == "true"
    assert during[0] - before <= 30  # what the first frames wanted, before it was known to be fast
    expect(page.locator(".ckw-gallery-grid")).to_have_attribute("data-fast", "false")
    page.wait_for_function(ALL_SHOWN)
    assert page.evaluate("log.most") <= 6


def test_facets_narrow_sort_orders_and_chips_take_back(show: Open) -> None:
    page = show("count=3000")
    ready(page)
    facets = page.get_by_role("group", name="Filters")
    facets.get_by_text("bauhaus").click()
    expect(page.locator(".ckw-gallery-title")).to_contain_text("600 of 3,000")
    facets.get_by_text("overlay").click()
    expect(page.locator(".ckw-gallery-title")).to_contain_text("1,200 of 3,000")
    assert asked(page, "gallery.open")[-1]["filters"] == {"preset": ["bauhaus", "overlay"]}
    facets.get_by_label("Search Prompt").fill("number 17")
    facets.get_by_text("number 171").first.click()
    expect(page.get_by_text("Prompt: ", exact=False).last).to_be_visible()
    page.get_by_label("Remove the filter Preset: bauhaus").click()
    page.get_by_text("Clear all").click()
    expect(page.locator(".ckw-gallery-title")).to_contain_text("3,000 pictures")
    page.get_by_label("Search prompts and texts").fill("market rain")
    expect(page.locator(".ckw-gallery-title")).to_contain_text("752 of 3,000")
    page.get_by_label("Sort").select_option("prompt")
    page.get_by_label("descending").click()
    expect(page.get_by_label("ascending")).to_be_visible()
    assert asked(page, "gallery.open")[-1]["sort"] == {"by": "prompt", "descending": False}


def test_filters_and_place_outlive_a_reload(show: Open) -> None:
    page = show("count=3000")
    ready(page)
    page.get_by_role("group", name="Filters").get_by_text("bauhaus").click()
    expect(page.locator(".ckw-gallery-title")).to_contain_text("600 of 3,000")
    tile(page, 2).click()
    press(page, "PageDown", "PageDown", "PageDown")
    place = page.locator(":focus").get_attribute("data-index")
    page.reload()
    expect(page.locator(".ckw-gallery-title")).to_contain_text("600 of 3,000")
    expect(page.locator(f'[data-index="{place}"]')).to_be_in_viewport(ratio=0.99)
    expect(page.locator(f'[data-index="{place}"]')).to_have_attribute("tabindex", "0")


def test_the_lightbox_shows_the_record_and_goes_on_while_rating(show: Open) -> None:
    page = show("count=50")
    ready(page)
    tile(page, 4).click()
    press(page, "ArrowRight", "Enter")
    box = page.get_by_role("dialog")
    expect(box.locator("[data-sharp=true] img")).to_be_visible()
    record = box.locator("aside")
    expect(record).to_contain_text("1152921504607195412")
    expect(record).to_contain_text("stormy water")
    shot(page, "lightbox")
    press(page, "4")
    expect(box).to_contain_text("7 of 50")
    press(page, "ArrowLeft", "ArrowLeft")
    expect(box).to_contain_text("5 of 50")
    record.get_by_label("Copy: Seed").click()
    expect(box.get_by_role("status")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == "1152921504607203331"
    press(page, "Escape")
    expect(tile(page, 4)).to_be_focused()
    expect_ratings(page, {"44": 4})


def test_pictures_are_compared_with_one_zoom_and_their_texts_word_by_word(show: Open) -> None:
    page = show("count=50")
    ready(page)
    tile(page, 9).click()
    press(page, "Space", "ArrowRight", "Space", "ArrowRight", "Space", "c")
    box = page.get_by_role("dialog")
    expect(box.locator("figure")).to_have_count(3)
    expect(box.locator("[data-sharp=true]")).to_have_count(3)
    box.locator(".ckw-gallery-pane").first.hover()
    page.mouse.wheel(0, -400)
    page.wait_for_function(
        """() => {
            const found = [...document.querySelectorAll("figure img")]
                .map((image) => new DOMMatrix(getComputedStyle(image).transform));
            return found.length === 3 && found.every(({ a }) => a > 1.5 && a === found[0].a);
        }"""
    )
    aside = box.locator("aside")
    expect(aside.locator("tr[data-differs=true]").filter(has_text="Seed")).to_be_visible()
    expect(aside.locator("ins").first).to_have_text("confucius")
    shot(page, "compare")
    press(page, "f", "Delete")
    expect(box.locator("figure")).to_have_count(2)
    press(page, "3", "5")
    expect(box.locator("[aria-pressed=true][aria-label='Rate 5']")).to_have_count(1)
    page.wait_for_function("items.filter((item) => item.rating !== null).length >= 2")
    assert sorted(ratings(page).values(), key=str) == [3, 5]
    box.get_by_text("Edge between them").click()
    box.get_by_role("slider").fill("0.3")
    expect(box.locator("figure").nth(1)).to_have_attribute(
        "style", "clip-path: inset(0px 0px 0px 30%);"
    )


def test_blind_shows_nothing_that_tells_and_reveals_its_seed(show: Open) -> None:
    page = show("count=50")
    ready(page)
    tile(page, 0).click()
    press(page, "b")
    page.get_by_text("Begin").click()
    expect(page.get_by_text("Blind: the order is shuffled")).to_be_visible()
    ready(page)
    press(page, "4", "2")
    expect(page.locator("footer")).to_contain_text("2 of 50 rated")
    words = page.locator(".ckw-gallery").inner_text() + page.locator("[role=grid]").inner_html()
    for telling in ("bauhaus", "yorubaheritage", "Preset", "run_0", ".png", "calm", "Moods"):
        assert telling not in words
    shot(page, "blind")
    press(page, "Enter")
    box = page.get_by_role("dialog")
    expect(box.locator("aside")).to_contain_text("hidden until you reveal them")
    press(page, "o")
    expect(box.get_by_role("status")).to_have_text("Not while blind.")
    press(page, "Escape")
    page.evaluate("remount()")
    ready(page)
    expect(page.locator("footer")).to_contain_text("2 of 50 rated")
    assert asked(page, "gallery.open")[-1]["blind"] == 4711
    page.get_by_role("button", name="Reveal").first.click()
    expect(page.get_by_role("status")).to_contain_text("seed was 4711; 2 of 50 rated")
    expect(tile(page, 0)).to_contain_text("confucius")


def test_the_chosen_are_rated_tagged_and_copied_together(show: Open) -> None:
    page = show("count=50")
    ready(page)
    tile(page, 0).click()
    press(page, "Space")
    tile(page, 3).click(modifiers=["Shift"])
    chosen = page.get_by_role("group", name="4 chosen")
    chosen.get_by_label("Rate 3").click()
    expect(page.locator("footer")).to_contain_text("4 of 50 rated")
    chosen.get_by_text("Tags").click()
    page.keyboard.type("sea, ")
    page.keyboard.type("light")
    press(page, "Enter")
    page.wait_for_function("items.filter((item) => item.tags.length).length === 4")
    tile(page, 10).click()
    press(page, "Escape", "t")
    page.keyboard.type("s")
    press(page, "Tab", "Enter")
    page.wait_for_function("items[39].tags.join() === 'sea'")
    press(page, "u")
    page.wait_for_function("items[39].tags.length === 0")
    press(page, "u")
    page.wait_for_function("items.filter((item) => item.tags.length).length === 0")
    press(page, "Control+a")
    page.get_by_role("button", name="Copy as Python").click()
    expect(page.get_by_role("status")).to_have_text("Copied.")
    code = page.evaluate("navigator.clipboard.readText()")
    compile(code, "clipboard", "exec")
    assert '"exports/2026-11-28/run_000049": ["02_generation_1.png"],' in code
    page.wait_for_function(
        "log.asked.some(([name, { keys }]) => name === 'gallery.select' && keys.length === 50)"
    )


def test_a_note_is_kept_with_its_picture(show: Open) -> None:
    page = show("count=50")
    ready(page)
    tile(page, 0).click()
    press(page, "n")
    page.keyboard.type("too dark\n1 2 3")
    press(page, "Control+Enter")
    page.wait_for_function("items[49].note === 'too dark\\n1 2 3'")
    assert ratings(page) == {}


def test_what_made_a_picture_is_shown_copied_inserted_and_opened(show: Open) -> None:
    page = show("count=50&editor=1&notebook=1")
    ready(page)
    tile(page, 0).click()
    press(page, "o")
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("pre")).to_contain_text("canvas = Canvas.open")
    dialog.get_by_text("Insert into the notebook").click()
    page.wait_for_function("log.inserted.length === 1")
    dialog.get_by_role("tab", name="JSON").click()
    expect(dialog.locator("pre")).to_contain_text('"connections": []')
    dialog.get_by_text("Open in the editor").click()
    page.wait_for_function("log.opened[0]?.name === 'Moods'")
    expect(dialog).to_have_count(0)


def test_what_made_a_picture_is_edited_in_a_new_cell_where_there_are_no_tabs(show: Open) -> None:
    page = show("count=50&notebook=1")
    ready(page)
    tile(page, 0).click()
    press(page, "o")
    page.get_by_text("Edit in a new cell").click()
    page.wait_for_function("log.inserted.at(-1)?.endsWith('canvas.edit()')")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_first_reading_of_the_records_says_how_far_it_is(show: Open) -> None:
    page = show("count=50&opening=1500")
    expect(page.get_by_text("Reading the records, once: 1,200 of 20,000")).to_be_visible()
    ready(page)


def test_keys_are_shown_and_can_be_changed_for_good(show: Open) -> None:
    page = show("count=50")
    ready(page)
    tile(page, 0).click()
    press(page, "?")
    page.get_by_role("button", name="reject (rate 0) and go on: X").click()
    press(page, "k")
    expect(page.get_by_role("button", name="reject (rate 0) and go on: K")).to_be_visible()
    shot(page, "keys")
    press(page, "Escape")
    page.reload()
    ready(page)
    tile(page, 0).click()
    press(page, "x", "k")
    expect(tile(page, 0)).to_have_attribute("data-rating", "0")
    expect_ratings(page, {"49": 0})


def test_sounds_texts_and_missing_files_say_what_they_are(show: Open) -> None:
    page = show("count=50")
    ready(page)
    expect(tile(page, 4)).to_contain_text("not in its folder any more")
    tile(page, 0).click()
    press(page, "End")
    expect(tile(page, 41)).to_contain_text("In the manner of")
    tile(page, 42).get_by_text("Play").click()
    expect(tile(page, 42).locator("audio")).to_be_visible()


def test_a_fault_is_said_and_can_be_tried_again(show: Open) -> None:
    page = show("count=50")
    ready(page)
    page.evaluate("window.failing = 'gallery.open'")
    page.get_by_label("Look for new pictures").click()
    expect(page.get_by_role("alert")).to_contain_text("The disk is full")
    page.evaluate("window.failing = null")
    page.get_by_text("Try again").click()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_german_and_dark(show: Open) -> None:
    page = show("count=500&language=de", scheme="dark")
    ready(page)
    expect(page.locator(".ckw-gallery-title")).to_contain_text("500 Bilder")
    expect(page.locator("footer")).to_contain_text("0 von 500 bewertet")
    tile(page, 1).click()
    press(page, "3", "5", "x")
    shot(page, "german_dark")


def test_larger_text_and_larger_tiles_by_key_are_kept(show: Open) -> None:
    page = show("count=50")
    ready(page)
    tile(page, 6).click()
    width = tile(page, 6).bounding_box()["width"]
    press(page, "+", "+")
    expect(tile(page, 6)).to_be_in_viewport(ratio=0.99)
    wider = "(width) => document.querySelector('[data-index=\"6\"]').offsetWidth > width"
    page.wait_for_function(wider, arg=width)
    page.get_by_label("Larger text").click()
    page.reload()
    ready(page)
    size = page.locator(".ckw-gallery").evaluate("(root) => getComputedStyle(root).fontSize")
    assert float(size.removesuffix("px")) > 13
    assert tile(page, 6).bounding_box()["width"] > width


def test_taken_out_it_leaves_nothing_and_can_be_shown_again(show: Open) -> None:
    page = show("count=50")
    ready(page)
    page.evaluate("unmount()")
    expect(page.locator("#gallery > *")).to_have_count(0)
    page.evaluate("remount()")
    ready(page)
    expect(page.locator("style[data-ckw=gallery]")).to_have_count(1)


def test_real_records_are_judged_blind_or_not_and_the_disk_holds_it(
    context: BrowserContext, show: Open, study: Batch, ask: Asking, desk: Desk, engine: Engine
) -> None:
    """The same page over Python's own answers: what is pressed lies beside the runs."""

    def asked(method: str, parameters: dict[str, Any]) -> Any:
        return ask(method, **parameters)

    def picture(key: dict[str, Any], edge: int) -> str:
        named = desk.looking.picture(key["run_id"], key["file"], key["sha256"], edge)
        data, media_type = engine.submit(named).result(60)
        return f"data:{media_type};base64,{base64.b64encode(data).decode()}"

    def kept() -> list[tuple[int | None, bool]]:
        runs = [Run.open(made.folder) for made in study if made.folder]
        return sorted((one.rating, one.blind is not None) for made in runs for one in made.ratings)

    context.expose_function("askPython", asked)
    context.expose_function("pictureFromPython", picture)
    context.add_init_script(f"window.source = {{ kind: 'batch', batch_id: '{study.id}' }}")
    page = show("count=3000")
    ready(page)
    expect(page.locator(".ckw-gallery-title")).to_contain_text("8 pictures")
    tile(page, 0).click()
    press(page, "4", "x")
    expect(page.locator("footer")).to_contain_text("2 of 8 rated")
    press(page, "u")
    expect(page.locator("footer")).to_contain_text("1 of 8 rated")
    page.get_by_role("group", name="Filters").get_by_text("a cat").click()
    expect(page.locator(".ckw-gallery-title")).to_contain_text("4 of 8")
    tile(page, 1).click()
    press(page, "Enter")
    box = page.get_by_role("dialog").first
    expect(box.locator("[data-sharp=true] img")).to_be_visible()
    expect(box.locator("aside")).to_contain_text("final/03_generation.png")
    press(page, "o")
    expect(page.locator("[role=tabpanel]")).to_contain_text("result = await run(canvas, seed=")
    press(page, "Escape", "Escape")
    press(page, "b")
    page.get_by_text("Begin").click()
    expect(page.locator(".ckw-gallery-banner")).to_be_visible()
    ready(page)
    tile(page, 0).click()
    press(page, "3", "5", "2", "1")
    expect(page.locator("footer")).to_contain_text("4 of 4 rated")
    page.get_by_role("button", name="Reveal").first.click()
    expect(page.get_by_role("status")).to_contain_text("Revealed.")
    found: list[tuple[int | None, bool]] = []
    while sum(blind for _, blind in found) < 4:  # the page shows them before they are written
        page.wait_for_timeout(100)
        found = [one for one in kept() if one[0] is not None]
    assert [rating for rating, blind in found if blind] == [1, 2, 3, 5]
    assert [rating for rating, blind in found if not blind] in ([], [4])
