"""Names that try to become markup, template, script or formula go through every report output as plain text."""

import csv
import datetime as dt
import io
import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import docx
import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely

from servicecircle.inputs.issues import RowIssue
from servicecircle.outputs.issues_csv import issues_csv
from servicecircle.outputs.layers import layers_gpkg
from servicecircle.outputs.office.document import report_docx
from servicecircle.outputs.office.ooxml import xml_text
from servicecircle.outputs.office.workbook import report_xlsx
from servicecircle.outputs.pictures.city import map_picture
from servicecircle.outputs.report import report_html
from servicecircle.outputs.result import InputFile, StudyResult
from servicecircle.outputs.summary import summary_json
from tests.outputs.browser import open_page, start_chromium
from tests.outputs.results import plan, report, study_result

NAMES = (
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "<img src=x onerror=alert(3)>",
    '" onmouseover="alert(4)" x="',
    "' onfocus='alert(5)' autofocus='",
    "<svg/onload=alert(6)>",
    "</title></style><iframe src=http://example.org>",
    "javascript:alert(7)",
    "<a href='http://example.org'>x</a>",
    "{{ 7*7 }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{% for x in range(9) %}x{% endfor %}",
    "{# gone #}",
    "${7*7}",
    "#{7*7}",
    "`id`",
    "$(id)",
    "%s %(x)s {0} {name}",
    "&lt;b&gt; &amp; &#x3c;",
    "<!-- -->]]>",
    "a\u2028b\u2029c",
    "half \ud800 letter",
    "\u202egnp.exe \u200f\u200e mark",
    "=1+1",
    '=HYPERLINK("http://example.org","x")',
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "zero\x00bell\x07escape\x1b[31m",
    "$\\frac{1}{2}$ \\write18{id}",
    "_x0041_ _x000D_",
    "../../etc/passwd",
    "NULL NaN None True 1E5 007",
    "x" * 20_000,
)


@pytest.fixture(scope="module")
def result() -> StudyResult:
    """Put every name into each place a text of the study can come from."""
    honest = study_result("en")
    assert honest.districts is not None
    assert honest.candidates is not None
    honest.coverage.centers["name"] = list(NAMES[:5])
    honest.coverage.centers["tier"] = list(NAMES[5:10])
    honest.coverage.centers["kind"] = list(NAMES[10:15])
    named = honest.candidates.assign(name=list(NAMES[15:21]))
    offers = pd.DataFrame(
        [("functions", name, 1, 10.0, 0.1) for name in NAMES[:15]]
        + [("kind", name, 1, 9.0, 0.1) for name in NAMES[15:]],
        columns=["aspect", "value", "centers", "covered", "share"],
        dtype=object,  # a half letter fits into no other column
    )
    issues = [RowIssue(file=name, row=2, column=name, value=name, problem=name, action="doubted") for name in NAMES]
    return study_result(
        "en",
        name=NAMES[1],
        coverage=honest.coverage,
        districts=honest.districts.assign(name=[NAMES[2], NAMES[23]]),
        candidates=named,
        plan=plan(honest.coverage, named),
        sources=NAMES,
        offers=offers,
        issues=tuple(issues),
        inputs=tuple(
            InputFile(layer=name[:50], file=name, changed=dt.date(2026, 11, 3), bytes=1, sha256="0" * 64)
            for name in NAMES
        ),
    )


@pytest.fixture(scope="module")
def html(result: StudyResult) -> bytes:
    """Make the report."""
    return report_html(result)


class _Reader(HTMLParser):
    """Collects tags, attributes and text as a browser would find them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def plain(name: str) -> str:
    """Return a name as a page can hold it: no half letters or controls, spaces as one, the first part of it."""
    return " ".join(xml_text(name.encode("utf-8", "replace").decode()).split())[:150]


def test_the_report_has_no_tag_or_attribute_of_theirs(html: bytes) -> None:
    """Only the page's own tags and attributes are there, and every name is text."""
    theirs, ours = _Reader(), _Reader()
    theirs.feed(html.decode())
    ours.feed(report("en").decode())
    assert theirs.tags - ours.tags <= {"h3"}
    assert theirs.attributes == ours.attributes
    seen = " ".join(xml_text(" ".join(theirs.text)).split())
    assert [name for name in NAMES if plain(name) not in seen] == []


