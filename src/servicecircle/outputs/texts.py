"""The words of report, workbook, document, pictures and issues, in both languages, and how numbers are written."""

import datetime as dt
import math
import unicodedata

from servicecircle.outputs.report_texts import REPORT_TEXTS

TEXTS: dict[str, dict[str, str]] = REPORT_TEXTS | {
    # Reasons and figures.
    "total": {"en": "all people", "zh": "总人数"},
    "covered": {"en": "within the limit", "zh": "在限时内"},
    "too_far": {"en": "too far", "zh": "距离过远"},
    "unreachable": {"en": "no way to any center", "zh": "无路可达"},
    "off_network": {"en": "off the street network", "zh": "远离路网"},
    "segments": {"en": "street segments", "zh": "路段"},
    "junctions": {"en": "junctions", "zh": "路口"},
    "length_km": {"en": "length (km)", "zh": "总长（公里）"},
    "components": {"en": "connected parts", "zh": "连通部分"},
    "dropped_components": {"en": "parts too short to be used", "zh": "因过短未使用的部分"},
    "dropped_km": {"en": "their length (km)", "zh": "其长度（公里）"},
    "closed_segments": {"en": "closed segments", "zh": "不可通行的路段"},
    "closed_km": {"en": "length of these (km)", "zh": "上述路段长度（公里）"},
    "speed": {"en": "walking speed (km/h)", "zh": "步速（km/h）"},
    "limit": {"en": "limit (minutes)", "zh": "时限（分钟）"},
    "limit_m": {"en": "limit (m)", "zh": "时限对应距离（米）"},
    "plan_count": {"en": "new sites", "zh": "新增站点数"},
    "plan_covered": {"en": "people covered with them", "zh": "新增后覆盖人数"},
    "plan_share": {"en": "share covered with them", "zh": "新增后覆盖率"},
    "plan_bound": {"en": "proven upper bound (people)", "zh": "已证明上界（人）"},
    "issue_count": {"en": "row issues", "zh": "数据问题数"},
    # Heads of columns.
    "figure": {"en": "Figure", "zh": "指标"},
    "value": {"en": "Value", "zh": "数值"},
    "minutes": {"en": "Minutes", "zh": "分钟"},
    "people": {"en": "People", "zh": "人数"},
    "head_covered": {"en": "Covered", "zh": "已覆盖"},
    "share": {"en": "Share", "zh": "覆盖率"},
    "head_too_far": {"en": "Too far", "zh": "距离过远"},
    "head_unreachable": {"en": "No way", "zh": "无路可达"},
    "head_off_network": {"en": "Off network", "zh": "远离路网"},
    "mean_walk": {"en": "Mean walk (min)", "zh": "平均步行（分钟）"},
    "longest_walk": {"en": "Longest walk (min)", "zh": "最长步行（分钟）"},
    "centers": {"en": "Centers", "zh": "中心数"},
    "district": {"en": "District", "zh": "行政区"},
    "rank": {"en": "Rank", "zh": "序号"},
    "id": {"en": "Id", "zh": "编号"},
    "name": {"en": "Name", "zh": "名称"},
    "tier": {"en": "Tier", "zh": "级别"},
    "kind": {"en": "Kind", "zh": "类型"},
    "catchment": {"en": "Catchment", "zh": "服务人口"},
    "share_of_all": {"en": "Of all people", "zh": "占总人数"},
    "nearest_id": {"en": "Nearest center (id)", "zh": "最近的中心（编号）"},
    "nearest": {"en": "Nearest center", "zh": "最近的中心"},
    "gain": {"en": "Gain", "zh": "新增覆盖"},
    "share_after": {"en": "Coverage after", "zh": "建成后覆盖率"},
    "lon": {"en": "Longitude", "zh": "经度"},
    "lat": {"en": "Latitude", "zh": "纬度"},
    "file": {"en": "File", "zh": "文件"},
    "row": {"en": "Row", "zh": "行"},
    "column": {"en": "Column", "zh": "列"},
    "problem": {"en": "Problem", "zh": "问题"},
    "action": {"en": "Action", "zh": "处理"},
    "count": {"en": "Rows", "zh": "行数"},
    "head_load": {"en": "Load", "zh": "负荷"},
    "capacity": {"en": "Capacity", "zh": "容量"},
    "part_of": {"en": "Part of", "zh": "上级"},
    "offer": {"en": "Offer", "zh": "内容"},
    "offering": {"en": "Centers", "zh": "中心数"},
    "layer": {"en": "Input", "zh": "数据"},
    "changed": {"en": "Last changed", "zh": "修改日期"},
    "size": {"en": "Size (kB)", "zh": "大小（kB）"},
    "sha256": {"en": "SHA-256", "zh": "SHA-256"},
    "replacement": {"en": "Next best in its place", "zh": "替代点"},
    "loss": {"en": "People lost by that", "zh": "减少覆盖"},
    "before": {"en": "Before", "zh": "上次"},
    "now": {"en": "Now", "zh": "本次"},
    "difference": {"en": "Change", "zh": "变化"},
    # Sheets of the workbook.
    "sheet_summary": {"en": "summary", "zh": "摘要"},
    "sheet_districts": {"en": "districts", "zh": "行政区"},
    "sheet_parents": {"en": "areas above", "zh": "上级区域"},
    "sheet_centers": {"en": "centers", "zh": "服务中心"},
    "sheet_gaps": {"en": "gaps", "zh": "服务盲区"},
    "sheet_sites": {"en": "sites", "zh": "建议站点"},
    "sheet_issues": {"en": "issues", "zh": "数据问题"},
    "chart_title": {"en": "People covered, by district", "zh": "各区居民覆盖率"},
    # Pictures.
    "within": {"en": "within {minutes} min", "zh": "{minutes} 分钟内"},
    "legend_gap": {"en": "gap, numbered by people", "zh": "服务盲区（按人数编号）"},
    "legend_center": {"en": "service center", "zh": "服务中心"},
    "legend_site": {"en": "proposed site", "zh": "建议新增站点"},
    "legend_street": {"en": "street", "zh": "道路"},
    "legend_district": {"en": "district", "zh": "行政区界"},
    "axis_minutes": {"en": "walk to the nearest center (minutes)", "zh": "到最近中心的步行时间（分钟）"},
    "axis_share": {"en": "people covered", "zh": "居民覆盖率"},
    # Inputs.
    "layer_streets": {"en": "streets", "zh": "道路"},
    "layer_centers": {"en": "service centers", "zh": "服务中心"},
    "layer_demand": {"en": "residents", "zh": "居民"},
    "layer_districts": {"en": "districts", "zh": "行政区"},
    "layer_candidates": {"en": "candidate sites", "zh": "候选点"},
    "layer_entrances": {"en": "entrances", "zh": "出入口"},
    "layer_barriers": {"en": "barriers", "zh": "障碍物"},
    "layer_added_streets": {"en": "new streets", "zh": "新增道路"},
    "layer_slope": {"en": "terrain", "zh": "地形高程"},
    # Values.
    "day": {"en": "{day} {month} {year}", "zh": "{year}年{month}月{day}日"},
    "month_1": {"en": "January", "zh": "1"},
    "month_2": {"en": "February", "zh": "2"},
    "month_3": {"en": "March", "zh": "3"},
    "month_4": {"en": "April", "zh": "4"},
    "month_5": {"en": "May", "zh": "5"},
    "month_6": {"en": "June", "zh": "6"},
    "month_7": {"en": "July", "zh": "7"},
    "month_8": {"en": "August", "zh": "8"},
    "month_9": {"en": "September", "zh": "9"},
    "month_10": {"en": "October", "zh": "10"},
    "month_11": {"en": "November", "zh": "11"},
    "month_12": {"en": "December", "zh": "12"},
    "not_available": {"en": "n/a", "zh": "无数据"},
    "left out": {"en": "left out", "zh": "剔除"},
    "issue_file": {"en": "file", "zh": "文件"},
    "issue_row": {"en": "row", "zh": "行"},
    "issue_column": {"en": "column", "zh": "列"},
    "issue_value": {"en": "value", "zh": "现值"},
    "issue_problem": {"en": "problem", "zh": "问题"},
    "issue_action": {"en": "action", "zh": "处理"},
    "issue_sure": {"en": "sure", "zh": "把握"},
    "issue_detail": {"en": "detail", "zh": "详情"},
    "issue_suggestion": {"en": "suggestion", "zh": "建议"},
    "issue_correction": {"en": "correction", "zh": "更正"},
    "refused": {"en": "refused", "zh": "无法使用"},
    "sure_certain": {"en": "certain", "zh": "确定"},
    "sure_likely": {"en": "likely", "zh": "很可能"},
    "sure_possible": {"en": "possible", "zh": "可能"},
    "sheet_how": {"en": "How to", "zh": "说明"},
    "how_correct": {
        "en": "Write what a cell should hold into the last column, the correction. Leave it empty where nothing is to "
        "change. Leave the other columns alone; where the column is empty, name the one to correct and what it holds.",
        "zh": "请在最后一列“更正”中填写单元格应有的内容，无需更改的留空。"
        "其余各列请勿改动；若“列”为空，请填写需更正的列名及其现值。",
    },
    "how_apply": {
        "en": "Then run: servicecircle apply issues.xlsx. It writes a corrected copy beside each file, and a list of "
        "every change. The files themselves stay as they are.",
        "zh": "然后运行：servicecircle apply issues.xlsx。程序在原文件旁写出更正后的副本和更改清单，原文件保持不变。",
    },
    "how_sure": {
        "en": "Refused: the run stops until it is corrected. Doubted: used as it is; certain, likely or possible says "
        "how sure it is that something is wrong.",
        "zh": "无法使用：更正后才能运行。存疑：按原值使用；“确定、很可能、可能”表示有误的把握。",
    },
    "repaired": {"en": "repaired", "zh": "修正"},
    "doubted": {"en": "doubted", "zh": "存疑"},
}


