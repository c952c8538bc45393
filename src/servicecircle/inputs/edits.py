"""Change single cells of a table on disk and leave every other byte of its content as it is."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from servicecircle.errors import InputError
from servicecircle.inputs.text import NOT_XML, decode, guess_encoding

#: (row, the header being 1; position of the column, the first being 0) -> new text.
Cells = Mapping[tuple[int, int], str]

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REF = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def edited_text(content: bytes, cells: Cells, *, separator: str, file: str) -> bytes:
    """Return a text table with some cells replaced, in its own encoding, quotes and line ends.

    Raises
    ------
    InputError
        If the bytes are no text, or the encoding has no letter for a new value.
    """
    encoding = guess_encoding(content)
    text = decode(content, file)
    out, at = [], 0
    for row, column, start, end in _fields(text, separator):
        if (row, column) in cells:
            out += [text[at:start], _quoted(cells[row, column], separator)]
            at = end
    try:
        return "".join([*out, text[at:]]).encode(encoding)
    except UnicodeEncodeError as error:
        raise InputError(
            f"{file}: its encoding has no letter {error.object[error.start]!r}. Save it as UTF-8."
        ) from None


def _fields(text: str, separator: str) -> Iterator[tuple[int, int, int, int]]:
    """Yield (row, column, start, end) of every field; a quoted field may hold separators and line ends."""
    row, column, start, at, quoted = 1, 0, 0, 0, False
    while at <= len(text):
        char = text[at] if at < len(text) else "\n"
        if quoted:
            quoted = char != '"' and at < len(text)
        elif char == '"' and (at == start or text[at - 1] == '"'):
            quoted = True
        elif char in {separator, "\n", "\r"}:
            yield row, column, start, at
            if char == separator:
                column += 1
            else:
                at += text.startswith("\r\n", at)
                row, column = row + 1, 0
            start = at + 1
        at += 1


def _quoted(value: str, separator: str) -> str:
    if any(char in value for char in (separator, '"', "\n", "\r")) or value != value.strip():
        return '"' + value.replace('"', '""') + '"'
    return value


def edited_sheet(content: bytes, cells: Cells, *, file: str) -> bytes:
    """Return a workbook with some cells of its first visible sheet replaced; all its other parts are copied.

    A new value is a number where the old one was and it can be, else text; never a formula.

    Raises
    ------
    InputError
        If the workbook is not laid out as spreadsheet programs do.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        part = first_sheet(book, file)
        with zipfile.ZipFile(out, "w") as copy:
            for entry in book.infolist():
                data = book.read(entry)
                if entry.filename == part:
                    data = _edited_part(data.decode("utf-8"), cells, file).encode("utf-8")
                copy.writestr(entry, data, compress_type=entry.compress_type)
    return out.getvalue()


def first_sheet(book: zipfile.ZipFile, file: str) -> str:
    """Return the part that holds the first visible sheet."""
    # openpyxl has read these parts before.
    sheets = ET.fromstring(book.read("xl/workbook.xml")).iter(f"{_MAIN}sheet")  # noqa: S314 - expat stops entities that grow
    links = ET.fromstring(book.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - expat stops entities that grow
    wanted = next((sheet.get(_REF) for sheet in sheets if sheet.get("state", "visible") == "visible"), None)
    for link in links:
        if link.get("Id") == wanted:
            target = (link.get("Target") or "").removeprefix("/")
            return target if target.startswith("xl/") else f"xl/{target}"
    raise InputError(f"{file}: found no visible sheet. Unhide the one with the data.")


def _edited_part(xml: str, cells: Cells, file: str) -> str:
    for (row, column), value in sorted(cells.items()):
        found = re.search(rf'<((?:\w+:)?)row\b[^>]*\br="{row}"[^>]*?(?:/>|>.*?</\1row>)', xml, re.DOTALL)
        if found is None:
            raise InputError(f"{file}, row {row}: not found in the workbook. Open it, save it again, and repeat.")
        xml = xml[: found.start()] + _edited_row(found[0], found[1], row, column, value) + xml[found.end() :]
    return xml


def _edited_row(xml: str, prefix: str, row: int, column: int, value: str) -> str:
    name = f"{_letters(column)}{row}"
    cell = re.search(rf'<{prefix}c\b([^>]*?)\br="{name}"([^>]*?)(?:/>|>.*?</{prefix}c>)', xml, re.DOTALL)
    if cell is not None:
        kept = f"{cell[1]} {cell[2]}"
        style = re.search(r'\bs="\d+"', kept)
        was_number = re.search(r'\bt="(?!n")', kept) is None and "<" + prefix + "v>" in cell[0]
        new = _cell(prefix, name, style[0] if style else "", value, number=was_number)
        return xml[: cell.start()] + new + xml[cell.end() :]
    new = _cell(prefix, name, "", value, number=False)
    if xml.endswith("/>"):
        return f"{xml[:-2]}>{new}</{prefix}row>"
    after = [found for found in re.finditer(rf'<{prefix}c\b[^>]*?\br="([A-Z]+)', xml) if column_at(found[1]) > column]
    at = after[0].start() if after else xml.rindex(f"</{prefix}row>")
    return xml[:at] + new + xml[at:]


def _cell(prefix: str, name: str, style: str, value: str, *, number: bool) -> str:
    head = f'<{prefix}c r="{name}"{" " + style if style else ""}'
    if number and re.fullmatch(r"-?(0|[1-9]\d{0,14})(\.\d+)?", value):
        return f"{head}><{prefix}v>{value}</{prefix}v></{prefix}c>"
    text = escape(NOT_XML.sub("\ufffd", value))
    return (
        f'{head} t="inlineStr"><{prefix}is><{prefix}t xml:space="preserve">{text}</{prefix}t></{prefix}is></{prefix}c>'
    )


def _letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_at(letters: str) -> int:
    """Return the position of a column of a sheet: A is 0."""
    at = 0
    for letter in letters:
        at = at * 26 + ord(letter) - 64
    return at - 1
