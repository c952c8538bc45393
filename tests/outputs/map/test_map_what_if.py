"""The map's own arithmetic in a real browser, against the library's."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from servicecircle.analysis.coverage import Coverage, coverage
from servicecircle.analysis.gaps import gaps
from servicecircle.analysis.travel import travel_times
from servicecircle.network.walk import WalkNetwork
from servicecircle.outputs.map.coverage_map import map_html
from servicecircle.outputs.result import StudyResult
from servicecircle.outputs.rounding import counted, people
from servicecircle.outputs.texts import percent
from tests.outputs.browser import Seen, at_rest, start_chromium
from tests.outputs.hostile import NAMES, hostile_study
from tests.outputs.results import CRS, EAST, NORTH, SPEED_KMH, streets, what_if_result

from .test_map_browser import COLORED, opened, quiet


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start Chromium once for all tests of this file."""
    yield from start_chromium()


@pytest.fixture(scope="module")
def town() -> StudyResult:
    """Scatter 1500 homes with odd weights between the streets of the grid and keep what the library says of them."""
    rng = np.random.default_rng(5)
    xy = np.column_stack([rng.uniform(-100, 3700, 1500) + EAST, rng.uniform(-700, 2200, 1500) + NORTH])
    weight = np.round(rng.gamma(1.2, 3.0, 1500), 1)
    index = pd.Index([f"h{i}" for i in range(1500)], name="id")
    homes = gpd.GeoDataFrame({"weight": weight}, geometry=gpd.points_from_xy(*xy.T), index=index, crs=CRS)
    plain = what_if_result("en")
    network = WalkNetwork.from_streets(streets(), speed_kmh=SPEED_KMH)
    from servicecircle.analysis.what_if import what_if

    assert plain.candidates is not None
    times = travel_times(network, homes, plain.coverage.centers, max_minutes=20)
    walks = travel_times(network, homes, plain.candidates, max_minutes=15)
    cover = coverage(times, minutes=15)
    return what_if_result(
        "en",
        coverage=cover,
        gaps=gaps(cover, districts=plain.districts),
        plan=None,
        what_if=what_if(network, times, candidates=walks, minutes=(5, 10, 15)),
    )


@pytest.fixture(scope="module")
def page(browser: Any, town: StudyResult, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Seen]:
    """Open the map of the town."""
    path: Path = tmp_path_factory.mktemp("town") / "map.html"
    path.write_bytes(map_html(town))
    return opened(browser, path)


def judged(town: StudyResult, closed: list[str], opened_: list[str], minutes: float) -> Coverage:
    """Let the library compute the same from the start."""
    assert town.candidates is not None
    centers = town.coverage.centers
    places = pd.concat([centers.drop(index=closed), town.candidates.loc[opened_]])
    times = travel_times(
        town.network,
        town.coverage.demand[["weight", "geometry"]],
        gpd.GeoDataFrame(places, geometry="geometry", crs=centers.crs),
        max_minutes=20,
    )
    return coverage(times, minutes=minutes)


def chosen(page: Any, closed: list[str], opened_: list[str], minutes: float) -> None:
    """Choose a state through the address."""
    state = f"limit={minutes:g}&closed={','.join(map(quote, closed))}&opened={','.join(map(quote, opened_))}"
    page.evaluate("(state) => { location.hash = state; }", state)
    page.wait_for_function(
        "(value) => document.getElementById('limit-value').textContent === value", arg=f"{minutes:g} min"
    )
    at_rest(page)


def shown(page: Any) -> dict[str, Any]:
    """Read the figures of the panel."""
    rows = page.locator(".reasons tr td:nth-child(2)").all_inner_texts()
    districts = page.locator(".districts tbody tr:visible").all_inner_texts()
    return {
        "parts": [float(text.replace(",", "")) for text in rows],
        "share": page.locator("#share").inner_text(),
        "districts": [row.split("\n")[0].split("\t") for row in districts],
        "gaps": page.locator("section.gaps .place small").all_inner_texts(),
    }


