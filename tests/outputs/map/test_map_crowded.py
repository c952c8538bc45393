"""A map with more to name than it has room for, in a real browser: on a desk, on a phone and on paper."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from servicecircle.outputs.map.coverage_map import map_html
from tests.outputs.browser import Seen, open_page, start_chromium
from tests.outputs.results import CRS, EAST, NORTH, what_if_result

SOURCES = tuple(f"Line {number} of the credits names another office" for number in range(6))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start Chromium once for all tests of this file."""
    yield from start_chromium()


def opened(browser: Any, path: Path, **size: int) -> tuple[Any, Seen]:
    """Open a map and wait until it is drawn."""
    page, seen = open_page(browser, path, **size)
    page.wait_for_selector("html[data-ready=true]", timeout=20_000)
    return page, seen


def many_districts() -> gpd.GeoDataFrame:
    """Cut the grid of streets into 24 districts of long names."""
    boxes = [(x, y, x + 560, y + 575) for y in range(-150, 2150, 575) for x in range(-150, 3200, 560)]
    cells = [shapely.box(EAST + a, NORTH + b, EAST + c, NORTH + d) for a, b, c, d in boxes]
    names = [f"District {number} at the old harbour" for number in range(len(cells))]
    index = pd.Index([f"q{number}" for number in range(len(cells))], name="id")
    return gpd.GeoDataFrame({"name": names}, geometry=cells, index=index, crs=CRS)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a map with more names of districts than it has room for."""
    path = tmp_path_factory.mktemp("crowded") / "map.html"
    path.write_bytes(map_html(what_if_result("en", districts=many_districts(), sources=SOURCES)))
    return path


@pytest.mark.parametrize(("width", "height"), [(390, 844), (900, 600)])
def test_names_of_districts_cover_no_other_and_no_star(browser: Any, crowded: Path, width: int, height: int) -> None:
    """Names without room are left out, and stand there once one zooms in; the others can be read."""
    page, seen = opened(browser, crowded, width=width, height=height)

    def boxes(marks: str) -> list[tuple[float, float, float, float]]:
        found = [mark.bounding_box() for mark in page.locator(marks).all() if mark.is_visible()]
        return [(box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]) for box in found]

    names, stars = boxes(".district-name span"), [shapely.box(*box) for box in boxes(".mark[style*='34px']")]
    areas = [shapely.box(*box) for box in names]
    assert 2 <= len(areas) < 24
    assert stars
    assert shapely.area(shapely.union_all(areas)) == pytest.approx(sum(area.area for area in areas))
    for area in areas:
        assert area.intersection(shapely.union_all(stars)).area < 0.4 * area.area
    page.evaluate("() => { map_servicecircle.setZoom(map_servicecircle.getZoom() + 2, { animate: false }); }")
    assert len(page.locator(".district-name:not([hidden])").all()) > len(areas)
    assert (seen.requests, seen.messages, seen.dialogs) == ([], [], [])


def test_on_a_phone_the_whole_study_stands_above_the_credits(browser: Any, crowded: Path) -> None:
    """No place of the study is below them when the map is opened, nor after the button for the whole."""
    page, _ = opened(browser, crowded, width=390, height=844)
    lowest = """() => {
        const { bounds } = JSON.parse(document.getElementById("study-data").textContent);
        return map_servicecircle.latLngToContainerPoint(bounds[0]).y + document.getElementById("stage").offsetTop;
    }"""
    top = page.locator(".credits").bounding_box()["y"]
    assert page.evaluate(lowest) < top
    page.evaluate("() => { map_servicecircle.setZoom(16, { animate: false }); }")
    assert page.evaluate(lowest) > top
    page.locator(".home").click()
    page.wait_for_function(f"() => ({lowest})() < {top}")


def test_what_is_printed_of_the_districts_is_not_cut(browser: Any, crowded: Path) -> None:
    """As many rows as the column has room for, and a line that counts the others."""
    page, _ = opened(browser, crowded)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    table = page.locator(".by-district")
    assert table.evaluate("(node) => node.scrollHeight <= node.clientHeight")
    shown, rows = (table.locator(f"tbody tr{some}").count() for some in (":visible", ""))
    assert 0 < shown < 14 < rows
    assert f"and {rows - shown} more districts" in table.locator(".more").inner_text()


def test_the_printed_map_takes_the_room_there_is(browser: Any, crowded: Path) -> None:
    """It reaches down to what is printed below it or to the right margin, and lies on neither."""
    page, _ = opened(browser, crowded)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    stage, gaps = (page.locator(part).bounding_box() for part in ("#stage", "section.gaps"))
    below = gaps["y"] - stage["y"] - stage["height"]
    more, foot = (page.locator(part).bounding_box() for part in ("section.gaps .more", "#panel > footer"))
    assert more["y"] + more["height"] <= foot["y"] + 1
    assert foot["width"] < 720  # as on paper, where credits take more lines than on a wide screen
    assert below >= 5
    assert below < 30 or stage["width"] == pytest.approx(706, abs=5)
