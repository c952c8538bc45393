"""The map in a real browser, with the network off: what it shows and how it is used."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest

from servicecircle.outputs.map.background import MapBackground
from servicecircle.outputs.map.coverage_map import coverage_map, map_html
from servicecircle.outputs.result import StreetRules
from servicecircle.outputs.rounding import people
from tests.outputs.browser import Seen, at_rest, open_page, start_chromium
from tests.outputs.hostile import NAMES, hostile_study
from tests.outputs.results import grid_coverage, study_result, what_if_result

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
        (place / f"{language}.html").write_bytes(map_html(what_if_result(language)))
    (place / "hostile.html").write_bytes(map_html(hostile_study()))
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
    """Headline, reasons, districts, gaps, sources and the summary for listeners are in the panel."""
    result = what_if_result("en")
    page, _ = opened(browser, folder / "en.html")
    shown = people(result.coverage)
    text = page.locator("#panel").inner_text()
    assert page.title() == result.name
    assert f"{shown.covered:,} of {shown.total:,} people" in text
    assert "15 minutes at 4.0 km/h (1000 m)" in text
    for value in (shown.too_far, shown.unreachable, shown.off_network):
        assert f"\t{value:,}\t" in page.locator(".reasons").inner_text()
    assert page.locator(".districts tbody tr:visible").count() == 3
    assert page.locator("section.gaps .place").count() == len(result.gaps)
    assert "© OpenStreetMap contributors" in page.locator(".credits").inner_text()
    summary = page.locator("#summary").text_content()
    assert f"{shown.covered:,} of {shown.total:,} people" in summary
    assert f"{len(result.gaps)} gaps" in summary


def test_the_language_can_be_changed_in_the_page(browser: Any, folder: Path) -> None:
    """One switch turns every word, the document's language and the address; the figures stay."""
    page, seen = opened(browser, folder / "en.html")
    line = page.locator("#line").inner_text().replace(",", "")
    page.locator(".language").click()
    text = page.locator("#panel").inner_text()
    for words in ("图层与图例", "距离过远", "服务盲区", "情景模拟", "15 分钟，步速 4.0 km/h", "秀英区", "候选站点"):
        assert words in text
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert set("".join(filter(str.isdigit, line))) <= set(page.locator("#line").inner_text())
    assert page.evaluate("location.hash") == "#language=zh"
    page.reload()
    page.wait_for_selector("html[data-ready=true]")
    assert "情景模拟" in page.locator("#panel").inner_text()
    page.locator(".language").click()
    assert "What if" in page.locator("#panel").inner_text()
    assert page.evaluate("document.activeElement.className") == "language"
    assert quiet(seen)


def test_the_line_of_the_limit_names_the_rules_in_force(browser: Any, folder: Path, tmp_path: Path) -> None:
    """Barriers stand behind limit and speed, in the language of the page; where all is as usual nothing does."""
    page, _ = opened(browser, folder / "en.html")
    assert page.locator("#rule").inner_text() == "15 minutes at 4.0 km/h (1000 m)"
    shut = replace(what_if_result("en"), rules=StreetRules(barriers=3, shut_m=40.0))
    (tmp_path / "shut.html").write_bytes(map_html(shut))
    page, seen = opened(browser, tmp_path / "shut.html")
    assert page.locator("#rule").inner_text() == "15 minutes at 4.0 km/h (1000 m) · barriers: 3"
    page.locator(".language").click()
    assert page.locator("#rule").inner_text() == "15 分钟，步速 4.0 km/h（1000 米） · 3 处障碍物"
    assert quiet(seen)


