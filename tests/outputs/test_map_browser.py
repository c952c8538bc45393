"""The map in a real browser, with the network off."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from servicecircle.outputs.map import coverage_map, map_html
from servicecircle.outputs.rounding import people

from .browser import Seen, open_page, start_chromium
from .results import HOSTILE, grid_coverage, hostile_result, study_result

COLORED = """
(canvas) => {
    // A copy is read, because Chromium grumbles when a page reads its own canvas often.
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let i = 3; i < data.length; i += 4) count += data[i] > 0;
    return count;
}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start Chromium once for all tests of this file."""
    yield from start_chromium()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the maps the tests look at."""
    place = tmp_path_factory.mktemp("maps")
    for language in ("en", "zh"):
        (place / f"{language}.html").write_bytes(map_html(study_result(language)))
    (place / "hostile.html").write_bytes(map_html(hostile_result("en")))
    coverage_map(grid_coverage()).save(place / "least.html")
    return place


def opened(browser: Any, path: Path, **size: int) -> tuple[Any, Seen]:
    """Open a map and wait until it is drawn."""
    page, seen = open_page(browser, path, **size)
    page.wait_for_selector("html[data-ready=true]", timeout=20_000)
    return page, seen


def quiet(seen: Seen) -> bool:
    """Tell whether the page asked for nothing, said nothing and opened no dialog."""
    return (seen.requests, seen.messages, seen.dialogs) == ([], [], [])


@pytest.mark.parametrize("name", ["en", "zh", "hostile", "least"])
def test_the_map_opens_without_internet(browser: Any, folder: Path, name: str) -> None:
    """No request, no console message, no dialog, and something is drawn."""
    page, seen = opened(browser, folder / f"{name}.html")
    assert page.locator(".mark").count() >= 5
    assert page.locator(".drawn-people_left").evaluate(COLORED) > 20
    assert quiet(seen)


def test_the_panel_says_what_the_coverage_says(browser: Any, folder: Path) -> None:
    """Headline, reasons, districts, gaps and sites are in the panel."""
    result = study_result("en")
    page, _ = opened(browser, folder / "en.html")
    shown = people(result.coverage)
    text = page.locator("#panel").inner_text()
    assert page.title() == result.name
    assert f"{shown.covered:,} of {shown.total:,} people" in text
    assert "15 minutes at 4.0 km/h (1000 m)" in text
    for value in (shown.too_far, shown.unreachable, shown.off_network):
        assert f"\t{value:,}\t" in page.locator(".reasons").inner_text()
    assert page.locator(".districts tbody tr").count() == 3
    assert page.locator("section.gaps .place").count() == 2
    assert page.locator("section.sites .place").count() == 2
    assert "© OpenStreetMap contributors" in page.locator(".credits").inner_text()


def test_chinese_words_show(browser: Any, folder: Path) -> None:
    """The Chinese map is Chinese throughout, the language of the document too."""
    page, _ = opened(browser, folder / "zh.html")
    text = page.locator("#panel").inner_text()
    for words in ("图层与图例", "距离过远", "服务盲区", "建议新增站点", "15 分钟，步速 4.0 km/h", "秀英区"):
        assert words in text
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert page.locator(".district-name").all_inner_texts() == ["秀英区", "龙华区"]


def test_hostile_names_show_as_text(browser: Any, folder: Path) -> None:
    """Markup, template and script in names are read as the letters they are, wherever they stand."""
    page, seen = opened(browser, folder / "hostile.html")
    assert page.locator("h1").inner_text() == HOSTILE
    assert page.title() == HOSTILE
    assert page.locator(".districts tbody th").first.inner_text() == HOSTILE
    assert page.locator(".district-name").first.text_content() == HOSTILE
    assert HOSTILE in page.locator("footer").inner_text()
    page.locator(".mark").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".card h3").inner_text() == HOSTILE
    page.locator("section.sites .place").first.click()
    page.locator(".card dt", has_text="Opens as number").wait_for()
    page.locator(".card").nth(1).wait_for(state="detached")
    assert page.locator(".card h3").inner_text() == HOSTILE
    assert page.locator("img").count() == 0
    assert quiet(seen)


def test_a_switch_takes_a_layer_away_and_brings_it_back(browser: Any, folder: Path) -> None:
    """Each drawn layer has pixels; switched off it is gone, switched on it is the same again."""
    page, seen = opened(browser, folder / "en.html")
    for layer in ("area", "streets", "people_left", "people_covered"):
        canvas, switch = page.locator(f".drawn-{layer}"), page.locator(f"#layer-{layer}")
        before = canvas.evaluate(COLORED)
        assert before > 100, layer
        switch.uncheck()
        assert canvas.count() == 0, layer
        switch.check()
        assert canvas.evaluate(COLORED) == before, layer
    assert quiet(seen)


