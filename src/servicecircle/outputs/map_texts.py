"""The words that only the map says; reasons and numbers read as in the report."""

Texts = dict[str, dict[str, str]]

MAP_TEXTS: Texts = {
    "untitled": {"en": "Walk to a service centre", "zh": "步行服务圈"},
    "covered_line": {"en": "{covered} of {total} people", "zh": "{total} 人中的 {covered} 人"},
    "covered_words": {
        "en": "can walk to a centre within {minutes} minutes",
        "zh": "步行 {minutes} 分钟内可到达服务中心",
    },
    "within": {"en": "within {minutes} min", "zh": "{minutes} 分钟内"},
    "between": {"en": "{low}–{high} min", "zh": "{low}–{high} 分钟"},
    "people": {"en": "{people} people", "zh": "{people} 人"},
    "minutes": {"en": "{minutes} min", "zh": "{minutes} 分钟"},
    "none": {"en": "none", "zh": "无"},
    "estimated": {
        "en": "Residents are an estimate: {total} people spread over {buildings} buildings by floor area.",
        "zh": "居民数为估算值：将 {total} 人按建筑面积分配到 {buildings} 栋建筑。",
    },
    "reasons": {"en": "Who is covered, who is not", "zh": "覆盖情况与原因"},
    "total": {"en": "all people", "zh": "总人数"},
    "limit_only": {"en": "{minutes} minutes", "zh": "{minutes} 分钟"},
    "layers": {"en": "Layers and legend", "zh": "图层与图例"},
    "streets": {"en": "Streets", "zh": "道路"},
    "districts": {"en": "Districts", "zh": "行政区"},
    "area": {"en": "Walk to the nearest centre", "zh": "到最近中心的步行时间"},
    "people_left": {"en": "People not covered", "zh": "未覆盖的居民"},
    "people_covered": {"en": "People covered", "zh": "已覆盖的居民"},
    "gaps": {"en": "Gaps: people beyond the limit", "zh": "服务盲区（限时外）"},
    "centers": {"en": "Centres", "zh": "服务中心"},
    "sites": {"en": "Proposed sites", "zh": "建议新增站点"},
    "district": {"en": "District", "zh": "行政区"},
    "outside": {"en": "outside all districts", "zh": "不在任何行政区内"},
    "district_people": {"en": "People", "zh": "人数"},
    "district_covered": {"en": "Covered", "zh": "已覆盖"},
    "district_share": {"en": "Share", "zh": "覆盖率"},
    "district_centers": {"en": "Centres", "zh": "中心"},
    "gap": {"en": "Gap {rank}", "zh": "盲区 {rank}"},
    "gap_people": {"en": "People", "zh": "人数"},
    "gap_share": {"en": "Share of all people", "zh": "占总人数"},
    "gap_walk": {"en": "Longest walk", "zh": "最长步行时间"},
    "gap_nearest": {"en": "Nearest centre", "zh": "最近的中心"},
    "gap_more": {"en": "and {count} smaller ones, {people} people", "zh": "另有 {count} 处较小盲区，共 {people} 人"},
    "no_walk": {"en": "cannot be walked", "zh": "步行无法到达"},
    "center_tier": {"en": "Tier", "zh": "级别"},
    "center_kind": {"en": "Kind", "zh": "类型"},
    "center_catchment": {"en": "Nearest centre for", "zh": "作为最近中心服务"},
    "center_within": {"en": "of these within {minutes} min", "zh": "其中 {minutes} 分钟内"},
    "center_walk": {"en": "Their mean walk", "zh": "平均步行时间"},
    "site_rank": {"en": "Opens as number", "zh": "建设次序"},
    "site_gain": {"en": "Gains", "zh": "新增覆盖"},
    "site_after": {"en": "Coverage afterwards", "zh": "建成后覆盖率"},
    "sources": {"en": "Sources", "zh": "数据来源"},
    "north": {"en": "North is up.", "zh": "上方为北。"},
    "hint": {
        "en": "Click a centre to see how far one can walk from it.",
        "zh": "点击服务中心可查看其步行范围。",
    },
    "zoom_in": {"en": "Zoom in", "zh": "放大"},
    "zoom_out": {"en": "Zoom out", "zh": "缩小"},
    "whole": {"en": "Show the whole map", "zh": "显示全图"},
    "panel": {"en": "Show more or less of the figures", "zh": "展开或收起数据"},
    "close": {"en": "Close", "zh": "关闭"},
    "too_old": {
        "en": "This browser is too old to draw the layers (Chrome 80, Firefox 113 or Safari 16.4 is needed). "
        "The figures are complete.",
        "zh": "浏览器版本过旧，无法绘制图层（需要 Chrome 80、Firefox 113 或 Safari 16.4 以上）。数据表格完整。",
    },
}


def map_text(key: str, language: str, **values: str) -> str:
    """Return one text of the map with its values filled in."""
    return MAP_TEXTS[key][language].format(**values)
