"""`report.docx`: summary, tables and pictures of the report, for an office to paste into its own paper."""

import io
from typing import TYPE_CHECKING, Any

from servicecircle.outputs import tables
from servicecircle.outputs.figures import figures
from servicecircle.outputs.office.ooxml import CREATED, without_dates, xml_text
from servicecircle.outputs.pictures.all import Pictures, draw
from servicecircle.outputs.report_tables import (
    center_tables,
    district_tables,
    gap_table,
    gaps_left,
    offer_tables,
    site_tables,
    sites_left,
)
from servicecircle.outputs.result import StudyResult
from servicecircle.outputs.rows import Figures
from servicecircle.outputs.sentences import (
    assumption_sentences,
    bound_sentence,
    gap_caption,
    load_sentence,
    method_sentences,
    nearly_sentence,
    plan_sentence,
    rule_line,
    rule_values,
    summary_sentences,
)
from servicecircle.outputs.tables import LONGEST, NUMBERS, Table, cell_text
from servicecircle.outputs.texts import number, text, wide

if TYPE_CHECKING:
    from docx.document import Document

_WIDTH_CM, _FONT, _CHINESE_FONT = 17.0, "Calibri", "Microsoft YaHei"
#: A column takes no more room than so many letters need; longer cells are broken over lines.
_WIDEST, _HEAD = 26, 13.0
#: The room of a letter in a table.
_LETTER_CM = 0.18
#: Small maps in a row.
_CARDS = 3
#: The colours of the template and those of the report.
_COLORS = {"4F81BD": "2A788E", "365F91": "25566B", "17365D": "25566B", "D3DFEE": "F4F7F7"}


def report_docx(result: StudyResult, found: Figures | None = None, drawn: Pictures | None = None) -> bytes:
    """Return the document; same result, same bytes. Names stay text, whatever they look like.

    `found` are the figures of this result and `drawn` its pictures, if they are at hand already.
    """
    found = found or figures(result)
    drawn = drawn or draw(result, found)
    paper = _Paper(result)
    paper.add_summary(found)
    paper.add_picture(drawn.curve, "curve_alt", "curve_caption")
    paper.add_districts(found)
    paper.add_picture(drawn.districts, "districts_alt", "districts_caption")
    paper.add_picture(drawn.whole, "map_alt", "map_caption")
    paper.add_gaps_and_sites(found, drawn)
    paper.add_centers(found)
    paper.add_method(found)
    return paper.to_bytes()