def test_a_switch_takes_marks_away(browser: Any, folder: Path) -> None:
    """Outlines and marks leave and come back with their switch."""
    page, _ = opened(browser, folder / "en.html")
    for layer, shapes, own in (("gaps", "path.gap", 2), ("districts", "path.district", 2), ("centers", ".mark", 5)):
        before = page.locator(shapes).count()
        page.locator(f"#layer-{layer}").uncheck()
        assert page.locator(shapes).count() == before - own, layer
        page.locator(f"#layer-{layer}").check()
        assert page.locator(shapes).count() == before, layer


def test_a_center_shows_how_far_one_can_walk_from_it(browser: Any, folder: Path) -> None:
    """Its own isochrones replace the service area while its card is open, and only then."""
    page, seen = opened(browser, folder / "en.html")
    area = page.locator(".drawn-area")
    everyone = area.evaluate(COLORED)
    page.locator(".mark").nth(1).focus()
    page.keyboard.press("Enter")
    card = page.locator(".card").inner_text()
    assert "博爱社区服务站" in card
    assert "Nearest centre for" in card
    assert 0 < area.evaluate(COLORED) < 0.8 * everyone
    page.keyboard.press("Escape")
    page.locator(".one-center").wait_for(state="detached")
    assert area.evaluate(COLORED) == everyone
    assert quiet(seen)


def test_a_gap_in_the_list_is_shown_on_the_map(browser: Any, folder: Path) -> None:
    """A click zooms to the gap and opens its card with people, walk, nearest center and district."""
    page, _ = opened(browser, folder / "en.html")
    page.locator("section.gaps .place").first.click()
    card = page.locator(".card").inner_text()
    for words in ("Gap 1", "People", "Longest walk", "Nearest centre", "District", "龙华区"):
        assert words in card


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_a_place_of_the_list_is_in_view_when_its_card_is_open(browser: Any, folder: Path, motion: str) -> None:
    """The card waits until the map has arrived; opened on the way it would push the map aside."""
    page, seen = opened(browser, folder / "en.html")
    page.emulate_media(reduced_motion=motion)
    page.reload()
    page.wait_for_selector("html[data-ready=true]")
    stage = page.locator("#map, .leaflet-container").first.bounding_box()
    for name, shape in (("Gap 1", page.locator("path.gap").first), ("", None)):
        page.locator(f"section.{'gaps' if name else 'sites'} .place").first.click()
        page.locator(".card").last.wait_for()
        page.wait_for_timeout(600)  # the map comes to rest, and the last card has faded
        box = shape.bounding_box() if shape else page.locator(".card").bounding_box()
        assert stage["x"] <= box["x"], (stage, box)
        assert stage["y"] <= box["y"], (stage, box)
        assert box["x"] + box["width"] <= stage["x"] + stage["width"], (stage, box)
        assert box["y"] + box["height"] <= stage["y"] + stage["height"], (stage, box)
    assert quiet(seen)


def test_a_street_is_drawn_where_it_lies(browser: Any, folder: Path) -> None:
    """The decoded streets meet the centers that stand on them: the canvas has ink around each mark."""
    page, _ = opened(browser, folder / "en.html")
    near = page.evaluate(
        """() => {
        const canvas = document.querySelector(".drawn-streets");
        const box = canvas.getBoundingClientRect();
        return [...document.querySelectorAll(".mark")].slice(0, 5).map((mark) => {
            const at = mark.getBoundingClientRect();
            const x = at.left + at.width / 2 - box.left, y = at.top + at.height / 2 - box.top;
            const { data } = canvas.getContext("2d").getImageData(x - 2, y - 2, 5, 5);
            return data.some((value, i) => i % 4 === 3 && value > 0);
        });
    }"""
    )
    assert near == [True] * 5


def test_a_phone_shows_map_and_figures_without_scrolling_sideways(browser: Any, folder: Path) -> None:
    """At 390 pixels the figures lie below the map and the handle makes them taller."""
    page, _ = opened(browser, folder / "zh.html", width=390, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    low = page.locator("#panel").bounding_box()["height"]
    assert 300 < page.locator("#stage").bounding_box()["height"] < 600
    page.locator("#toggle").click()
    page.locator("#study.tall").wait_for()
    assert page.locator("#panel").bounding_box()["height"] > 1.5 * low


def test_the_notebook_frame_draws_the_map(browser: Any, tmp_path: Path) -> None:
    """Inside a notebook's frame the page runs as it does by itself."""
    frame = coverage_map(grid_coverage(), name="Haikou")._repr_html_()
    path = tmp_path / "notebook.html"
    path.write_text(f"<!DOCTYPE html><meta charset='utf-8'><body>{frame}</body>", encoding="utf-8")
    page, seen = open_page(browser, path)
    inside = page.frame_locator("iframe")
    inside.locator("html[data-ready=true]").wait_for(state="attached", timeout=20_000)
    assert inside.locator("h1").inner_text() == "Haikou"
    assert seen.messages == []
    assert [url for url in seen.requests if url != "about:srcdoc"] == []
