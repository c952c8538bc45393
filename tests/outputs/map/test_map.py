import io
import json
import logging
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from servicecircle.analysis.coverage import Coverage, coverage
from servicecircle.errors import InputError, OutputError
from servicecircle.inputs.datum import from_wgs84
from servicecircle.outputs.map import page
from servicecircle.outputs.map.background import MapBackground
from servicecircle.outputs.map.base_map import BaseMap
from servicecircle.outputs.map.coverage_map import MapNotes, coverage_map, map_html
from servicecircle.outputs.map.layers import tier_marks
from servicecircle.outputs.rounding import people
from tests.outputs.hostile import NAMES, hostile_study
from tests.outputs.results import HOSTILE, at, grid_coverage, hostile_result, study_result, what_if_result

from .test_map_packing import unpack_shapes


def data_of(html: str) -> Any:
    """Read the data block of a page."""
    found = re.search(r'<script type="application/json" id="study-data">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_the_same_study_gives_the_same_bytes() -> None:
    """Nothing random and no time is in the page."""
    assert map_html(what_if_result("zh")) == map_html(what_if_result("zh"))


def test_no_two_scripts_of_the_page_give_one_name_twice() -> None:
    """The scripts share one scope, where a second function of a name would take the place of the first."""
    code = "\n".join(
        (Path(page.__file__).parents[1] / "assets" / name).read_text(encoding="utf-8") for name in page.SCRIPTS
    )
    names = re.findall(r"^(?:async )?(?:function|const|let) (\w+)", code, re.MULTILINE)
    assert len(names) > 100
    assert sorted(names) == sorted(set(names))


def test_no_address_of_another_server_is_loaded() -> None:
    """The page has no element that asks for anything, and a policy that forbids it."""
    html = map_html(study_result("en")).decode()
    assert not re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=", html)
    assert "default-src 'none'" in html
    assert "img-src data: blob:;" in html
    assert "sourceMappingURL" not in html
    assert "BSD 2-Clause" in html


def test_a_center_in_another_country_does_not_make_the_city_a_dot() -> None:
    """The map opens on the people and the centers among them; a center with exchanged coordinates is not in view."""
    found = grid_coverage()
    astray = found.centers.copy()
    astray.loc["NA", "geometry"] = at(4_000_000, 900_000)
    near = data_of(coverage_map(found).to_html())["bounds"]
    data = data_of(coverage_map(replace(found, centers=astray)).to_html())
    assert data["bounds"] == near
    assert any(place["at"][1] > 140 for place in data["places"])


def test_a_hostile_name_stays_data() -> None:
    """Names that try to be markup or a template stand escaped in the data block, and nowhere else."""
    html = map_html(hostile_result()).decode()
    assert "<img src=x" not in html
    assert "49" not in re.findall(r"\$\{1\}.*", html)
    data = data_of(html)
    assert data["name"] == HOSTILE
    assert data["places"][0]["name"] == HOSTILE
    assert data["districts"]["names"][0] == HOSTILE
    assert data["notes"]["sources"] == [HOSTILE]


def test_every_hostile_name_comes_back_letter_by_letter() -> None:
    """Markup, templates, half characters, controls and 10,000 letters are the same text in the data block."""
    assert len(NAMES) >= 25
    html = map_html(hostile_study())
    found = {place["name"] for place in data_of(html.decode())["places"] if not place.get("candidate")}
    assert found == set(NAMES)
    # folium before 0.20 has a script of its own, two constants.
    assert html.count(b"<script") == html.count(b"</script>") == 3 + html.count(b"L_NO_TOUCH = false")


def test_line_separators_and_lone_surrogates_are_escaped() -> None:
    """Characters that break scripts or UTF-8 reach the page as escapes and come back whole."""
    name = "a\u2028b\u2029c\ud800d&<>"
    html = coverage_map(grid_coverage(), name=name).to_html()
    html.encode()
    assert data_of(html)["name"] == name


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

    class Broken(Element):
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


def test_what_cannot_be_drawn_is_refused() -> None:
    """A coverage from a matrix has no places; another language or the walks of another city are no options."""
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
        coverage_map(cover, language="fr")
    known = what_if_result().what_if
    assert known is not None
    fewer = coverage(known.centers, minutes=15.0)
    other = Coverage(
        demand=fewer.demand.iloc[1:], centers=fewer.centers, minutes=15.0, speed_kmh=4.0, total=1.0, covered=0.0
    )
    with pytest.raises(InputError, match="what_if: its demand or centers are not those of the coverage"):
        coverage_map(other, what_if=known)


def test_arguments_are_not_changed() -> None:
    """Drawing leaves every table as it was."""
    result = what_if_result()
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


def test_a_place_says_what_the_table_says_of_it() -> None:
    """Functions are told apart, a capacity may be missing, a nameless center goes by its id, sites by their rank."""
    result = what_if_result("en")
    nameless = result.coverage.centers.assign(name=[None, *result.coverage.centers["name"][1:]])
    cover = result.coverage
    changed = Coverage(
        demand=cover.demand, centers=nameless, minutes=15.0, speed_kmh=4.0, total=cover.total, covered=cover.covered
    )
    places = data_of(coverage_map(changed, what_if=result.what_if, plan=result.plan).to_html())["places"]
    assert [place["id"] for place in places] == sorted([*nameless.index, "K1", "K2", "K3", "K4", "K5", "K6"])
    by_id = {place["id"]: place for place in places}
    assert by_id["007"]["name"] == "007"
    assert by_id["007"]["functions"] == ["展示", "服务"]
    assert by_id["C2"]["functions"] == ["服务", "人才"]
    assert [by_id[key]["capacity"] for key in ("007", "C4", "NA")] == [900.0, None, 60.0]
    assert result.plan is not None
    assert [by_id[key]["rank"] for key in result.plan.sites.index] == [1, 2]
    lat, lon = by_id["C2"]["true"]
    place = result.coverage.centers.to_crs(4326).geometry["C2"]
    assert (lon, lat) == pytest.approx((place.x, place.y), abs=1e-6)


def test_tiles_in_gcj02_meet_the_layers() -> None:
    """Over Amap every vertex is shifted as the tiles are, to the metre; what is saved stays WGS 84."""
    result = what_if_result("zh")
    plain = data_of(
        coverage_map(result.coverage, background=MapBackground(districts=result.districts), name="x").to_html()
    )
    around = MapBackground(streets=result.network, districts=result.districts, tiles=BaseMap.amap())
    shifted = data_of(coverage_map(result.coverage, background=around).to_html())
    (before,), (after,) = (unpack_shapes(data["people"]["shapes"])[0] for data in (plain, shifted))
    lon, lat = from_wgs84(*np.array(sorted(map(tuple, before))).T, "gcj02")
    np.testing.assert_allclose(np.array(sorted(map(tuple, after))), np.column_stack([lon, lat]), atol=1.6e-5)
    assert shapely.distance(shapely.Point(before[0]), shapely.Point(after[0])) > 0.003
    street = unpack_shapes(shifted["streets"])[0][0]
    corner = result.network.xy[result.network.offsets[0]]
    known = shapely.Point(corner)
    assert known.distance(at(0, 0)) < 4000
    place, other = shifted["places"][0], plain["places"][0]
    assert place["true"] == other["true"] == other["at"]
    assert place["at"] != other["at"]
    assert abs(street[0] - np.array(place["at"][::-1])).max() < 0.05


def test_only_the_tile_server_asked_for_is_allowed() -> None:
    """The policy names the hosts of the tiles and no other; without a base map none."""
    cover = grid_coverage()
    amap = coverage_map(cover, background=MapBackground(tiles=BaseMap.amap())).to_html()
    rule = re.search(r"img-src ([^;]*);", amap)
    assert rule
    assert rule[1] == "data: blob: " + " ".join(f"https://webrd0{i}.is.autonavi.com" for i in range(1, 5))
    office = BaseMap.tiles("http://10.0.0.5:8080/t/{z}/{x}/{y}.png")
    own = coverage_map(cover, background=MapBackground(tiles=office)).to_html()
    assert "img-src data: blob: http://10.0.0.5:8080;" in own


def test_a_tianditu_key_is_called_readable(caplog: pytest.LogCaptureFixture) -> None:
    """Who puts a key into the map is told that everyone can read it; a key that is none is refused."""
    with caplog.at_level(logging.WARNING):
        tiles = BaseMap.tianditu("abc123")
    assert "can be read by everyone" in caplog.text
    assert all("tk=abc123" in address for address in tiles.addresses)
    assert tiles.origins == tuple(f"https://t{i}.tianditu.gov.cn" for i in range(8))
    with pytest.raises(InputError, match="tianditu: found the key 'a b'"):
        BaseMap.tianditu("a b")


@pytest.mark.parametrize(
    "address",
    [
        "http://host/tiles",
        "javascript:alert(1)//{z}{x}{y}",
        "http://a b/{z}/{x}/{y}",
        "http://h;script-src */{z}/{x}/{y}",
        "http://*/{z}/{x}/{y}",
        "http://u:p@h/{z}/{x}/{y}",
        "http://h:port/{z}/{x}/{y}",
        "https://{s}.host/{z}/{x}/{y}",
        "http:///{z}/{x}/{y}",
    ],
)
def test_an_address_that_could_widen_the_policy_is_refused(address: str) -> None:
    """A tile address is http or https, one plain host, and z, x and y."""
    with pytest.raises(InputError, match="base map: found the address"):
        BaseMap.tiles(address)


def test_a_study_file_names_tiles_date_and_review(tmp_path: Path) -> None:
    """The settings of the map stand under [output]; two servers at once are refused, and a key is in no run record."""
    from servicecircle.study.reading import read_study_file

    path = tmp_path / "study.toml"
    base = 'name = "x"\n[inputs]\nstreets = "a"\ncenters = "b"\ndemand = "c"\n[output]\n'
    path.write_text(base + 'date = "2026-11"\nreview_number = "S1"\nbase_map = { tianditu = "abc1" }', "utf-8")
    output = read_study_file(path).output
    assert (output.date, output.review_number) == ("2026-11", "S1")
    assert output.base_map is not None
    assert output.base_map.made().attribution == "天地图"
    assert "abc1" not in json.dumps(output.model_dump(mode="json"))
    path.write_text(base + 'base_map = { amap = true, tianditu = "abc1" }', "utf-8")
    with pytest.raises(InputError, match=r"key output\.base_map: expected one of address"):
        read_study_file(path)


def test_chinese_boundaries_without_review_number_are_marked(caplog: pytest.LogCaptureFixture) -> None:
    """Districts in China without 审图号 are logged and marked; with the number, elsewhere or without districts not."""
    result = study_result("zh")
    with caplog.at_level(logging.WARNING):
        marked = data_of(map_html(result).decode())["notes"]
    assert marked["unreviewed"] is True
    assert "审图号" in caplog.text
    caplog.clear()
    reviewed = study_result("zh", review_number="琼S(2026)001号")
    notes = data_of(map_html(reviewed).decode())["notes"]
    assert (notes["unreviewed"], notes["review"]) == (False, "琼S(2026)001号")
    assert data_of(coverage_map(result.coverage).to_html())["notes"]["unreviewed"] is False
    assert caplog.text == ""


def test_notes_stand_in_the_page() -> None:
    """Sources, date and the estimate are handed to the page as they are."""
    said = MapNotes(sources=("© OpenStreetMap contributors (ODbL)",), date="2026-11", estimated=(1000.0, 20))
    notes = data_of(coverage_map(grid_coverage(), notes=said).to_html())["notes"]
    assert notes["sources"] == ["© OpenStreetMap contributors (ODbL)"]
    assert (notes["date"], notes["estimated"]) == ("2026-11", [1000.0, 20])


def test_without_demand_the_page_still_renders() -> None:
    """A coverage of nobody is a page too."""
    cover = grid_coverage()
    empty = Coverage(
        demand=cover.demand.iloc[:0], centers=cover.centers, minutes=15.0, speed_kmh=4.0, total=0.0, covered=0.0
    )
    result = study_result()
    data = data_of(
        coverage_map(empty, background=MapBackground(districts=result.districts), gaps=result.gaps).to_html()
    )
    assert data["parts"] == 10
    assert people(empty).share is None


def test_water_is_packed_where_it_can_be_seen() -> None:
    """A lake keeps its island; a pond of a pixel is left out; without water there is no layer of it."""
    result = study_result("en")
    lake = at(0, 0).buffer(300).difference(at(0, 0).buffer(80))
    ponds = gpd.GeoDataFrame(geometry=[lake, at(900, 0).buffer(4)], crs=result.network.crs)
    data = data_of(coverage_map(result.coverage, background=MapBackground(water=ponds)).to_html())
    (shore, island), *others = unpack_shapes(data["water"])
    assert others == []
    drawn = gpd.GeoSeries([shapely.Polygon(shore, [island])], crs=4326).to_crs(result.network.crs)[0]
    assert drawn.symmetric_difference(lake).area < 0.02 * lake.area
    for nothing in (None, ponds.iloc[1:]):
        behind = MapBackground(water=nothing)
        assert data_of(coverage_map(result.coverage, background=behind).to_html())["water"] is None
