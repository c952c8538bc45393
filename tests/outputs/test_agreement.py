"""The outputs of one study agree figure by figure."""

import io
import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import docx
import geopandas as gpd
import openpyxl
import pandas as pd
import pytest

from servicecircle.outputs.layers import layers_gpkg
from servicecircle.outputs.office.document import report_docx
from servicecircle.outputs.office.workbook import report_xlsx
from servicecircle.outputs.report import report_html
from servicecircle.outputs.summary import summary_json
from servicecircle.outputs.texts import percent
from tests.outputs.results import grid_coverage, report, study_result
from tests.outputs.test_summary import nobody

Rows = list[list[str]]
OFFERS = pd.DataFrame(
    [("tier", "社区", 2, 3500.2, 0.684), ("functions", "展示", 1, 1200.0, 0.235)],
    columns=["aspect", "value", "centers", "covered", "share"],
)


def tables(html: bytes) -> dict[str, Rows]:
    """Return the first table of every section of the report, cell by cell."""
    found = {}
    for section in re.findall(r'<section id="([^"]+)"(.*?)</section>', html.decode(), re.DOTALL):
        body = re.search(r"<tbody>(.*?)</tbody>", section[1], re.DOTALL)
        if body:
            rows = re.findall(r"<tr>(.*?)</tr>", body[1], re.DOTALL)
            cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in rows]
            found[section[0]] = [[unescape(re.sub(r"<[^>]*>", "", cell)) for cell in row] for row in cells]
    return found


def value(cell: str) -> float | None:
    """Read a figure as it is printed: 1,234 or 12.3 % or n/a."""
    if cell in {"n/a", "无数据"}:
        return None
    return float(cell.replace(",", "").replace("%", "").replace("\N{NO-BREAK SPACE}", ""))


def printed(share: float | None) -> float | None:
    """Round a share as the report prints it."""
    return None if share is None else float(f"{share * 100:.1f}")


@pytest.fixture(params=["en", "zh"])
def language(request: pytest.FixtureRequest) -> Any:
    """Both languages."""
    return request.param


def outputs(language: Any, **changes: object) -> tuple[dict[str, Any], dict[str, Rows], Any]:
    """Make the same study as summary, tables of the report and workbook."""
    result = study_result(language, **changes)
    html = report_html(result) if changes else report(language)
    book = openpyxl.load_workbook(io.BytesIO(report_xlsx(result)))
    return json.loads(summary_json(result)), tables(html), book


def sheet(book: Any, number: int) -> list[tuple[Any, ...]]:
    """Rows of a sheet below its header."""
    return list(book.worksheets[number].iter_rows(min_row=2, values_only=True))


def test_people_in_are_the_sum_of_their_parts(language: Any) -> None:
    """Headline and every district add up, in the summary, the report and the workbook."""
    summary, shown, book = outputs(language)
    demand = summary["demand"]
    assert demand["total"] == sum(demand[key] for key in ("covered", "too_far", "unreachable", "off_network"))
    for row in shown["districts"]:
        total, covered, _, *rest = (value(cell) for cell in row[1:7])
        assert total == sum([covered, *rest])
    for row in sheet(book, 1):
        assert row[2] == row[3] + sum(row[5:8])


def test_the_headline_is_the_same_everywhere(language: Any) -> None:
    """Summary, report text, key of the bar and first sheet print the same people."""
    summary, _, book = outputs(language)
    demand, html = summary["demand"], report(language).decode()
    reasons = dict(re.findall(r'<b data-reason="(\w+)">([^<]*)</b>', html))
    assert {key: value(cell) for key, cell in reasons.items()} == {key: demand[key] for key in reasons}
    cells = [row[1] for row in sheet(book, 0)]
    assert cells[5:11] == [demand[k] for k in ("total", "covered", "too_far", "unreachable", "off_network", "share")]


