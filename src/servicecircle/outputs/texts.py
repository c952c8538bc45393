"""The words of report, workbook, picture and issues, in both languages, and how numbers are written."""

import math

TEXTS: dict[str, dict[str, str]] = {
    # The report from top to bottom.
    "report_title": {"en": "Walking coverage report", "zh": "步行服务覆盖报告"},
    "rule_line": {
        "en": "{minutes} minutes at {speed} km/h ({metres} m)",
        "zh": "{minutes} 分钟，步速 {speed} km/h（{metres} 米）",
    },
    "centers_line": {"en": "{count} service centres", "zh": "{count} 个服务中心"},
    "covered_words": {
        "en": "of all people can walk to a service centre within {minutes} minutes",
        "zh": "的居民步行 {minutes} 分钟内可到达服务中心",
    },
    "covered_of": {"en": "{covered} of {total} people", "zh": "{total} 人中的 {covered} 人"},
    "say_covered": {
        "en": "{covered} of {total} people ({share}) can walk to one of the {centers} service centres within "
        "{minutes} minutes.",
        "zh": "{total} 人中有 {covered} 人（{share}）步行 {minutes} 分钟内可到达 {centers} 个服务中心之一。",
    },
    "say_left": {
        "en": "{left} people cannot: {too_far} live too far away, {unreachable} have no way on foot to any centre, "
        "and {off_network} live away from every street.",
        "zh": "其余 {left} 人无法到达：{too_far} 人距离过远，{unreachable} 人无路可达，{off_network} 人远离路网。",
    },
    "say_plan": {
        "en": "{count} new sites would add {gain} people and raise coverage to {share} ({proof}).",
        "zh": "新增 {count} 个站点可多覆盖 {gain} 人，覆盖率升至 {share}（{proof}）。",
    },
    "say_no_plan": {"en": "No new sites were asked for.", "zh": "本次未要求选址。"},
    "say_no_site": {
        "en": "No new site that would help was found ({proof}).",
        "zh": "未找到能提高覆盖率的新站点（{proof}）。",
    },
    "say_nobody": {
        "en": "The demand holds no people, so no share can be given.",
        "zh": "需求数据中没有人口，无法计算覆盖率。",
    },
    "proof_bound": {
        "en": "proven: no {count} of the {candidates} candidate sites reach more than {bound}",
        "zh": "已证明：{candidates} 个候选点中任选 {count} 个，覆盖率均不超过 {bound}",
    },
    "proof_optimal": {
        "en": "proven best: no other {count} of the {candidates} candidate sites reach more people",
        "zh": "已证明最优：{candidates} 个候选点中任选 {count} 个，均不能覆盖更多居民",
    },
    "estimated": {
        "en": "Residents are an estimate: {total} people spread over {buildings} buildings by floor area. Figures for "
        "single places are rough.",
        "zh": "居民数为估算值：将 {total} 人按建筑面积分配到 {buildings} 栋建筑，局部数字仅供参考。",
    },
    "by_minutes_title": {"en": "Coverage by walking time", "zh": "不同步行时间的覆盖率"},
    "curve_caption": {
        "en": "Share of people by the walk to their nearest centre; the dashed line is the limit.",
        "zh": "按到最近中心的步行时间累计的居民比例；虚线为规定时限。",
    },
    "map_title": {"en": "Map", "zh": "地图"},
    "map_caption": {
        "en": "Areas within reach of any centre, gaps (numbered by people) and proposed sites. North is up.",
        "zh": "各中心步行可达范围、服务盲区（按人数编号）与建议新增站点。上方为北。",
    },
    "map_alt": {"en": "Map of the coverage", "zh": "覆盖地图"},
    "curve_alt": {"en": "Coverage curve", "zh": "覆盖率曲线"},
    "glyphs": {
        "en": "Names the fonts of this computer cannot draw are shown by id or number in the pictures. Install a font "
        "such as Noto Sans CJK SC and run again to see them.",
        "zh": "本机缺少所需字体，图片中部分名称以编号代替，图例为英文。请安装 Noto Sans CJK SC 等中文字体后重新运行。",
    },
    "districts_title": {"en": "Districts", "zh": "行政区"},
    "districts_note": {
        "en": "Figures are rounded so that each row adds up; a column may differ from its total by a few people.",
        "zh": "各行数字取整后合计一致，列合计可能相差数人。",
    },
    "no_districts": {"en": "No districts were given.", "zh": "未提供行政区数据。"},
    "outside": {"en": "outside all districts", "zh": "不在任何行政区内"},
    "gaps_title": {"en": "Gaps", "zh": "服务盲区"},
    "gaps_note": {
        "en": "A gap is a connected area of people beyond the limit. The longest walk in it is given.",
        "zh": "服务盲区指限时内无法到达中心的连片区域，表中为区内最长步行时间。",
    },
    "gaps_more": {
        "en": "and {count} smaller gaps with {people} people; all are in report.xlsx.",
        "zh": "另有 {count} 处较小盲区，共 {people} 人；完整列表见 report.xlsx。",
    },
    "no_gaps": {"en": "There is no gap.", "zh": "没有服务盲区。"},
    "sites_title": {"en": "Proposed sites", "zh": "建议新增站点"},
    "sites_note": {
        "en": "In the order that helps most; each gain counts people no earlier site reaches.",
        "zh": "按收益排序；新增覆盖不含前面站点已覆盖的居民。",
    },
    "centers_title": {"en": "Service centres", "zh": "服务中心"},
    "centers_note": {
        "en": "The catchment of a centre is the people for whom it is the nearest, also beyond the limit.",
        "zh": "服务人口指以该中心为最近中心的居民，包括限时外的居民。",
    },
    "largest": {"en": "Largest catchments", "zh": "服务人口最多"},
    "smallest": {"en": "Smallest catchments", "zh": "服务人口最少"},
    "method_title": {"en": "How it was measured", "zh": "计算规则"},
    "method_walk": {
        "en": "A walk runs from the home to the nearest street, along the streets, and to the centre, at {speed} km/h "
        "all the way. A walk of exactly {minutes} minutes ({metres} m) counts as covered.",
        "zh": "步行路线从住处到最近道路，沿道路到达中心，全程步速 {speed} km/h。"
        "恰好 {minutes} 分钟（{metres} 米）视为已覆盖。",
    },
    "method_streets": {
        "en": "Homes and centres are attached to the nearest place on a street, not to a junction. Streets cut off "
        "from the rest with less than {component} m in all were not used.",
        "zh": "住处与中心连接到道路上的最近点，而非最近路口。与主网断开且总长不足 {component} 米的道路不参与计算。",
    },
    "method_profile": {
        "en": "Who walks: {who}. {steps} Paths and escalators open one way are walked that way only.",
        "zh": "步行对象：{who}。{steps}单向步道与自动扶梯只按其方向通行。",
    },
    "walker_everyone": {"en": "everyone alike", "zh": "不区分人群"},
    "walker_gb50180": {
        "en": "as GB 50180-2018 assumes, 1000 m in 15 minutes",
        "zh": "按 GB 50180-2018，15 分钟 1000 米",
    },
    "walker_adult": {"en": "adults (assumed values)", "zh": "成年人（假定值）"},
    "walker_elderly": {"en": "elderly people (assumed values)", "zh": "老年人（假定值）"},
    "walker_child": {"en": "children (assumed values)", "zh": "儿童（假定值）"},
    "walker_pram": {"en": "people with a pram (assumed values)", "zh": "推婴儿车者（假定值）"},
    "walker_wheelchair": {"en": "people in a wheelchair (assumed values)", "zh": "轮椅使用者（假定值）"},
    "steps_level": {"en": "Steps are walked like a level street.", "zh": "台阶按平路计算。"},
    "steps_longer": {
        "en": "Steps take {factor} times as long as a level street.",
        "zh": "台阶用时为平路的 {factor} 倍。",
    },
    "steps_closed": {"en": "Steps cannot be used.", "zh": "不能走台阶。"},
    "method_reasons": {
        "en": "Too far: the walk is longer than {minutes} minutes. No way: the streets there lead to no centre. "
        "Off the street network: no street within {snap} m.",
        "zh": "距离过远：步行超过 {minutes} 分钟。无路可达：当地道路不通往任何中心。远离路网：{snap} 米内没有道路。",
    },
    "method_shares": {
        "en": "Shares are of people, not of places. {total} people = {covered} covered + {too_far} too far + "
        "{unreachable} without a way + {off_network} off the street network.",
        "zh": "比例按人数计算。{total} 人 = 已覆盖 {covered} + 距离过远 {too_far} + 无路可达 {unreachable} + "
        "远离路网 {off_network}。",
    },
    "left_out_title": {"en": "What was left out, repaired or doubted", "zh": "剔除、修正与存疑的数据"},
    "left_out_first": {
        "en": "The first {count} rows; all {total} are in issues.csv.",
        "zh": "以下为前 {count} 行；全部 {total} 行见 issues.csv。",
    },
    "nothing_left_out": {
        "en": "Every input row was used as it is.",
        "zh": "所有输入数据均已原样使用。",
    },
    "network_title": {"en": "Walking network", "zh": "步行路网"},
    "sources_title": {"en": "Sources and licences", "zh": "数据来源与许可"},
    "made_with": {"en": "Made with servicecircle {version}.", "zh": "由 servicecircle {version} 生成。"},
    # Reasons and figures.
    "total": {"en": "all people", "zh": "总人数"},
    "covered": {"en": "within the limit", "zh": "在限时内"},
    "too_far": {"en": "too far", "zh": "距离过远"},
    "unreachable": {"en": "no way to any centre", "zh": "无路可达"},
    "off_network": {"en": "off the street network", "zh": "远离路网"},
    "segments": {"en": "street segments", "zh": "路段"},
    "junctions": {"en": "junctions", "zh": "路口"},
    "length_km": {"en": "length (km)", "zh": "总长（公里）"},
    "components": {"en": "connected parts", "zh": "连通部分"},
    "dropped_components": {"en": "parts too short to be used", "zh": "因过短未使用的部分"},
    "dropped_km": {"en": "their length (km)", "zh": "其长度（公里）"},
    "closed_segments": {"en": "closed segments", "zh": "不可通行的路段"},
    "closed_km": {"en": "their length (km)", "zh": "其长度（公里）"},
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
    "centers": {"en": "Centres", "zh": "中心数"},
    "district": {"en": "District", "zh": "行政区"},
    "rank": {"en": "Rank", "zh": "序号"},
    "id": {"en": "Id", "zh": "编号"},
    "name": {"en": "Name", "zh": "名称"},
    "tier": {"en": "Tier", "zh": "级别"},
    "kind": {"en": "Kind", "zh": "类型"},
    "catchment": {"en": "Catchment", "zh": "服务人口"},
    "share_of_all": {"en": "Of all people", "zh": "占总人数"},
    "nearest": {"en": "Nearest centre", "zh": "最近的中心"},
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
    # Sheets of the workbook.
    "sheet_summary": {"en": "summary", "zh": "摘要"},
    "sheet_districts": {"en": "districts", "zh": "行政区"},
    "sheet_centers": {"en": "centers", "zh": "服务中心"},
    "sheet_gaps": {"en": "gaps", "zh": "服务盲区"},
    "sheet_sites": {"en": "sites", "zh": "建议站点"},
    "sheet_issues": {"en": "issues", "zh": "数据问题"},
    # Pictures.
    "within": {"en": "within {minutes} min", "zh": "{minutes} 分钟内"},
    "legend_gap": {"en": "gap, numbered by people", "zh": "服务盲区（按人数编号）"},
    "legend_center": {"en": "service centre", "zh": "服务中心"},
    "legend_site": {"en": "proposed site", "zh": "建议新增站点"},
    "legend_street": {"en": "street", "zh": "道路"},
    "legend_district": {"en": "district", "zh": "行政区界"},
    "axis_minutes": {"en": "walk to the nearest centre (minutes)", "zh": "到最近中心的步行时间（分钟）"},
    "axis_share": {"en": "people covered", "zh": "居民覆盖率"},
    # Values.
    "not_available": {"en": "n/a", "zh": "无数据"},
    "left out": {"en": "left out", "zh": "剔除"},
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


def percent(share: float | None, language: str, *, up: bool = False) -> str:
    """Write a share (0 to 1) with one decimal; `up` rounds upwards, as an upper bound must be."""
    if share is None or not math.isfinite(share):
        return text("not_available", language)
    # The inner rounding takes away the dust of binary fractions before the ceiling.
    value = math.ceil(round(share * 1000, 6)) / 10 if up else share * 100
    return f"{value:.1f}\N{NO-BREAK SPACE}%" if language == "en" else f"{value:.1f}%"
