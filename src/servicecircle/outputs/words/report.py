"""The sentences of the report, in both languages, from top to bottom."""

REPORT_TEXTS: dict[str, dict[str, str]] = {
    "report_title": {"en": "Walking coverage report", "zh": "步行服务覆盖报告"},
    "rule_line": {
        "en": "{minutes} minutes at {speed} km/h ({metres} m)",
        "zh": "{minutes} 分钟，步速 {speed} km/h（{metres} 米）",
    },
    "centers_line": {"en": "{count} service centers", "zh": "{count} 个服务中心"},
    "centers_astray": {
        "en": " ({count} of them away from every street, so that nobody can walk there)",
        "zh": "（其中 {count} 个附近没有可用道路，无法步行到达）",
    },
    "covered_words": {
        "en": "of all people can walk to a service center within {minutes} minutes",
        "zh": "的居民步行 {minutes} 分钟内可到达服务中心",
    },
    "covered_of": {"en": "{covered} of {total} people", "zh": "{total} 人中的 {covered} 人"},
    "say_covered": {
        "en": "{covered} of {total} people ({share}) can walk to one of the {centers} service centers within "
        "{minutes} minutes.",
        "zh": "{total} 人中有 {covered} 人（{share}）步行 {minutes} 分钟内可到达 {centers} 个服务中心之一。",
    },
    "say_left": {
        "en": "{left} people cannot: {too_far} live too far away, {unreachable} have no way on foot to any center, "
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
    "proof_ruled_bound": {
        "en": "proven: within the budget and the rules no choice among the {candidates} candidate sites reaches more "
        "than {bound}",
        "zh": "已证明：在预算和规则之内，从 {candidates} 个候选点中任选，覆盖率均不超过 {bound}",
    },
    "proof_ruled_optimal": {
        "en": "proven best: within the budget and the rules no other choice among the {candidates} candidate sites "
        "reaches more people",
        "zh": "已证明最优：在预算和规则之内，从 {candidates} 个候选点中任选，均不能覆盖更多居民",
    },
    "proof_target_bound": {
        "en": "proven: within the rules no plan that takes no more sites, or no more money, reaches more than {bound}",
        "zh": "已证明：在规则之内，站点数或费用不超过本方案的任何选择，覆盖率均不超过 {bound}",
    },
    "proof_target_optimal": {
        "en": "proven best: within the rules no plan that takes no more sites, or no more money, reaches more people",
        "zh": "已证明最优：在规则之内，站点数或费用不超过本方案的任何选择，均不能覆盖更多居民",
    },
    "say_least_sites": {
        "en": "To reach {share} of all people, at least {count} new sites are needed (proven).",
        "zh": "要覆盖 {share} 的居民，至少需要新增 {count} 个站点（已证明）。",
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
        "en": "Share of people by the walk to their nearest center; the dashed line is the limit.",
        "zh": "按到最近中心的步行时间累计的居民比例；虚线为规定时限。",
    },
    "map_title": {"en": "Map", "zh": "地图"},
    "map_caption": {
        "en": "Areas within reach of any center, gaps (numbered by people) and proposed sites. North is up.",
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
    "whole_study": {"en": "all together", "zh": "合计"},
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
    "centers_title": {"en": "Service centers", "zh": "服务中心"},
    "centers_note": {
        "en": "The catchment of a center is the people for whom it is the nearest, also beyond the limit.",
        "zh": "服务人口指以该中心为最近中心的居民，包括限时外的居民。",
    },
    "method_title": {"en": "How it was measured", "zh": "计算规则"},
    "method_walk": {
        "en": "A walk runs from the home to the nearest street, along the streets, and to the center, at {speed} km/h "
        "all the way. A walk of exactly {minutes} minutes ({metres} m) counts as covered.",
        "zh": "步行路线从住处到最近道路，沿道路到达中心，全程步速 {speed} km/h。"
        "恰好 {minutes} 分钟（{metres} 米）视为已覆盖。",
    },
    "method_streets": {
        "en": "Homes and centers are attached to the nearest place on a street, not to a junction. Streets cut off "
        "from the rest with less than {component} m in all were not used.",
        "zh": "住处与中心连接到道路上的最近点，而非最近路口。与主网断开且总长不足 {component} 米的道路不参与计算。",
    },
    "method_reasons": {
        "en": "Too far: the walk is longer than {minutes} minutes. No way: the streets there lead to no center. "
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
    # What changed since an earlier report.
    "changes_title": {"en": "What changed since the last report", "zh": "与上次报告相比"},
    "changed_share": {
        "en": "Coverage went from {before} to {now} ({difference}); {total_before} people were counted before, "
        "{total_now} now.",
        "zh": "覆盖率由 {before} 变为 {now}（{difference}）；上次统计 {total_before} 人，本次 {total_now} 人。",
    },
    "changed_study": {
        "en": "The last report has another name, and if it is of another place nothing below compares: {name}",
        "zh": "上次报告的名称不同；若非同一地区，以下比较没有意义：{name}",
    },
    "changed_rule": {
        "en": "The last report used another rule, {minutes} minutes at {speed} km/h in place of {now_minutes} minutes "
        "at {now_speed} km/h: the figures do not compare like with like.",
        "zh": "上次报告采用不同规则（{minutes} 分钟，步速 {speed} km/h；"
        "本次 {now_minutes} 分钟，步速 {now_speed} km/h），数字不能直接比较。",
    },
    "changed_gaps": {
        "en": "{stayed} gaps are where there was one before, {came} are new, {went} are gone.",
        "zh": "{stayed} 处盲区仍在，新增 {came} 处，消除 {went} 处。",
    },
    "gaps_by_place": {
        "en": "A gap counts as still there if the place inside it that was noted lies in a gap now, or the place of "
        "one now lies within its old bounds.",
        "zh": "若上次盲区内的标记点现仍位于某盲区内，或现有盲区的标记点位于其原范围内，则视为仍在。",
    },
    "gaps_by_name": {
        "en": "The last summary holds no places, so gaps were matched by district and nearest center.",
        "zh": "上次的摘要未含位置信息，盲区按行政区与最近的中心匹配。",
    },
    "centers_unknown": {
        "en": "The last summary does not list its centers, so opened and closed ones cannot be told.",
        "zh": "上次的摘要未列出各中心，无法判断新增与关闭。",
    },
    "opened_title": {"en": "Centers opened", "zh": "新增的中心"},
    "closed_title": {"en": "Centers closed", "zh": "关闭的中心"},
    "came_title": {"en": "Gaps that came", "zh": "新出现的盲区"},
    "went_title": {"en": "Gaps that went", "zh": "已消除的盲区"},
    "none_of_them": {"en": "None.", "zh": "无。"},
    "points": {"en": "{points} points", "zh": "{points} 个百分点"},
    "list_more": {"en": "and {count} more.", "zh": "另有 {count} 项。"},
    # Inputs, load and offers.
    "as_of": {"en": "inputs as of {day}", "zh": "数据截至 {day}"},
    "gap_caption": {"en": "{people} people · longest walk {walk}", "zh": "{people} 人 · 最长步行 {walk}"},
    "gap_number": {"en": "Gap {rank}", "zh": "盲区 {rank}"},
    "walk_minutes": {"en": "{minutes} min", "zh": "{minutes} 分钟"},
    "no_walk": {"en": "cannot be walked", "zh": "步行无法到达"},
    "gap_map_alt": {"en": "Map of gap {rank}", "zh": "盲区 {rank} 的地图"},
    "gap_maps_note": {
        "en": "Orange: the gap. Green to yellow: within reach. Dots: centers. Stars: proposed sites.",
        "zh": "橙色为盲区，绿色至黄色为可达范围，圆点为服务中心，星形为建议站点。",
    },
    "districts_alt": {"en": "Bars: share covered of each district", "zh": "各区居民覆盖率条形图"},
    "districts_caption": {"en": "Share of people covered, the lowest first.", "zh": "居民覆盖率，由低到高。"},
    "load_capacity": {
        "en": "Load sets the people of a catchment against the capacity of its center. Over the whole city each place "
        "of capacity stands for {per_place} people; that is a load of 1. {much} centers have at least twice that "
        "load, {little} at most half.",
        "zh": "负荷为服务人口与中心容量之比，以全市平均（每单位容量 {per_place} 人）为 1。"
        "{much} 个中心的负荷达到平均的两倍以上，{little} 个不足一半。",
    },
    "load_people": {
        "en": "No capacities were given. Load compares the people of a catchment with the average center, which is 1. "
        "{much} centers have at least twice that load, {little} at most half.",
        "zh": "未提供容量。负荷为服务人口与各中心平均值之比，平均为 1。"
        "{much} 个中心的负荷达到平均的两倍以上，{little} 个不足一半。",
    },
    "most_load": {"en": "Most load", "zh": "负荷最高"},
    "least_load": {"en": "Least load", "zh": "负荷最低"},
    "offers_title": {"en": "Tiers, kinds and functions", "zh": "级别、类型与功能"},
    "offers_note": {
        "en": "People who can walk within {minutes} minutes to at least one center of each tier or kind, or with each "
        "function; a center may have several functions.",
        "zh": "步行 {minutes} 分钟内可到达至少一个该级别、该类型或具备该功能的中心的人数；一个中心可有多项功能。",
    },
    "aspect_tier": {"en": "By tier", "zh": "按级别"},
    "aspect_kind": {"en": "By kind", "zh": "按类型"},
    "aspect_functions": {"en": "By function", "zh": "按功能"},
    "offers_more": {"en": "and {count} rarer ones.", "zh": "另有 {count} 项较少见。"},
    "assumptions_title": {"en": "What was assumed", "zh": "假设"},
    "assume_walk": {
        "en": "Everybody walks at one speed, whatever the weather and the hour.",
        "zh": "所有人步速相同，不考虑天气与时段。",
    },
    "assume_home": {
        "en": "Residents are where the input puts them; each place counts at one point.",
        "zh": "居民位置以输入数据为准，每处以一点计算。",
    },
    "assume_center": {
        "en": "A center is one point with one entrance, open to everybody; opening hours and room inside do not limit "
        "coverage.",
        "zh": "每个中心为一个入口点，对所有人开放；覆盖率不受开放时间与容量限制。",
    },
    "assume_doors": {
        "en": "A center is open to everybody at all its entrances; opening hours and room inside do not limit "
        "coverage.",
        "zh": "每个中心的所有出入口对所有人开放；覆盖率不受开放时间与容量限制。",
    },
    "assume_edge": {
        "en": "Streets and centers outside the input files do not exist for this study.",
        "zh": "输入数据以外的道路与中心不参与计算。",
    },
    "assume_candidates": {
        "en": "Candidate sites were placed along streets; whether a plot there is free was not looked at.",
        "zh": "候选点沿道路生成，未核实用地条件。",
    },
    "inputs_title": {"en": "Inputs", "zh": "输入数据"},
    "inputs_note": {
        "en": "The day is the one the file was last changed (UTC). A file with the same SHA-256 is the same file.",
        "zh": "日期为文件最后修改日（UTC）；SHA-256 相同即为同一文件。",
    },
    "no_inputs": {"en": "The inputs were given as tables, not as files.", "zh": "输入数据为内存表格，无文件。"},
    "alternatives_title": {"en": "Alternatives", "zh": "备选方案"},
    "alternatives_note": {
        "en": "If a site cannot be had: the candidate that serves best in its place while the others stay, and how "
        "many people are then no longer covered.",
        "zh": "若某站点无法落实：在其余站点不变的情况下，最佳替代候选点及因此减少的覆盖人数。",
    },
    "alternatives_near": {
        "en": "Each row is a whole plan of as many sites; {count} of these {total} plans lose less than 1 % of the "
        "people covered.",
        "zh": "每行即一套站点数相同的完整方案；{total} 套中有 {count} 套减少的覆盖人数不足覆盖总数的 1%。",
    },
    "sites_more": {
        "en": "and {count} more; all are in report.xlsx.",
        "zh": "另有 {count} 个；完整列表见 report.xlsx。",
    },
    "review_number": {"en": "Map review number: {number}", "zh": "审图号：{number}"},
    "bound_words": {
        "en": "Proven upper bound: no choice of as many candidate sites covers more than {bound} people ({share}).",
        "zh": "已证明上界：选取同样数量的候选点，覆盖人数不超过 {bound} 人（{share}）。",
    },
}