def test_hostile_names_show_as_text(browser: Any, folder: Path) -> None:
    """Every name is read as the letters it is, in title, lists, cards, search, filter, changes and the saved table."""
    page, seen = opened(browser, folder / "hostile.html")
    assert page.title() == NAMES[1]
    assert page.locator("h1").text_content() == NAMES[1]
    assert page.locator(".districts tbody th").first.text_content() == NAMES[1]
    page.locator("details.centers summary").click()
    shown = page.locator("details.centers th button").evaluate_all("(all) => all.map((one) => one.textContent)")
    whole = [name for name in NAMES if name.encode(errors="ignore").decode() == name]
    assert {name.replace("\x00", "\ufffd") for name in shown} >= {name.replace("\x00", "\ufffd") for name in whole}
    options = page.locator("#filter-kind option").evaluate_all("(all) => all.map((one) => one.textContent)")
    assert len(options) == 1 + len({name.strip() for name in NAMES})
    for number in range(0, len(NAMES), 6):
        page.locator("details.centers input").nth(number).uncheck()
    assert page.locator(".changes li").count() == len(range(0, len(NAMES), 6))
    page.wait_for_function("(count) => location.hash.split('%2C').length === count", arg=len(range(0, len(NAMES), 6)))
    page.reload()
    page.wait_for_selector("html[data-ready=true]")
    assert page.locator(".changes li").count() == len(range(0, len(NAMES), 6))
    page.locator("#search").fill("<svg")
    page.locator(".results button").first.click()
    page.locator(".card h3").wait_for()
    assert page.locator(".card h3").text_content() == "<svg onload=alert(1)>"
    page.locator(".language").click()
    page.emulate_media(media="print")
    assert (
        page.locator("img").count() == page.locator("iframe").count() == page.locator("#panel svg[onload]").count() == 0
    )
    assert page.locator("script").count() == 3 + page.content().count("L_NO_TOUCH = false")
    assert quiet(seen)


def test_a_switch_takes_a_layer_away_and_brings_it_back(browser: Any, folder: Path) -> None:
    """Each drawn layer has pixels; switched off it is gone, switched on it is the same again."""
    page, seen = opened(browser, folder / "en.html")
    for layer in ("area", "streets", "people_left", "people_covered", "gaps"):
        canvas, switch = page.locator(f".drawn-{layer}"), page.locator(f"#layer-{layer}")
        before = canvas.evaluate(COLORED)
        assert before > 100, layer
        switch.uncheck()
        assert canvas.count() == 0, layer
        switch.check()
        assert canvas.evaluate(COLORED) == before, layer
    for layer, shapes, own in (("districts", "path.district", 2), ("centers", ".mark", 5), ("candidates", ".mark", 6)):
        before = page.locator(shapes).count()
        page.locator(f"#layer-{layer}").uncheck()
        assert page.locator(shapes).count() == before - own, layer
        page.locator(f"#layer-{layer}").check()
        assert page.locator(shapes).count() == before, layer
    assert quiet(seen)


def test_sites_without_room_are_small(browser: Any, folder: Path) -> None:
    """Seen from afar the first in rank keeps its number and the other is a small star; near by both are whole."""
    page, seen = opened(browser, folder / "en.html")
    second = page.locator(".mark.small")
    assert second.count() == 0
    ranks = page.evaluate(
        "() => JSON.parse(document.getElementById('study-data').textContent).places.filter((p) => p.rank)"
        ".sort((a, b) => a.rank - b.rank).map((p) => p.name)"
    )
    page.evaluate("() => { map_servicecircle.setZoom(9, { animate: false }); }")
    assert [mark.get_attribute("aria-label") for mark in second.all()] == ranks[1:]
    assert (
        second.first.bounding_box()["width"] < page.locator(f".mark[aria-label='{ranks[0]}']").bounding_box()["width"]
    )
    page.evaluate("() => { map_servicecircle.setZoom(15, { animate: false }); }")
    assert second.count() == 0
    assert quiet(seen)


