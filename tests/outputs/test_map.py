import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal

from servicecircle.analysis.coverage import Coverage
from servicecircle.errors import InputError, OutputError
from servicecircle.outputs.map import coverage_map, map_html
from servicecircle.outputs.map_layers import tier_marks
from servicecircle.outputs.map_texts import MAP_TEXTS
from servicecircle.outputs.rounding import people

from .results import HOSTILE, grid_coverage, hostile_result, study_result


def data_of(html: str) -> Any:
    """Read the data block of a page."""
    found = re.search(r'<script type="application/json" id="study-data">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_the_same_study_gives_the_same_bytes() -> None:
    """Nothing random and no time is in the page."""
    assert map_html(study_result("zh")) == map_html(study_result("zh"))


def test_no_address_of_another_server_is_loaded() -> None:
    """The page has no element that asks for anything, and a policy that forbids it."""
    html = map_html(study_result("en")).decode()
    assert not re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=", html)
    assert "default-src 'none'" in html
    assert "sourceMappingURL" not in html
    assert "BSD 2-Clause" in html


def test_a_hostile_name_stays_data() -> None:
    """Names that try to be markup or a template stand escaped in the data block, and nowhere else."""
    html = map_html(hostile_result()).decode()
    assert "<img src=x" not in html
    assert "49" not in re.findall(r"\$\{1\}.*", html)
    data = data_of(html)
    assert data["panel"]["name"] == HOSTILE
    assert data["centers"]["items"][0]["name"] == HOSTILE
    assert data["districts"]["names"][0] == HOSTILE
    assert data["sites"]["items"][0]["name"] == HOSTILE


def test_line_separators_and_lone_surrogates_are_escaped() -> None:
    """Characters that break scripts or UTF-8 reach the page as escapes and come back whole."""
    name = "a\u2028b\u2029c\ud800d&<>"
    html = coverage_map(grid_coverage(), name=name).to_html()
    html.encode()
    assert data_of(html)["panel"]["name"] == name


def test_panel_figures_equal_the_coverage() -> None:
    """Headline and reasons are those of the coverage, and the parts add up to all people."""
    cover = grid_coverage()
    panel = data_of(coverage_map(cover).to_html())["panel"]
    shown = people(cover)
    assert [row["part"] for row in panel["reasons"]] == [
        shown.covered,
        shown.too_far,
        shown.unreachable,
        shown.off_network,
    ]
    assert sum(row["part"] for row in panel["reasons"]) == shown.total
    assert panel["line"] == f"{shown.covered:,} of {shown.total:,} people"
    assert panel["rule"] == "15 minutes at 4.0 km/h (1000 m)"


def test_without_demand_no_share_is_shown() -> None:
    """No people is n/a, never 0 %, in headline and districts; the page still renders."""
    cover = grid_coverage()
    empty = Coverage(
        demand=cover.demand.iloc[:0],
        centers=cover.centers,
        minutes=15.0,
        speed_kmh=4.0,
        total=0.0,
        covered=0.0,
    )
    panel = data_of(coverage_map(empty, districts=study_result().districts).to_html())["panel"]
    assert panel["share"] == "n/a"
    assert {row["share"] for row in panel["reasons"]} == {"n/a"}
    assert {row["cells"][2] for row in panel["districts"]} == {"n/a"}


def test_saving_writes_the_page_to_a_path_or_an_open_file(tmp_path: Path) -> None:
    """A path, a path as text and a binary file get the same bytes."""
    drawn = coverage_map(grid_coverage())
    open_file = io.BytesIO()
    drawn.save(tmp_path / "a.html")
    drawn.save(str(tmp_path / "b.html"))
    drawn.save(open_file, close_file=False)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes() == open_file.getvalue()
    assert drawn.to_html().encode() == open_file.getvalue()


def test_a_failing_rendering_leaves_the_old_file(tmp_path: Path) -> None:
    """The page is rendered before the file is touched."""
    from branca.element import Element

    class Broken(Element):  # type: ignore[misc]
        def render(self, **_: object) -> str:
            raise RuntimeError("broken element")

    target = tmp_path / "map.html"
    target.write_text("the old map")
    drawn = coverage_map(grid_coverage())
    drawn.add_child(Broken())
    with pytest.raises(RuntimeError, match="broken element"):
        drawn.save(target)
    assert target.read_text() == "the old map"
    assert [path.name for path in tmp_path.iterdir()] == ["map.html"]


def test_a_folder_in_the_way_is_an_output_error(tmp_path: Path) -> None:
    """What cannot be written says so."""
    with pytest.raises(OutputError, match="found a folder"):
        coverage_map(grid_coverage()).save(tmp_path)


def test_it_shows_itself_in_a_notebook() -> None:
    """The notebook gets a frame that holds the whole page."""
    frame = coverage_map(grid_coverage(), name="Haikou")._repr_html_()
    assert "<iframe srcdoc=" in frame
    assert "&quot;name&quot;:&quot;Haikou&quot;" in frame


def test_tables_without_places_are_refused() -> None:
    """A coverage from a matrix has no places to draw."""
    cover = grid_coverage()
    plain = Coverage(
        demand=pd.DataFrame(cover.demand.drop(columns="geometry")),
        centers=cover.centers,
        minutes=15.0,
        speed_kmh=None,
        total=cover.total,
        covered=cover.covered,
    )
    with pytest.raises(InputError, match="demand: found a table without places"):
        coverage_map(plain)
    with pytest.raises(InputError, match="language: found 'fr'"):
        coverage_map(cover, language="fr")  # type: ignore[arg-type]


def test_arguments_are_not_changed() -> None:
    """Drawing leaves every table as it was."""
    result = study_result()
    tables = [result.coverage.demand, result.coverage.centers, result.gaps, result.isochrones, result.districts]
    before = [table.copy() for table in tables]
    map_html(result)
    for table, old in zip(tables, before, strict=True):
        assert_geodataframe_equal(table, old)


def test_usual_tiers_go_by_their_level_however_many_there_are() -> None:
    """A district hall has the first mark also where there are more of them than of any other tier."""
    tiers = ["区"] * 5 + ["镇街"] * 4 + ["社区"] * 3
    marks, names = tier_marks(pd.DataFrame({"tier": tiers}))
    assert (marks, names) == ([0] * 5 + [1] * 4 + [2] * 3, ["区", "镇街", "社区"])
    assert tier_marks(pd.DataFrame({"tier": ["Community", "District", "District"]}))[1] == ["District", "Community"]


def test_the_rarest_tier_has_the_first_mark_and_a_fifth_shares_the_last() -> None:
    """District centers are rarer than village centers; marks beyond four are shared and the legend says so."""
    tiers = ["村"] * 5 + ["社区"] * 4 + ["镇街"] * 3 + ["区"] * 2 + ["市"]
    marks, names = tier_marks(pd.DataFrame({"tier": tiers}))
    assert names == ["市", "区", "镇街", "社区 · 村"]
    assert marks == [3] * 9 + [2] * 3 + [1] * 2 + [0]
    assert tier_marks(pd.DataFrame({"name": ["a"]})) == ([0], [])


def test_unreachable_gaps_say_so_and_missing_names_fall_back_to_ids() -> None:
    """An infinite walk is written in words, a missing nearest center as none, a nameless center as its id."""
    result = study_result("en")
    gaps = result.gaps.assign(walk_min=[np.inf, 20.0], nearest=pd.array([None, "C2"], dtype=object))
    nameless = result.coverage.centers.assign(name=[None, *result.coverage.centers["name"][1:]])
    cover = result.coverage
    changed = Coverage(
        demand=cover.demand,
        centers=nameless,
        minutes=15.0,
        speed_kmh=4.0,
        total=cover.total,
        covered=cover.covered,
    )
    data = data_of(coverage_map(changed, gaps=gaps).to_html())
    rows = dict(data["gaps"]["items"][0]["rows"])
    assert rows["Longest walk"] == "cannot be walked"
    assert rows["Nearest centre"] == "none"
    assert data["centers"]["items"][0]["name"] == "007"


def test_every_text_exists_in_both_languages() -> None:
    """Each text has English and Chinese with the same blanks to fill in."""
    for key, texts in MAP_TEXTS.items():
        assert set(texts) == {"en", "zh"}, key
        blanks = [set(re.findall(r"\{(\w+)\}", text)) for text in texts.values()]
        assert blanks[0] == blanks[1], key


def test_every_text_is_used() -> None:
    """The catalogue holds nothing that neither the page nor its maker asks for."""
    room = Path(__file__).parents[2] / "src/servicecircle/outputs"
    code = "".join(
        path.read_text(encoding="utf-8")
        for path in [*room.glob("map*.py"), *room.glob("assets/map*.js")]
        if path.name != "map_texts.py"
    )
    families = [key for key in MAP_TEXTS if key in {"center_tier", "center_kind"}]
    assert [key for key in MAP_TEXTS if key not in families and not re.search(rf"\b{key}\b", code)] == []
