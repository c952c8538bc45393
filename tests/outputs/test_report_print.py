"""The report on paper: printed by the browser, page by page."""

import io
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pypdf
import pytest

from servicecircle.errors import OutputError
from servicecircle.inputs.issues import RowIssue
from servicecircle.outputs import pdf
from servicecircle.outputs.pdf import report_pdf
from servicecircle.outputs.report import report_html
from tests.outputs.browser import CHROMIUM, open_page, start_chromium
from tests.outputs.results import report, study_result

ISSUES = tuple(
    RowIssue(file="centers.csv", row=row, column="lon", value=str(row), problem="missing_coordinate", action="left out")
    for row in range(2, 22)
)
TITLES = {"en": "Walking coverage report", "zh": "步行服务覆盖报告"}


def long_report(language: Any) -> bytes:
    """Make a report whose list of issues runs over pages."""
    return report_html(study_result(language, issues=ISSUES))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pages_are_numbered_and_heads_repeat(language: str) -> None:
    """A4; each page has its number of all pages and the title; a table that runs on has its head again."""
    if not CHROMIUM.exists():
        for _ in start_chromium():  # skips, or fails on the build machine
            pass
    pages = pypdf.PdfReader(io.BytesIO(report_pdf(long_report(language)))).pages
    # The browser writes some Chinese letters as the radicals that look like them.
    texts = [" ".join(unicodedata.normalize("NFKC", page.extract_text()).split()) for page in pages]
    assert len(pages) >= 4
    assert {(round(float(page.mediabox.width)), round(float(page.mediabox.height))) for page in pages} == {(595, 842)}
    for number, text in enumerate(texts, start=1):
        assert f"{number} / {len(pages)}" in text
        assert TITLES[language].replace(" ", "") in text.replace(" ", "")
    rows = [sum(f"centers.csv {row} lon" in text for row in range(2, 22)) for text in texts]
    on = [text for text, count in zip(texts, rows, strict=True) if count]
    assert sum(rows) == len(ISSUES)
    assert all({"en": "File Row Column", "zh": "文件 行 列"}[language] in text for text in on)


def test_nothing_is_cut_off_on_paper(tmp_path: Path) -> None:
    """At the width of A4 between its margins no table and no picture is wider than the page."""
    path = tmp_path / "report.html"
    path.write_bytes(long_report("en"))
    for browser in start_chromium():
        page, seen = open_page(browser, path, width=680, height=900)
        page.emulate_media(media="print")
        wide = page.evaluate(
            "[...document.querySelectorAll('table, img')].filter(e => e.getBoundingClientRect().right > 681).length"
        )
        page.close()
    assert wide == 0
    assert (seen.requests, seen.messages, seen.dialogs) == ([], [], [])


def test_without_a_browser_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, and the report can still be printed by hand."""
    monkeypatch.setattr(pdf.shutil, "which", lambda _: None)
    monkeypatch.setattr(pdf, "_PLACES", ())
    with pytest.raises(OutputError, match=r"no Chromium.*open report\.html in any browser"):
        report_pdf(b"")


@pytest.mark.parametrize("script", ["exit 3", "exit 0"])
def test_a_browser_that_does_not_print_is_one_line(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fails, or ends well and leaves no file."""
    broken = tmp_path / "chromium"
    broken.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(OutputError, match="chromium did not print it") as caught:
        report_pdf(b"<p>x</p>")
    assert "\n" not in str(caught.value)


def test_alternatives_and_the_review_number_are_printed() -> None:
    """Each site names what could stand in its place and what that costs; the map review number is on the paper."""
    result = study_result("zh")
    assert result.plan is not None
    ids = list(result.plan.sites.index)
    other = pd.DataFrame({"replacement": ["K4", None], "loss": [120.4, float("inf")]}, index=ids)
    html = report_html(replace(result, alternatives=other, review_number="琼S(2026)001号")).decode()
    section = html.split('<section id="sites">')[1].split("</section>")[0]
    assert "备选方案" in section
    assert "西城地块" in section
    assert ">120<" in section
    assert "审图号：琼S(2026)001号" in html
    assert "备选方案" not in report("zh").decode()