def test_the_page_counts_as_the_library_for_any_switches(page: tuple[Any, Seen], town: StudyResult) -> None:
    """Closed and opened places at any limit give the library's people, districts and gaps, person for person."""
    view, seen = page
    rng = np.random.default_rng(11)
    assert town.candidates is not None
    assert town.districts is not None
    for _ in range(12):
        closed = list(rng.choice(town.coverage.centers.index, rng.integers(0, 5), replace=False))
        opening = list(rng.choice(town.candidates.index, rng.integers(0, 4), replace=False))
        minutes = float(rng.integers(5, 21))
        cover = judged(town, closed, opening, minutes)
        expected = people(cover)
        chosen(view, closed, opening, minutes)
        found = shown(view)
        state = (closed, opening, minutes)
        parts = [expected.covered, expected.too_far, expected.unreachable, expected.off_network, expected.total]
        assert found["parts"] == parts, state
        assert found["share"] == percent(cover.share, "en"), state
        table = cover.by(town.districts)
        for row, (_, wanted) in zip(found["districts"], table.iterrows(), strict=True):
            assert float(row[1].replace(",", "")) == counted(wanted["total"], 1), state
            assert float(row[2].replace(",", "")) == counted(wanted["covered"], 1), state
            assert row[3].startswith(percent(wanted["share"], "en")), state
        areas = gaps(cover, districts=town.districts, cell_m=town.gaps.attrs["cell_m"])
        names = [
            f"{counted(gap['weight'], 1):,} people · {gap['district'] or 'outside all districts'}"
            for _, gap in areas.iterrows()
        ]
        assert found["gaps"] == names[:20], state
    assert quiet(seen)


def test_every_home_has_the_library_s_walk_and_nearest_center(page: tuple[Any, Seen], town: StudyResult) -> None:
    """The catchment of each open place holds the people whose nearest place it is, here and in the library."""
    view, _ = page
    cover = judged(town, ["C3"], ["K1", "K4"], 12.0)
    chosen(view, ["C3"], ["K1", "K4"], 12.0)
    view.locator("details.centers").evaluate("(box) => { box.open = true; }")
    at_rest(view)
    rows = view.locator("details.centers tbody tr").all_inner_texts()
    found = {row.split("\t")[1].strip(): float(row.split("\t")[-1].replace(",", "")) for row in rows}
    covered = cover.demand[cover.demand["covered"]]
    for key, name in town.coverage.centers["name"].items():
        people_of = covered.loc[covered["nearest"] == key, "weight"].sum()
        assert found[name] == counted(people_of, 1), key
    view.locator("details.centers").evaluate("(box) => { box.open = false; }")


def test_colours_follow_the_switches(page: tuple[Any, Seen]) -> None:
    """A closed center takes its area away; a shorter limit leaves the nearer colours and hatches the one it divides."""
    view, _ = page
    chosen(view, [], [], 15)
    everyone = [view.locator(f".drawn-{layer}").evaluate(COLORED) for layer in ("area", "people_left", "gaps")]
    chosen(view, ["C2", "C4"], [], 15)
    fewer = [view.locator(f".drawn-{layer}").evaluate(COLORED) for layer in ("area", "people_left", "gaps")]
    assert fewer[0] < everyone[0]
    assert fewer[1] > everyone[1]
    assert fewer[2] > everyone[2]
    assert view.locator(".mark.shut").count() == 2
    chosen(view, [], [], 9)
    assert view.locator(".drawn-area").evaluate(COLORED) < fewer[0]
    legend = view.locator(".switches .key").all_inner_texts()
    assert [text for text in legend if " min" in text] == [
        "within 5 min",
        "5–10 min, partly within",
        "Areas are computed for 5, 10, 15 min; who is within 9 min is exact in dots, gaps and figures.",
    ]
    hatched = view.locator(".drawn-area").evaluate(COLORED)
    chosen(view, [], [], 10)
    assert hatched < view.locator(".drawn-area").evaluate(COLORED)
    assert "partly" not in view.locator(".switches").inner_text()
    chosen(view, [], [], 15)
    again = [view.locator(f".drawn-{layer}").evaluate(COLORED) for layer in ("area", "people_left", "gaps")]
    assert again == everyone


