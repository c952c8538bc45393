"""An empty workbook of centers for the offices that fill it in, explained in Chinese and English."""

import io
from typing import Any

from servicecircle.outputs.sheet_cells import CREATED, OPTIONS

#: Column: Chinese head, what to write there in Chinese and in English, an example.
_COLUMNS: dict[str, tuple[str, str, str, str]] = {
    "id": ("编号", "唯一编号，可含字母与前导零", "An id that occurs once; letters and leading zeros stay", "HK-0001"),
    "name": ("名称", "中心全称", "Full name of the center", "示例社区服务中心"),
    "lon": ("经度", "十进制度，如 110.345678", "Longitude in decimal degrees, 110.345678", "110.345678"),
    "lat": ("纬度", "十进制度，如 20.012345", "Latitude in decimal degrees, 20.012345", "20.012345"),
    "datum": (
        "坐标系",
        "GPS 用 WGS84，高德、腾讯用 GCJ-02，百度用 BD-09",
        "Where coordinates come from",
        "GCJ-02",
    ),
    "tier": ("级别", "区、镇街、村/社区", "district, sub-district, village or community", "村/社区"),
    "kind": ("类型", "园区、楼宇、商圈、村庄、社区、机关、学校、企业", "Kind of center", "社区"),
    "functions": ("功能", "多个功能用顿号分隔", "Several are set apart by 、", "展示、服务"),
    "district": ("所在区", "与行政区图层名称一致", "As the layer of districts calls it", ""),
    "capacity": ("容量", "可服务人数，整数", "People it can serve", "5000"),
    "area_m2": ("面积平方米", "建筑面积", "Floor area, square metres", "320"),
    "batch": ("填报单位", "填报单位名称", "Who filled this in", ""),
}
#: Column -> the values its cells offer.
_CHOICES = {
    "datum": ["WGS84", "CGCS2000", "GCJ-02", "BD-09"],
    "tier": ["区", "镇街", "村/社区"],
    "kind": ["园区", "楼宇", "商圈", "村庄", "社区", "机关", "学校", "企业"],
}
#: Column -> lowest and highest number that its cells take.
_NUMBERS = {"lon": (-180, 180), "lat": (-90, 90), "capacity": (0, 1e9), "area_m2": (0, 1e9)}
_ROWS = 2_000


def centers_template() -> bytes:
    """Return the workbook: the sheet to fill in, with drop-downs and checked numbers, and one that explains it."""
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, OPTIONS) as book:
        book.set_properties({"created": CREATED})
        head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EEF7"})
        as_text = book.add_format({"num_format": "@"})
        page = book.add_worksheet("中心 centers")
        page.freeze_panes(1, 0)
        for at, (name, (chinese, said, english, _)) in enumerate(_COLUMNS.items()):
            page.write_string(0, at, chinese, head)
            page.write_comment(0, at, f"{said}\n{english}")
            # Ids are text, else a spreadsheet eats their leading zeros.
            page.set_column(at, at, 16, as_text if name in {"id", "name", "functions", "batch"} else None)
            if name in _CHOICES:
                page.data_validation(1, at, _ROWS, at, {"validate": "list", "source": _CHOICES[name]})
            elif name in _NUMBERS:
                low, high = _NUMBERS[name]
                rule: dict[str, Any] = {"validate": "decimal", "criteria": "between", "minimum": low, "maximum": high}
                page.data_validation(1, at, _ROWS, at, rule | {"error_message": said})
        note = book.add_worksheet("说明 how to")
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        note.set_column(0, 0, 14, wrap)
        note.set_column(1, 2, 48, wrap)
        note.set_column(3, 3, 22, wrap)
        note.write_row(0, 0, ["列", "说明", "What to write", "示例 example"], head)
        for at, (chinese, said, english, example) in enumerate(_COLUMNS.values(), start=1):
            for column, cell in enumerate((chinese, said, english, example)):
                note.write_string(at, column, cell)
    return file.getvalue()