def test_marks_are_drawn_where_their_buttons_are(browser: Any, folder: Path) -> None:
    """The canvas of the marks has ink below each button that is shown, and none where the filter leaves one out."""
    page, _ = opened(browser, folder / "en.html")
    look = """() => {
        const canvas = document.querySelector(".drawn-places");
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
        copy.drawImage(canvas, 0, 0);
        const [box, stage] = [canvas, document.getElementById("stage")].map((node) => node.getBoundingClientRect());
        return [...document.querySelectorAll(".mark")].map((mark) => {
            const at = map_servicecircle.layerPointToContainerPoint(L.DomUtil.getPosition(mark));
            const [x, y] = [Math.round(at.x + stage.left - box.left), Math.round(at.y + stage.top - box.top)];
            return [mark.classList.contains("filtered"), copy.getImageData(x - 1, y - 1, 3, 3).data.some(Boolean)];
        });
    }"""
    assert all(ink for _, ink in page.evaluate(look))
    page.locator("#filter-functions").select_option("展示")
    left_out = [ink for filtered, ink in page.evaluate(look) if filtered]
    assert len(left_out) == 3
    assert not any(left_out)


def test_whoever_stands_on_a_gap_stays_there(browser: Any, folder: Path) -> None:
    """The list of gaps changes below the keyboard without losing its place."""
    page, _ = opened(browser, folder / "en.html")
    page.locator("section.gaps .place").first.focus()
    page.evaluate("() => { location.hash = '#limit=10'; }")
    page.wait_for_function("() => document.getElementById('limit-value').textContent === '10 min'")
    assert page.evaluate("document.activeElement.className") == "place"