KEEP = """
() => {
    window.kept = {};
    for (const name of ["area", "people_left", "people_covered", "gaps", "places"]) {
        const canvas = document.querySelector(`.drawn-${name}`);
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
        copy.fillStyle = "#fff"; // what is almost clear has no colour to speak of
        copy.fillRect(0, 0, canvas.width, canvas.height);
        copy.drawImage(canvas, 0, 0);
        const now = copy.getImageData(0, 0, canvas.width, canvas.height).data;
        window.kept[name] = now;
    }
}
"""
#: Pixels of each canvas that are another colour now, by more than the edge of a shape is blurred.
DIFFER = f"""
() => {{
    const before = window.kept;
    ({KEEP.strip()})();
    return Object.fromEntries(Object.entries(before).map(([name, was]) =>
        [name, was.reduce((sum, value, i) => sum + (Math.abs(value - window.kept[name][i]) > 24), 0)]));
}}
"""


def test_what_is_drawn_anew_in_part_is_as_if_drawn_whole(page: tuple[Any, Seen]) -> None:
    """After any switch each canvas has the pixels of a page that is drawn from the start in this state."""
    view, _ = page
    for closed, opening, minutes in ((["C2"], [], 15), (["C2", "C4"], ["K1"], 15), ([], ["K1"], 12), ([], [], 15)):
        chosen(view, closed, opening, minutes)
        view.evaluate(KEEP)
        view.evaluate("() => { map_servicecircle.fire('viewreset'); }")
        assert set(view.evaluate(DIFFER).values()) == {0}, (closed, opening, minutes)


def test_the_best_sites_are_the_greedy_ones(page: tuple[Any, Seen], town: StudyResult) -> None:
    """The button opens the sites that a greedy choice by the library's own walks opens, in its order."""
    view, _ = page
    chosen(view, ["C2"], [], 10)
    assert town.candidates is not None
    names = []
    opening: list[str] = []
    for _ in range(3):
        left = [key for key in town.candidates.index if key not in opening]
        gain = [judged(town, ["C2"], [*opening, key], 10.0).covered for key in left]
        opening.append(left[int(np.argmax(gain))])
        names.append(f"{town.candidates['name'][opening[-1]]} opened")
    view.locator("#best-count").fill("3")
    view.locator("button", has_text="Open the best").click()
    rows = view.locator(".changes .opened_now .link").all_inner_texts()
    assert rows == names
    assert shown(view)["parts"][0] == people(judged(town, ["C2"], opening, 10.0)).covered
    view.locator(".changes .opened_now .back").first.click()
    assert view.locator(".changes .opened_now").count() == 2
    view.locator("button", has_text="As in the study").click()
    assert view.locator(".changes li").count() == 0
    view.wait_for_function("() => location.hash === ''")


def test_the_address_keeps_what_is_chosen(page: tuple[Any, Seen]) -> None:
    """Switches write the address; opened again it gives the same state, and nonsense in it is passed over."""
    view, seen = page
    chosen(view, [], [], 15)
    view.locator("details.centers summary").click()
    view.locator("details.centers input").first.uncheck()
    view.locator("#limit").press("ArrowLeft")
    view.wait_for_function("() => location.hash === '#limit=14&closed=007'")
    line = view.locator("#line").inner_text()
    view.reload()
    view.wait_for_selector("html[data-ready=true]")
    assert view.locator("#line").inner_text() == line
    assert view.locator(".changes li").all_inner_texts()[0].startswith("海秀镇便民服务中心 closed")
    view.evaluate("() => { location.hash = '#limit=99&closed=nobody,%25,C2&opened=C2,__proto__&language=fr&x'; }")
    at_rest(view)
    assert view.locator(".changes li").count() == 1
    assert view.locator("#limit-value").inner_text() == "15 min"
    assert quiet(seen)


