"""Corrections change the cells they name and nothing else."""

import csv
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicecircle.errors import InputError, SchemaError
from servicecircle.inputs.corrections import Correction, corrected, corrections_csv, read_corrections
from servicecircle.inputs.edits import edited_sheet, edited_text

CELLS = st.text("甲a,;\t\"\n'= ", max_size=5)


def change(row: int, column: str, before: str, after: str, file: str = "centers.csv") -> Correction:
    """Return a correction."""
    return Correction(file=file, row=row, column=column, before=before, after=after)


@given(
    st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=2, max_size=5),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    CELLS,
    st.data(),
)
def test_one_field_of_any_text_table_is_replaced(
    rows: list[list[str]], separator: str, end: str, value: str, data: st.DataObject
) -> None:
    """Read back, that field is the new value and all others are what they were."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator=end).writerows(rows)
    row = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(0, 2))
    out = edited_text(text.getvalue().encode(), {(row + 1, column): value}, separator=separator, file="x.csv")
    back = list(csv.reader(io.StringIO(out.decode(), newline=""), delimiter=separator))
    rows[row][column] = value
    assert back == rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encoding_quotes_and_line_ends_stay(tmp_path: Path, encoding: str) -> None:
    """Only the letters of the one cell differ."""
    path = tmp_path / "centers.csv"
    text = '"编号";名称;经度\r\n007;"甲 ""一""";110,3\r\n\r\n008;乙;110.4\r\n'
    path.write_bytes(text.encode(encoding))
    out = corrected(path, [change(2, "经度", "110,3", "110.3")])
    assert out == text.replace("110,3", "110.3").encode(encoding)


def test_a_letter_the_encoding_lacks_is_refused(tmp_path: Path) -> None:
    """Nothing is replaced by question marks."""
    path = tmp_path / "centers.csv"
    path.write_bytes("id,名称\n1,甲\n".encode("gb18030"))
    with pytest.raises(InputError, match="its encoding has no letter"):
        corrected(path, [change(2, "名称", "甲", "\udc80")])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([change(2, "名称", "乙", "丙")], 'found "甲", expected "乙"'),
        ([change(9, "名称", "甲", "丙")], "there is no such cell"),
        ([change(2, "name", "甲", "丙")], "there is no such cell; it has id, 名称"),
        ([change(2, "名称", "甲", "丙"), change(2, "名称", "甲", "丁")], "found two corrections"),
    ],
)
def test_a_correction_of_another_table_is_refused(tmp_path: Path, changes: list[Correction], said: str) -> None:
    """The cell has to hold what the correction says it holds."""
    path = tmp_path / "centers.csv"
    path.write_text("id,名称\n1,甲\n", encoding="utf-8")
    with pytest.raises(InputError, match=said):
        corrected(path, changes)


def workbook(path: Path) -> Path:
    """Write a workbook with styles, a formula, a hidden sheet before the data, and a gap."""
    book = openpyxl.Workbook()
    book.active.title = "hidden"
    book.active.sheet_state = "hidden"
    sheet = book.create_sheet("数据")
    book.active = 1
    sheet.append(["编号", "名称", "容量", "备注"])
    sheet.append(["007", "甲 & 乙", 500, "=1+1"])
    sheet.append([None, None, None, None])
    sheet["B4"] = "丙"
    sheet["B2"].font = openpyxl.styles.Font(bold=True)
    sheet["C2"].number_format = "#,##0"
    book.save(path)
    return path


def test_a_cell_of_a_workbook_is_replaced_in_place(tmp_path: Path) -> None:
    """Styles, formulas and other parts stay; a number stays one; a missing cell is added; no formula is made."""
    path = workbook(tmp_path / "centers.xlsx")
    out = corrected(
        path,
        [
            change(2, "容量", "500", "650.5"),
            change(2, "名称", "甲 & 乙", "=HYPERLINK(1) <丁>"),
            change(4, "编号", "", "008"),
        ],
    )
    (tmp_path / "new.xlsx").write_bytes(out)
    sheet = openpyxl.load_workbook(tmp_path / "new.xlsx")["数据"]
    assert sheet["C2"].value == 650.5
    assert sheet["C2"].number_format == "#,##0"
    assert (sheet["B2"].value, sheet["B2"].data_type) == ("=HYPERLINK(1) <丁>", "s")
    assert sheet["B2"].font.bold
    assert (sheet["A4"].value, sheet["B4"].value, sheet["D2"].value) == ("008", "丙", "=1+1")
    before, after = zipfile.ZipFile(path), zipfile.ZipFile(tmp_path / "new.xlsx")
    same = [name for name in before.namelist() if before.read(name) == after.read(name)]
    assert set(before.namelist()) - set(same) == {"xl/worksheets/sheet2.xml"}


def test_a_row_that_is_not_in_the_workbook_is_refused(tmp_path: Path) -> None:
    """Rows without numbers are left by some programs."""
    path = workbook(tmp_path / "centers.xlsx")
    with pytest.raises(InputError, match="row 99: not found"):
        edited_sheet(path.read_bytes(), {(99, 0): "x"}, file="centers.xlsx")


def test_corrections_are_read_from_the_last_column(tmp_path: Path) -> None:
    """Rows without one are passed over; heads may carry a translation; an apostrophe before a formula is undone."""
    path = tmp_path / "issues.csv"
    path.write_text(
        "file 文件,row 行,column 列,value 现值,problem,correction 更正\n"
        "centers.csv,2,lon,'-15.4,x,-15.5\n"
        "centers.csv,3,lon,1,x,\n",
        encoding="utf-8",
    )
    assert read_corrections(path) == [change(2, "lon", "-15.4", "-15.5")]
    assert (
        corrections_csv(read_corrections(path)).decode("utf-8-sig").splitlines()[1] == "centers.csv,2,lon,'-15.4,'-15.5"
    )


WITHOUT_A_CELL = ["centers.csv,,lon,1,2", "centers.csv,1,lon,1,2", "centers.csv,2,,1,2", ",2,lon,1,2"]
WITHOUT_A_CELL += [f"centers.csv,{row},lon,1,2" for row in ("-5", "2.0", "²", "9" * 5000)]


@pytest.mark.parametrize("row", WITHOUT_A_CELL, ids=lambda row: row[:20])
def test_a_correction_without_a_cell_is_refused(tmp_path: Path, row: str) -> None:
    """File, row and column have to be said, and the header is no row."""
    path = tmp_path / "issues.csv"
    path.write_text(f"file,row,column,value,correction\n{row}\n", encoding="utf-8")
    with pytest.raises(InputError, match="expected all three"):
        read_corrections(path)


def test_another_workbook_is_refused(tmp_path: Path) -> None:
    """It has no column of corrections."""
    path = tmp_path / "issues.csv"
    path.write_text("file,row\na,2\n", encoding="utf-8")
    with pytest.raises(SchemaError, match="has no column 'column'"):
        read_corrections(path)


def test_only_tables_can_be_corrected(tmp_path: Path) -> None:
    """A layer is corrected in its own program."""
    with pytest.raises(InputError, match="only cells of CSV and XLSX"):
        corrected(tmp_path / "centers.gpkg", [])