def test_nothing_runs_in_a_browser(html: bytes, tmp_path: Path) -> None:
    """Chromium asks for nothing, says nothing, opens no dialog, and shows each name as it is."""
    path = tmp_path / "report.html"
    path.write_bytes(html)
    for browser in start_chromium():
        page, seen = open_page(browser, path, width=390)
        text = " ".join(page.evaluate("document.body.innerText").split())
        scripts = page.evaluate("document.scripts.length + document.querySelectorAll('iframe, svg, a').length")
        width = page.evaluate("document.documentElement.scrollWidth")
        page.close()
    assert (seen.requests, seen.messages, seen.dialogs) == ([], [], [])
    assert scripts == 0
    assert width <= 390
    for name in NAMES:
        if "\x00" not in name:
            assert plain(name).replace("\u2028", " ")[:100] in text, name


def test_the_workbook_holds_them_as_text(result: StudyResult) -> None:
    """No formula, no link, no number; each name in a cell, cut only where a cell ends."""
    book = openpyxl.load_workbook(io.BytesIO(report_xlsx(result)))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert not any(cell.hyperlink for cell in cells)
    values = {cell.value for cell in cells if cell.data_type == "s"}
    assert {xml_text(name) for name in NAMES} <= values


def test_the_document_holds_them_as_text(result: StudyResult) -> None:
    """Every name is a run of text; no field, no link, no part from elsewhere."""
    data = report_docx(result)
    paper = docx.Document(io.BytesIO(data))
    words = [paragraph.text for paragraph in paper.paragraphs]
    assert {xml_text(name) for name in NAMES} <= set(words)
    markup = paper.element.xml
    assert not re.search(r"<w:(instrText|fldSimple|hyperlink|object)\b", markup)
    relations = [part for part in paper.part.rels.values() if part.is_external]
    assert relations == []
    assert data == report_docx(result)


def test_summary_and_issues_hold_them(result: StudyResult) -> None:
    """JSON gives each name back; in the table of issues a spreadsheet sees no formula."""
    found = json.loads(summary_json(result))
    wanted = {name.encode("utf-8", "replace").decode() for name in NAMES}
    assert wanted <= {offer["value"] for offer in found["offers"]}
    assert "</script>" in found["name"]
    rows: list[dict[str, Any]] = list(csv.DictReader(io.StringIO(issues_csv(result).decode("utf-8-sig"), newline="")))
    values = [row["value"] for row in rows]
    assert {value.removeprefix("'") for value in values} >= {name for name in wanted if "'" not in name[:1]}
    assert not any(value.startswith(("=", "+", "-", "@", "\t", "\r")) for value in values)


def test_pictures_and_headings_take_every_name(tmp_path: Path) -> None:
    """Districts and areas above them bear each name: no page grows by it, on paper, a phone or in the document."""
    ids = pd.Index([str(at) for at in range(len(NAMES))], name="id")
    # As objects: the text columns of pandas cannot hold half a letter.
    named, above = (pd.Series(names, dtype=object, index=ids) for names in (NAMES, NAMES[::-1]))
    west, south, east, north = study_result().service_area.total_bounds
    edges = np.linspace(west, east, len(NAMES) + 1)
    areas = gpd.GeoDataFrame(
        {"name": named, "parent": above},
        geometry=[shapely.box(a, south, b, north) for a, b in pairwise(edges)],
        index=ids,
        crs=study_result().network.crs,
    )
    crowded = study_result("en", districts=areas, name=NAMES[-1])
    assert crowded.districts is not None
    assert crowded.districts["name"].dtype == object
    assert map_picture(crowded)[:4] == b"\x89PNG"
    paper = docx.Document(io.BytesIO(report_docx(crowded)))
    assert max(len(part.text) for part in paper.paragraphs if part.style.name.startswith(("Heading", "Title"))) <= 200
    path = tmp_path / "report.html"
    path.write_bytes(report_html(crowded))
    for browser in start_chromium():
        page, seen = open_page(browser, path, width=390)
        width, longest = page.evaluate(
            "[document.documentElement.scrollWidth,"
            " Math.max(...[...document.querySelectorAll('h1, h2, h3, figcaption')].map(e => e.textContent.length))]"
        )
        page.close()
    assert (seen.requests, seen.messages, seen.dialogs) == ([], [], [])
    assert width <= 390
    assert longest <= 300


def test_the_layers_hold_them(result: StudyResult, tmp_path: Path) -> None:
    """Names come back from the layers as they went in; the styles hold none of them."""
    path = tmp_path / "layers.gpkg"
    path.write_bytes(layers_gpkg(result))
    assert list(pyogrio.read_dataframe(path, layer="centers")["name"]) == list(NAMES[:5])
    assert set(pyogrio.read_dataframe(path, layer="sites")["name"]) <= set(NAMES)
    styles = "".join(pyogrio.read_dataframe(path, layer="layer_styles")["styleQML"])
    assert not any(name in styles for name in NAMES)