def test_the_state_is_copied_as_a_list(browser: Any, page: tuple[Any, Seen]) -> None:
    """The clipboard gets the rule, the coverage and every change, one a line."""
    view, _ = page
    chosen(view, ["C2"], ["K1"], 12)
    view.context.grant_permissions(["clipboard-read", "clipboard-write"])
    view.locator("button", has_text="Copy as a list").click()
    view.locator(".said", has_text="Copied").wait_for()
    lines = view.evaluate("navigator.clipboard.readText()").splitlines()
    assert lines[1] == "12 minutes at 4.0 km/h (800 m)"
    assert lines[-2:] == ["− 博爱社区服务站 (C2) closed", "+ 滨江地块 (K1) opened"]


def saved(view: Any) -> list[list[str]]:
    """Save the table and read it back."""
    with view.expect_download() as waiting:
        view.locator("button", has_text="Save as CSV").click()
    content = waiting.value.path().read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_state_is_saved_as_a_table(page: tuple[Any, Seen], town: StudyResult) -> None:
    """The file holds every place with its state, coordinates and people within the limit."""
    view, seen = page
    chosen(view, ["C2"], ["K1"], 12)
    head, *rows = saved(view)
    assert len(rows) == 11
    table = {row[1]: dict(zip(head, row, strict=True)) for row in rows}
    assert (table["C2"]["state"], table["C2"]["changed"]) == ("closed", "yes")
    assert (table["K1"]["state"], table["K1"]["what"]) == ("open", "possible site")
    cover = judged(town, ["C2"], ["K1"], 12.0)
    near = cover.demand[cover.demand["covered"] & (cover.demand["nearest"] == "K1")]
    assert float(table["K1"]["people within the limit"]) == counted(near["weight"].sum(), 1)
    place = town.coverage.centers.to_crs(4326).geometry["007"]
    assert float(table["007"]["longitude"]) == pytest.approx(place.x, abs=1e-6)
    assert quiet(seen)


def test_no_cell_of_the_saved_table_is_a_formula(browser: Any, tmp_path: Path) -> None:
    """Names that would be formulas get an apostrophe; every other name comes back letter by letter."""
    path = tmp_path / "hostile.html"
    path.write_bytes(map_html(hostile_study()))
    view, seen = opened(browser, path)
    _, *rows = saved(view)
    cells = [cell for row in rows for cell in (row[1], row[2], row[3], row[4])]
    assert not [cell for cell in cells if cell.lstrip(" \t\r\n\x00").startswith(("=", "+", "-", "@", "＝"))]
    names = {row[2] for row in rows if row[0] == "center"}
    plain = [name for name in NAMES if name.encode(errors="ignore").decode() == name and "\x00" not in name]
    assert {name.lstrip("'") for name in names} >= {name.lstrip("'") for name in plain if "\r" not in name}
    assert quiet(seen)


def test_without_walks_only_the_limit_moves(browser: Any, tmp_path: Path) -> None:
    """A map of a coverage alone follows the limit exactly and offers no switch that could not be answered."""
    from servicecircle.outputs.map.coverage_map import coverage_map

    cover = what_if_result("en").coverage
    path = tmp_path / "plain.html"
    coverage_map(cover).save(path)
    view, seen = opened(browser, path)
    for _ in range(5):
        view.locator("#limit").press("ArrowLeft")
    covered = cover.within(10.0)
    assert view.locator("#line").inner_text().startswith(f"{counted(covered, 1):,} of")
    view.locator("details.centers summary").click()
    assert view.locator("details.centers input:enabled").count() == 0
    assert view.locator("button", has_text="Open the best").count() == 0
    view.evaluate("() => { location.hash = '#closed=C2'; }")
    at_rest(view)
    assert view.locator(".changes li").count() == 0
    assert quiet(seen)