class _Paper:
    """A Word document that grows section by section."""

    def __init__(self, result: StudyResult) -> None:
        import docx

        self.result = result
        self.language = result.language
        self.document: Document = docx.Document()
        _page_and_fonts(self.document, "zh-CN" if self.language == "zh" else "en-US")
        known = self.document.core_properties
        known.title, known.author, known.comments = xml_text(result.name)[:255], "servicecircle", ""
        known.created = known.modified = CREATED
        known.language = "zh-CN" if self.language == "zh" else "en"

    def to_bytes(self) -> bytes:
        """Return the finished file."""
        file = io.BytesIO()
        self.document.save(file)
        return without_dates(file.getvalue())

    def add_heading(self, key: str) -> None:
        """Add a heading from the catalogue."""
        self.document.add_heading(text(key, self.language), level=1)

    def add_words(self, words: str, style: str | None = None) -> None:
        """Add a paragraph."""
        self.document.add_paragraph(xml_text(words), style=style)

    def add_note(self, words: str | None) -> None:
        """Add a sentence that belongs to what stands before it, if there is one."""
        if words:
            self.add_words(words)

    def add_table(self, table: Table) -> None:
        """Add a table whose head repeats on each page it runs over."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.oxml.ns import qn
        from docx.shared import Cm, Pt

        if not table.rows:
            return
        heads = [text(key, self.language) for key, _ in table.columns]
        grid = self.document.add_table(rows=1 + len(table.rows), cols=len(heads), style="Light List Accent 1")
        for look in grid._tbl.xpath("./w:tblPr/w:tblLook"):  # noqa: SLF001 - python-docx has no other door
            # The first column is as plain as the others; older programs read the number.
            look.set(qn("w:firstColumn"), "0")
            look.set(qn("w:val"), "0420")
        cells = [
            [cell_text(kind, value, self.language) for (_, kind), value in zip(table.columns, row, strict=True)]
            for row in table.rows
        ]
        widths = [Cm(part) for part in _widths(heads, cells, [kind in NUMBERS for _, kind in table.columns])]
        grid.autofit = False
        for column, room in zip(grid.columns, widths, strict=True):
            column.width = room
        for row, line in zip(grid.rows, [heads, *cells], strict=True):
            for cell, words, (_, kind), room in zip(row.cells, line, table.columns, widths, strict=True):
                cell.width = room
                paragraph = cell.paragraphs[0]
                run = paragraph.add_run(xml_text(words)[:LONGEST])
                run.font.size = Pt(8)
                paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(1.5)
                if kind in NUMBERS:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            _keep_together(row)
        _repeat(grid.rows[0])
        for cell in grid.rows[-1].cells if table.summed else ():
            cell.paragraphs[0].runs[0].font.bold = True
        self.document.add_paragraph()

    def add_picture(self, png: bytes | None, alt: str, caption: str) -> None:
        """Add a picture as wide as the text, with words for those who do not see it and a caption."""
        from docx.shared import Cm

        if png is None:
            return
        shape = self.document.add_picture(io.BytesIO(png), width=Cm(_WIDTH_CM))
        shape._inline.docPr.set("descr", text(alt, self.language))  # noqa: SLF001 - python-docx has no other door
        self.add_words(text(caption, self.language), "Caption")

    def add_cards(self, found: Figures, drawn: Pictures) -> None:
        """Add the small maps of the largest gaps, three in a row."""
        from docx.shared import Cm, Pt

        if not drawn.gaps:
            return
        count = len(drawn.gaps)
        grid = self.document.add_table(rows=-(-count // _CARDS), cols=_CARDS)
        for at, (gap, png) in enumerate(zip(found.gaps, drawn.gaps, strict=False)):
            paragraph = grid.cell(at // _CARDS, at % _CARDS).paragraphs[0]
            shape = paragraph.add_run().add_picture(io.BytesIO(png), width=Cm(_WIDTH_CM / _CARDS - 0.4))
            alt = text("gap_map_alt", self.language, rank=number(gap.rank, self.language))
            shape._inline.docPr.set("descr", alt)  # noqa: SLF001 - python-docx has no other door
            said = text("gap_number", self.language, rank=number(gap.rank, self.language))
            paragraph.add_run(f"\n{said} · {gap_caption(gap, self.language)}").font.size = Pt(8.5)
        for row in grid.rows:
            _keep_together(row)
        self.add_words(text("gap_maps_note", self.language))

    def add_summary(self, found: Figures) -> None:
        """Add title, rule, the three sentences, and coverage by walking time."""
        result = self.result
        self.document.add_heading(xml_text(result.name)[:LONGEST], level=0)
        self.add_words(rule_line(result), "Subtitle")
        gap = " " if self.language == "en" else ""
        self.add_words(gap.join(summary_sentences(result, found)))
        self.add_heading("by_minutes_title")
        self.add_table(tables.minutes_table(found))

    def add_districts(self, found: Figures) -> None:
        """Add the tables of districts."""
        if self.result.districts is None:
            return
        self.add_heading("districts_title")
        for title, table in district_tables(found, self.language):
            if title:
                self.document.add_heading(xml_text(title)[:LONGEST], level=2)
            self.add_table(table)

    def add_gaps_and_sites(self, found: Figures, drawn: Pictures) -> None:
        """Add the largest gaps and the proposed sites."""
        self.add_heading("gaps_title")
        self.add_words(text("gaps_note" if found.gaps else "no_gaps", self.language))
        self.add_table(gap_table(found, self.language))
        self.add_note(gaps_left(found, self.language))
        self.add_cards(found, drawn)
        self.add_heading("sites_title")
        self.add_words(plan_sentence(found.plan, self.language))
        sites, other = site_tables(found)
        self.add_table(sites)
        self.add_note(sites_left(found, self.language))
        self.add_note(bound_sentence(found.plan, self.language))
        if other.rows:
            self.document.add_heading(text("alternatives_title", self.language), level=2)
            self.add_words(text("alternatives_note", self.language))
            self.add_words(nearly_sentence(found.plan, self.language))
            self.add_table(other)

    def add_centers(self, found: Figures) -> None:
        """Add the load of the centers and who can walk to what they offer."""
        self.add_heading("centers_title")
        self.add_words(text("centers_note", self.language))
        self.add_words(load_sentence(found, self.language))
        for title, table in center_tables(found.centers):
            if title:
                self.document.add_heading(text(title, self.language), level=2)
            self.add_table(table)
        offers = offer_tables(found)
        if offers:
            self.add_heading("offers_title")
            self.add_words(text("offers_note", self.language, minutes=rule_values(self.result)["minutes"]))
        for aspect, table, left in offers:
            self.document.add_heading(text(f"aspect_{aspect}", self.language), level=2)
            self.add_table(table)
            self.add_note(text("offers_more", self.language, count=number(left, self.language)) if left else None)

    def add_method(self, found: Figures) -> None:
        """Add how it was measured, what was assumed, and whose data these are."""
        self.add_heading("method_title")
        for words in method_sentences(self.result, found):
            self.add_words(words)
        self.document.add_heading(text("assumptions_title", self.language), level=2)
        for words in assumption_sentences(self.result):
            self.add_words(words, "List Bullet")
        self.add_heading("left_out_title")
        if not found.left_out:
            self.add_words(text("nothing_left_out", self.language))
        self.add_table(tables.left_out_table(found, self.language))
        self.add_heading("inputs_title")
        self.add_table(tables.inputs_table(found, self.language).only("layer file changed size"))
        self.add_note(None if found.inputs else text("no_inputs", self.language))
        self.add_heading("sources_title")
        for source in self.result.sources:
            self.add_words(source)
        if self.result.review_number:
            self.add_words(text("review_number", self.language, number=self.result.review_number))


def _page_and_fonts(document: "Document", tongue: str) -> None:
    """Set A4, fonts that draw Chinese too, and the language that spelling and the shape of letters follow."""
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt

    page = document.sections[0]
    page.page_width, page.page_height = Cm(21.0), Cm(29.7)
    page.left_margin = page.right_margin = Cm((21.0 - _WIDTH_CM) / 2)
    page.top_margin = page.bottom_margin = Cm(2.0)
    document.styles["Normal"].font.size = Pt(10.5)
    for part in document.styles.element.iter():
        for name, value in part.attrib.items():
            if value in _COLORS:
                part.set(name, _COLORS[value])
    # The template leaves its fonts to the theme, which names none for Chinese.
    for fonts in document.styles.element.xpath(".//w:rFonts"):
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        for letters, font in (("ascii", _FONT), ("hAnsi", _FONT), ("eastAsia", _CHINESE_FONT)):
            fonts.set(qn(f"w:{letters}"), font)
    for spoken in document.styles.element.xpath(".//w:lang"):
        spoken.set(qn("w:val"), tongue)
        spoken.set(qn("w:eastAsia"), "zh-CN")


def _widths(heads: list[str], rows: list[list[str]], numeric: list[bool]) -> list[float]:
    """Return how wide each column is, in centimetres: numbers stay whole, words share what they leave."""
    needs = []
    for head, column, numbers in zip(heads, zip(*rows, strict=True), numeric, strict=True):
        # Bold letters are wider.
        word = min(1.2 * max(wide(part) for part in head.split()), _HEAD)
        longest = max(wide(cell) for cell in column)
        needs.append(max(word, longest if numbers else min(longest, _WIDEST)) + 2.5)
    words = sum(need for need, number in zip(needs, numeric, strict=True) if not number)
    left = _WIDTH_CM / _LETTER_CM - sum(needs) + words
    if 0 < left < words:
        needs = [need if number else need * left / words for need, number in zip(needs, numeric, strict=True)]
    return [_WIDTH_CM * need / sum(needs) for need in needs]


def _keep_together(row: Any) -> None:
    """Keep a row on one page."""
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # noqa: SLF001 - python-docx has no other door


def _repeat(row: Any) -> None:
    """Let a row stand at the top of each page."""
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001 - python-docx has no other door