def text(key: str, language: str, **values: str) -> str:
    """Return one text with its values filled in.

    Raises
    ------
    KeyError
        If the catalogue has no such text.
    """
    return TEXTS[key][language].format(**values)


def number(value: float | None, language: str, *, decimals: int = 1) -> str:
    """Write a number with thousands separators and at most `decimals` decimals; "n/a" for none."""
    if value is None or not math.isfinite(value):
        return text("not_available", language)
    written = f"{value:,.{decimals}f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def walk(minutes: float | None, language: str) -> str:
    """Write the length of a walk in minutes; "n/a" for none."""
    return text("not_available", language) if minutes is None else f"{minutes:,.1f}"


def day(date: dt.date, language: str) -> str:
    """Write a day: 20 November 2026, 2026年11月20日; nothing depends on the locale of the computer."""
    return text("day", language, day=str(date.day), month=text(f"month_{date.month}", language), year=str(date.year))


def wide(words: str) -> int:
    """Return the width of words in letters; a Chinese letter counts for two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in words)


def percent(share: float | None, language: str, *, up: bool = False) -> str:
    """Write a share (0 to 1) with one decimal; `up` rounds upwards, as an upper bound must be."""
    if share is None or not math.isfinite(share):
        return text("not_available", language)
    # The inner rounding takes away the dust of binary fractions before the ceiling.
    value = math.ceil(round(share * 1000, 6)) / 10 if up else share * 100
    return f"{value:.1f}\N{NO-BREAK SPACE}%" if language == "en" else f"{value:.1f}%"