def test_districts_are_summed_up(language: Any) -> None:
    """The last row is the whole study, with the headline of the summary; one district alone needs none."""
    summary = outputs(language)[0]
    last = re.search(r'<tr class="sum">(.*?)</tr>', report(language).decode(), re.DOTALL)
    assert last
    cells = [unescape(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", last[1])]
    demand = summary["demand"]
    assert cells[0] == {"en": "all together", "zh": "合计"}[language]
    assert [value(cell) for cell in cells[1:3]] == [demand["total"], demand["covered"]]
    assert value(cells[3]) == printed(demand["share"])
    assert [value(cell) for cell in cells[4:7]] == [demand[k] for k in ("too_far", "unreachable", "off_network")]
    reached = grid_coverage().demand.dropna(subset="nearest")
    mean = (reached["walk_min"] * reached["weight"]).sum() / reached["weight"].sum()
    assert value(cells[7]) == pytest.approx(mean, abs=0.05)
    assert value(cells[8]) == summary["centers"]
    result = study_result(language)
    whole = result.districts.assign(geometry=result.districts.geometry.buffer(9000))
    alone = report_html(study_result(language, districts=whole.iloc[:1]))
    assert b'class="sum"' not in alone


def test_minutes_districts_gaps_and_sites_agree(language: Any) -> None:
    """Every row of every table is the same in summary, report and workbook."""
    summary, shown, book = outputs(language)
    assert [[value(c) for c in row[:3]] for row in shown["by-minutes"]] == [
        [row["minutes"], row["covered"], printed(row["share"])] for row in summary["by_minutes"]
    ]
    assert [[value(row[1]), value(row[2]), value(row[3]), value(row[8])] for row in shown["districts"]] == [
        [row["total"], row["covered"], printed(row["share"]), row["centers"]] for row in summary["districts"]
    ]
    assert [[row[2], row[3], row[4], row[9]] for row in sheet(book, 1)] == [
        [row["total"], row["covered"], row["share"], row["centers"]] for row in summary["districts"]
    ]
    assert [[value(row[1]), value(row[3]), row[5]] for row in shown["gaps"]] == [
        [row["weight"], row["walk_min"], row["district"]] for row in summary["gaps"]
    ]
    assert [[row[1], row[2], row[4], row[5], row[7]] for row in sheet(book, 3)] == [
        [row["id"], row["weight"], row["walk_min"], row["nearest"], row["district"]] for row in summary["gaps"]
    ]
    assert [[value(r[0]), r[1], r[2], value(r[3]), value(r[4])] for r in shown["sites"]] == [
        [s["rank"], s["id"], s["name"], s["gain"], printed(s["share_after"])] for s in summary["plan"]["sites"]
    ]
    assert [list(row) for row in sheet(book, 4)] == [
        [s[key] for key in ("rank", "id", "name", "gain", "share_after", "lon", "lat")]
        for s in summary["plan"]["sites"]
    ]


def test_report_and_document_show_the_same_tables(language: Any) -> None:
    """Every table of the document is one of the report, head and cells alike."""
    result = study_result(language, offers=OFFERS)
    html = report_html(result).decode()
    shown = []
    for table in re.findall(r"<table>(.*?)</table>", html, re.DOTALL):
        rows = [
            re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
            for row in re.findall("<tr[^>]*>(.*?)</tr>", table, re.DOTALL)
        ]
        cells = [[unescape(cell) for cell in row if not cell.startswith("<span>")] for row in rows]
        shown.append([row[: len(cells[-1])] for row in cells])
    paper = docx.Document(io.BytesIO(report_docx(result)))
    written = [[[cell.text for cell in row.cells] for row in table.rows] for table in paper.tables]
    cards = [cell for cell in written.pop(pictures_at(paper))[0] if cell]
    captions = re.findall(r"<figcaption><b>(.*?)</b><br>(.*?)</figcaption>", html)
    assert [card.split(" · ", 1)[1] for card in cards] == [unescape(caption) for _, caption in captions]
    assert len(written) >= 8
    assert [table for table in written if table not in shown] == []


def pictures_at(paper: Any) -> int:
    """Find the table that holds the small maps."""
    return next(at for at, table in enumerate(paper.tables) if table._tbl.xpath(".//pic:pic"))


def test_offers_agree(language: Any) -> None:
    """Who can walk to a tier or function is the same in summary, report and workbook."""
    summary, shown, book = outputs(language, offers=OFFERS)
    covered = [row["covered"] for row in summary["offers"]]
    assert covered == [3500, 1200]
    assert value(shown["offers"][0][2]) == 3500
    assert set(covered) <= {row[1] for row in sheet(book, 0)}


def test_centers_of_report_and_workbook_agree(language: Any) -> None:
    """Catchments are the same, and hold everyone who has a nearest center."""
    _, shown, book = outputs(language)
    of_book = {row[0]: row[4:] for row in sheet(book, 2)}
    for row in shown["centers"]:
        assert of_book[row[0]][:4] == (value(row[4]), value(row[5]), value(row[6]), value(row[7]))
    reached = grid_coverage().demand.dropna(subset="nearest")["weight"].sum()
    assert sum(row[0] for row in of_book.values()) == pytest.approx(reached, abs=3)


def test_the_layers_hold_the_same_people(language: Any, tmp_path: Path) -> None:
    """The weights of the demand layer, summed by reason, are the headline to the rounding step."""
    demand = outputs(language)[0]["demand"]
    path = tmp_path / "layers.gpkg"
    path.write_bytes(layers_gpkg(study_result(language)))
    people = gpd.read_file(path, layer="demand").groupby("reason")["weight"].sum()
    for reason, weight in people.items():
        assert demand[reason] == pytest.approx(weight, abs=1)
    assert demand["total"] == round(people.sum())
    assert gpd.read_file(path, layer="gaps")["weight"].round().tolist() == [893, 312]


def test_the_layers_hold_the_same_gaps_sites_and_catchments(language: Any, tmp_path: Path) -> None:
    """Figures of a layer are those of the summary before rounding, in the same order under the same ids."""
    summary = outputs(language)[0]
    path = tmp_path / "layers.gpkg"
    path.write_bytes(layers_gpkg(study_result(language)))
    gaps, sites, centers = (gpd.read_file(path, layer=name) for name in ("gaps", "sites", "centers"))
    assert gaps["id"].tolist() == [row["id"] for row in summary["gaps"]]
    assert gaps["weight"].to_list() == pytest.approx([row["weight"] for row in summary["gaps"]], abs=0.5)
    assert gaps["walk_min"].to_list() == pytest.approx([row["walk_min"] for row in summary["gaps"]], abs=0.05)
    assert gaps["nearest"].tolist() == [row["nearest"] for row in summary["gaps"]]
    planned = summary["plan"]["sites"]
    assert sites[["id", "name", "rank"]].to_dict("list") == {
        key: [row[key] for row in planned] for key in ("id", "name", "rank")
    }
    assert sites["gain"].to_list() == pytest.approx([row["gain"] for row in planned], abs=0.5)
    assert sites["share_after"].to_list() == pytest.approx([row["share_after"] for row in planned], abs=1e-6)
    places = sites.to_crs("EPSG:4326").geometry
    assert places.x.to_list() == pytest.approx([row["lon"] for row in planned], abs=1e-6)
    assert places.y.to_list() == pytest.approx([row["lat"] for row in planned], abs=1e-6)
    by_id = centers.set_index("id")
    for row in summary["catchments"]:
        assert by_id.loc[row["id"], "weight"] == pytest.approx(row["people"], abs=0.5)
        assert by_id.loc[row["id"], "covered"] == pytest.approx(row["covered"], abs=0.5)


def test_sentences_of_report_and_document_hold_the_figures(language: Any) -> None:
    """The three sentences name the headline, the parts and the plan of the summary, in every paper alike."""
    summary, _, book = outputs(language)
    html = unescape(re.sub(r"<[^>]*>", "", report(language).decode()))
    paper = docx.Document(io.BytesIO(report_docx(study_result(language))))
    lead = paper.paragraphs[2].text
    assert lead in html
    demand, plan = summary["demand"], summary["plan"]
    people = [demand[key] for key in ("covered", "total", "too_far", "unreachable", "off_network")]
    gained = round(plan["covered"] - demand["covered"], 1)
    for figure in (*people, demand["total"] - demand["covered"], gained):
        assert f"{figure:,}" in lead, figure
    for share in (demand["share"], plan["share"]):
        assert percent(share, language) in lead
    assert percent(plan["bound"] / demand["total"], language, up=True) in lead
    cells = [row[1] for row in sheet(book, 0)]
    assert {plan["covered"], plan["share"], plan["bound"], plan["count"]} <= set(cells)


def test_without_people_no_output_prints_a_share(language: Any) -> None:
    """No demand is not available everywhere: null, n/a, 无数据."""
    summary, shown, book = outputs(language, coverage=nobody(), plan=None)
    words = {"en": "n/a", "zh": "无数据"}[language]
    assert summary["demand"]["share"] is None
    assert {row[2] for row in shown["by-minutes"]} == {words}
    assert {row[3] for row in shown["districts"]} == {words}
    assert {row[4] for row in sheet(book, 1)} == {words}
    assert words in [row[1] for row in sheet(book, 0)]
