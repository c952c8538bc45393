"""The Word document: the tables and pictures of the report, the same bytes every time."""

import io
import re
import zipfile
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn

from servicecircle.outputs.figures import figures
from servicecircle.outputs.office.document import report_docx
from servicecircle.outputs.office.ooxml import without_dates
from servicecircle.outputs.pictures.all import draw
from servicecircle.outputs.sentences import summary_sentences
from tests.outputs.results import study_result
from tests.outputs.test_summary import nobody


def paper_of(**changes: Any) -> Any:
    """Open the document as Word reads it."""
    return docx.Document(io.BytesIO(report_docx(study_result("zh", **changes))))


def test_the_summary_stands_first_and_pictures_have_words() -> None:
    """Title, rule, three sentences; map, curve and bars on A4, each with words for who does not see it."""
    result = study_result("zh")
    paper = paper_of()
    assert paper.paragraphs[0].text == "海口 15分钟服务圈"
    assert "15 分钟，步速 4.0 km/h（1,000 米）" in paper.paragraphs[1].text
    assert paper.paragraphs[2].text == "".join(summary_sentences(result, figures(result)))
    assert [shape._inline.docPr.get("descr") for shape in paper.inline_shapes] == [
        "覆盖率曲线",
        "各区居民覆盖率条形图",
        "覆盖地图",
        "盲区 1 的地图",
        "盲区 2 的地图",
    ]
    page = paper.sections[0]
    assert (round(page.page_width.cm, 1), round(page.page_height.cm, 1)) == (21.0, 29.7)
    assert all(shape.width <= page.page_width - page.left_margin - page.right_margin for shape in paper.inline_shapes)


def test_programs_are_told_the_language_of_the_text() -> None:
    """Spelling and the shape of Chinese letters and stops follow it; an English document may name Chinese places."""
    for language, tongue in (("zh", "zh-CN"), ("en", "en-US")):
        paper = docx.Document(io.BytesIO(report_docx(study_result(language))))
        (said,) = paper.styles.element.xpath(".//w:lang")
        assert [said.get(qn(f"w:{part}")) for part in ("val", "eastAsia")] == [tongue, "zh-CN"]


def test_heads_repeat_and_rows_stay_whole() -> None:
    """Each table marks its first row as a head that repeats; no row is cut by the end of a page."""
    *tables, cards = sorted(paper_of().tables, key=lambda table: bool(table._tbl.xpath(".//pic:pic")))
    assert len(cards._tbl.xpath(".//pic:pic")) == 2
    for table in tables:
        heads = [bool(row._tr.xpath("./w:trPr/w:tblHeader")) for row in table.rows]
        assert heads == [True, *[False] * (len(heads) - 1)]
        assert all(row._tr.xpath("./w:trPr/w:cantSplit") for row in table.rows)


def test_letters_are_drawn_by_a_chinese_font() -> None:
    """Every style names a font for Chinese letters, none leaves it to the theme."""
    styles = paper_of().styles.element
    fonts = styles.xpath(".//w:rFonts[@w:eastAsia]")
    assert len(fonts) > 5
    assert not styles.xpath("./w:style//w:rFonts[@w:eastAsiaTheme]")


def test_the_same_study_gives_the_same_document() -> None:
    """No day of making is in the file; its pictures may be drawn before."""
    result = study_result("en")
    found = figures(result)
    data = report_docx(result)
    assert data == report_docx(result, found, draw(result, found))
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert {part.date_time for part in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        known = file.read("docProps/core.xml").decode()
    assert set(re.findall(r"\d{4}-\d\d-\d\d", known)) == {"2000-01-01"}
    assert without_dates(data) == data


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_bare_study_makes_a_document(language: Any) -> None:
    """Without people, districts, gaps, plan, issues and sources there is still a paper."""
    bare = study_result(
        language,
        coverage=nobody(),
        districts=None,
        gaps=study_result().gaps.iloc[:0],
        plan=None,
        candidates=None,
        issues=(),
        sources=(),
        estimated=None,
    )
    text = "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(report_docx(bare))).paragraphs)
    assert ("The demand holds no people" if language == "en" else "需求数据中没有人口") in text
    assert ("There is no gap." if language == "en" else "没有服务盲区。") in text