def test_without_chromium_the_build_fails_and_others_skip(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the build machine a missing browser is an error; elsewhere the reason of the skip says what to install."""
    monkeypatch.setattr("tests.outputs.browser.CHROMIUM", Path("/nowhere/chromium"))
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="install Chromium"):
        next(start_chromium())
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="/nowhere/chromium is absent; install Chromium"):
        next(start_chromium())


def test_water_lies_below_all_else(browser: Any, tmp_path: Path) -> None:
    """A lake is filled in its colour, its island is not; the layer has a switch and a place in the legend."""
    result = what_if_result("zh")
    middle = result.coverage.demand.geometry.iloc[0]
    lake = middle.buffer(400).difference(middle.buffer(150))
    water = gpd.GeoDataFrame(geometry=[lake], crs=result.network.crs)
    path = tmp_path / "water.html"
    coverage_map(result.coverage, background=MapBackground(streets=result.network, water=water), language="zh").save(
        path
    )
    page, seen = opened(browser, path)
    places = gpd.GeoSeries([middle, lake.representative_point()], crs=water.crs).to_crs(4326)
    ink = page.evaluate(
        """(places) => places.map(([lat, lon]) => {
        const canvas = document.querySelector(".drawn-water");
        const stage = document.querySelector(".leaflet-container").getBoundingClientRect();
        const at = map_servicecircle.latLngToContainerPoint([lat, lon]);
        const box = canvas.getBoundingClientRect();
        const [x, y] = [Math.round(at.x + stage.left - box.left), Math.round(at.y + stage.top - box.top)];
        const copy = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
        copy.drawImage(canvas, x, y, 1, 1, 0, 0, 1, 1);
        return [...copy.getImageData(0, 0, 1, 1).data];
    })""",
        [[place.y, place.x] for place in places],
    )
    assert ink == [[0, 0, 0, 0], [203, 221, 232, 255]]
    panes = [
        page.locator(f".leaflet-{name}-pane").evaluate("(pane) => +pane.style.zIndex") for name in ("water", "streets")
    ]
    assert panes[0] < panes[1]
    assert "水域" in page.locator(".switches").inner_text()
    page.locator("#layer-water").uncheck()
    assert page.locator(".drawn-water").count() == 0
    assert quiet(seen)


def test_a_center_shows_its_isochrone_catchment_and_load(browser: Any, folder: Path) -> None:
    """Its own isochrones replace the service area while its card is open; people, walks and load stand in it."""
    page, seen = opened(browser, folder / "en.html")
    area = page.locator(".drawn-area")
    everyone = area.evaluate(COLORED)
    mark = page.locator(".mark[aria-label=博爱社区服务站]")
    mark.focus()
    page.keyboard.press("Enter")
    card = page.locator(".card")
    result = what_if_result("en").coverage
    near = result.demand[(result.demand["nearest"] == "C2") & result.demand["covered"]]
    within = f"{round(near['weight'].sum()):,}"
    assert f"{within} people" in card.inner_text()
    assert f"{within} for 500 (" in card.inner_text()
    assert "服务 · 人才" in card.inner_text()
    bins = [int(text.replace(",", "")) for text in card.locator(".walks td:last-child").all_inner_texts()]
    assert bins[0] == round(near.loc[near["walk_min"] <= 5, "weight"].sum())
    assert abs(sum(bins[:3]) - round(near["weight"].sum())) <= 1
    assert 0 < area.evaluate(COLORED) < 0.8 * everyone
    page.keyboard.press("Escape")
    page.locator(".one-center").wait_for(state="detached")
    assert area.evaluate(COLORED) == everyone
    assert quiet(seen)


def test_a_gap_in_the_list_is_shown_on_the_map(browser: Any, folder: Path) -> None:
    """A click zooms to the gap and opens its card with people, walk, nearest center, district and best site."""
    page, _ = opened(browser, folder / "en.html")
    page.locator("section.gaps .place").first.click()
    card = page.locator(".card").inner_text()
    gap = what_if_result("en").gaps.iloc[0]
    names = what_if_result("en").coverage.centers["name"]
    for words in ("Gap 1", f"{round(gap['weight']):,}", f"{gap['walk_min']:.1f} min", gap["district"]):
        assert words in card
    assert names[gap["nearest"]] in card
    assert "Best site for it" in card
    page.locator(".card .action", has_text="Open a center here").click()
    assert page.locator(".changes li").count() == 1


def test_any_home_tells_its_nearest_centers(browser: Any, folder: Path) -> None:
    """A click on a home lists up to three open places with their walks, the nearest first."""
    page, seen = opened(browser, folder / "en.html")
    result = what_if_result("en").coverage
    row = result.demand[result.demand["covered"] & (result.demand["walk_min"] > 4)].iloc[0]
    place = result.demand.to_crs(4326).geometry[row.name]
    page.evaluate("([lat, lon]) => map_servicecircle.setView([lat, lon], 16, { animate: false })", [place.y, place.x])
    box = page.locator(".leaflet-container").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    card = page.locator(".card")
    card.wait_for()
    assert "Homes here" in card.inner_text()
    first = card.locator("dl").nth(1)
    assert first.locator("dt").first.inner_text() == result.centers["name"][row["nearest"]]
    assert first.locator("dd").first.inner_text() == f"{row['walk_min']:.1f} min"
    assert quiet(seen)


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_a_place_of_the_list_is_in_view_when_its_card_is_open(browser: Any, folder: Path, motion: str) -> None:
    """The card waits until the map has arrived; opened on the way it would push the map aside."""
    page, seen = opened(browser, folder / "en.html")
    page.emulate_media(reduced_motion=motion)
    page.reload()
    page.wait_for_selector("html[data-ready=true]")
    stage = page.locator(".leaflet-container").bounding_box()
    page.locator("details.candidates summary").click()
    for entry in (page.locator("section.gaps .place").first, page.locator("details.candidates th button").first):
        entry.click()
        page.locator(".card").last.wait_for()
        page.wait_for_timeout(600)  # the map comes to rest, and the last card has faded
        box = page.locator(".card").bounding_box()
        assert stage["x"] <= box["x"], (stage, box)
        assert stage["y"] <= box["y"], (stage, box)
        assert box["x"] + box["width"] <= stage["x"] + stage["width"], (stage, box)
        assert box["y"] + box["height"] <= stage["y"] + stage["height"], (stage, box)
    assert quiet(seen)


def test_search_and_filter_find_places(browser: Any, folder: Path) -> None:
    """Search finds centers, sites and districts by name or id; the filter hides marks and rows, and counts."""
    page, seen = opened(browser, folder / "en.html")
    search, results = page.locator("#search"), page.locator(".results li")
    search.fill("龙华")
    assert results.all_inner_texts()[0].startswith("龙华区")
    search.fill("c4")
    assert "高新园区服务中心" in results.first.inner_text()
    page.keyboard.press("Enter")
    page.locator(".card h3", has_text="高新园区服务中心").wait_for()
    search.fill("nowhere")
    assert results.all_inner_texts() == ["Nothing found"]
    search.press("Escape")
    assert results.count() == 0
    before = page.locator("#line").inner_text()
    page.locator("#filter-functions").select_option("展示")
    assert page.locator(".mark.filtered").count() == 3
    assert "2 of 5 centers shown" in page.locator(".filters").inner_text()
    page.locator("details.centers summary").click()
    at_rest(page)
    assert page.locator("details.centers tbody tr:visible").count() == 2
    assert page.locator("#line").inner_text() == before
    page.locator(".filters .action").click()
    assert page.locator("#line").inner_text() != before
    assert page.locator(".changes li").count() == 3
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
    assert page.evaluate("document.getElementById('panel').scrollWidth") <= 390
    low = page.locator("#panel").bounding_box()["height"]
    assert 300 < page.locator("#stage").bounding_box()["height"] < 600
    page.locator("#toggle").click()
    page.locator("#study.tall").wait_for()
    assert page.locator("#panel").bounding_box()["height"] > 1.5 * low


def test_the_keyboard_reaches_every_switch_in_order(browser: Any, folder: Path) -> None:
    """Tab goes through search, limit, buttons, layers, tables and lists, each with a visible focus; arrows move it."""
    page, seen = opened(browser, folder / "en.html")
    order = []
    for _ in range(40):
        page.keyboard.press("Tab")
        order.append(
            page.evaluate(
                """() => {
            const it = document.activeElement;
            return [it.id || it.className || it.tagName, getComputedStyle(it).outlineStyle !== "none"];
        }"""
            )
        )
    names = [name for name, _ in order]
    wanted = ["language", "search", "limit", "best-count", "layer-area", "layer-gaps", "link", "place", "filter-tier"]
    at = [names.index(name) for name in wanted]
    assert at == sorted(at), names
    assert all(seen_ for name, seen_ in order if name in wanted), order
    assert names.count("SUMMARY") == 2
    page.locator("#limit").focus()
    page.keyboard.press("ArrowLeft")
    assert page.locator("#limit-value").inner_text() == "14 min"
    assert page.locator("#limit").get_attribute("aria-valuetext") == "14 min"
    assert quiet(seen)


def test_it_prints_on_one_landscape_page(browser: Any, folder: Path) -> None:
    """The printed map is one A4 page with figures, legend, district table and the day."""
    page, _ = opened(browser, folder / "zh.html")
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    assert pdf.count(b"/Type /Page\n") == 1
    assert b"/MediaBox [0 0 841.91998 594.95996]" in pdf or b"/MediaBox [0 0 842" in pdf or b"/MediaBox [0 0 841" in pdf
    page.locator("button", has_text="建成").click()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    lists, foot = (page.locator(part).bounding_box() for part in ("section.gaps", "footer"))
    assert lists["y"] + lists["height"] <= foot["y"] + 1
    for part in ("header", ".switches", ".by-district", "#stage", "section.gaps", "footer"):
        box = page.locator(f"{part}").first.bounding_box()
        assert box["width"] > 100, part
        assert box["height"] > 10, part
    assert "打印日期" in page.locator("footer").inner_text()
    printed = page.locator("section.gaps li:visible").count()
    left = page.locator("section.gaps li").count() - printed
    assert ("另有" in page.locator("section.gaps .more").inner_text()) == (left > 0)
    assert page.locator(".mark svg").count() == page.locator(".mark").count()
    assert page.locator("#search").is_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("#search").is_visible()
    assert page.locator(".mark svg").count() == 0


def test_the_notebook_frame_draws_the_map(browser: Any, tmp_path: Path) -> None:
    """Inside a notebook's frame the page runs as it does by itself, and its switches work."""
    result = what_if_result("en")
    frame = coverage_map(result.coverage, name="Haikou", what_if=result.what_if)._repr_html_()
    path = tmp_path / "notebook.html"
    path.write_text(f"<!DOCTYPE html><meta charset='utf-8'><body>{frame}</body>", encoding="utf-8")
    page, seen = open_page(browser, path)
    inside = page.frame_locator("iframe")
    inside.locator("html[data-ready=true]").wait_for(state="attached", timeout=20_000)
    assert inside.locator("h1").inner_text() == "Haikou"
    before = inside.locator("#line").inner_text()
    for _ in range(4):
        inside.locator("#limit").press("ArrowLeft")
    assert inside.locator("#line").inner_text() != before
    assert seen.messages == []
    assert [url for url in seen.requests if url != "about:srcdoc"] == []


def test_tiles_are_asked_for_only_from_the_server_named(browser: Any, tmp_path: Path) -> None:
    """With a base map its host is asked for pictures and nothing else is; their place is that of the layers."""
    from servicecircle.outputs.map.base_map import BaseMap

    result = study_result("en")
    tiles = BaseMap.tiles("http://127.0.0.1:9/{z}/{x}/{y}.png", attribution="The office's own tiles")
    path = tmp_path / "tiles.html"
    coverage_map(result.coverage, background=MapBackground(tiles=tiles)).save(path)
    page, seen = opened(browser, path)
    assert "The office's own tiles" in page.locator(".credits").inner_text()
    assert seen.requests
    assert all(url.startswith("http://127.0.0.1:9/") for url in seen.requests)
    page.locator("#layer-base").uncheck()
    assert page.locator(".leaflet-tile").count() == 0


def test_an_old_browser_is_told_so(browser: Any, folder: Path) -> None:
    """Where packed data cannot be read the page says which browser is needed instead of staying blank."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.add_init_script("delete window.DecompressionStream")
    page.goto((folder / "en.html").as_uri())
    page.locator(".alert").wait_for()
    assert "too old" in page.locator(".alert").inner_text()


def test_dots_lie_on_their_homes(browser: Any, folder: Path) -> None:
    """The canvas of people has ink in the colour of the reason where each home is, and none where nobody lives."""
    page, _ = opened(browser, folder / "en.html")
    demand = what_if_result("en").coverage.demand
    places = demand.to_crs(4326).geometry
    for reason, layer, color in (
        ("covered", "people_covered", (0, 114, 178)),
        ("too_far", "people_left", (213, 94, 0)),
    ):
        key = demand.index[demand["reason"] == reason][0]
        pixel = page.evaluate(
            """([layer, lat, lon]) => {
            const canvas = document.querySelector(`.drawn-${layer}`);
            const stage = document.querySelector(".leaflet-container").getBoundingClientRect();
            const at = map_servicecircle.latLngToContainerPoint([lat, lon]);
            const box = canvas.getBoundingClientRect();
            const x = Math.round(at.x + stage.left - box.left), y = Math.round(at.y + stage.top - box.top);
            return [...canvas.getContext("2d").getImageData(x, y, 1, 1).data];
        }""",
            [layer, places[key].y, places[key].x],
        )
        assert tuple(pixel[:3]) == color, reason
        assert pixel[3] == 255, reason


def test_a_picture_of_the_page_is_the_same_twice(browser: Any, folder: Path) -> None:
    """Opened again, the page looks the same to the pixel."""
    shots = []
    for _ in range(2):
        page, _seen = opened(browser, folder / "en.html")
        at_rest(page)
        page.wait_for_timeout(300)
        shots.append(base64.b64encode(page.locator("#stage").screenshot()))
    assert shots[0] == shots[1]
