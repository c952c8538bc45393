"""What the commands say of a study, in both languages."""

COMMAND_TEXTS: dict[str, dict[str, str]] = {
    "rule": {
        "en": "{centers} centers · {minutes} minutes at {speed} km/h ({metres} m)",
        "zh": "{centers} 个中心 · {minutes} 分钟，步速 {speed} km/h（{metres} 米）",
    },
    "not_available": {"en": "n/a", "zh": "无数据"},
    "covered": {"en": "covered", "zh": "已覆盖"},
    "covered_of": {"en": "{covered} of {total} people   {share}", "zh": "{total} 人中的 {covered} 人   {share}"},
    "not_yet": {"en": "not yet", "zh": "未覆盖"},
    "reason_too_far": {"en": "{people} too far", "zh": "距离过远 {people} 人"},
    "reason_off_network": {"en": "{people} off the network", "zh": "远离路网 {people} 人"},
    "reason_unreachable": {"en": "{people} unreachable", "zh": "无路可达 {people} 人"},
    "one_site": {"en": "1 site", "zh": "1 个站点"},
    "sites": {"en": "{count} sites", "zh": "{count} 个站点"},
    "no_site_helps": {
        "en": "no candidate would bring anyone within the limit",
        "zh": "没有候选点能使更多居民在限时内到达",
    },
    "would_add": {"en": "would add {people} people", "zh": "可多覆盖 {people} 人"},
    "proof_best": {
        "en": "(proven: the best {count} of all {candidates} candidates)",
        "zh": "（已证明：{candidates} 个候选点中最优的 {count} 个）",
    },
    "proof_bound": {
        "en": "(proven: no {count} of the {candidates} candidates reach more than {bound})",
        "zh": "（已证明：{candidates} 个候选点中任选 {count} 个，覆盖率均不超过 {bound}）",
    },
    "proof_ruled_best": {
        "en": "(proven: within budget and rules no {choice} among {candidates} candidates reach more)",
        "zh": "（已证明：在预算和规则之内，从 {candidates} 个候选点中选取{choice}，均不能覆盖更多居民）",
    },
    "proof_ruled_bound": {
        "en": "(proven: within budget and rules no {choice} among {candidates} candidates reach more than {bound})",
        "zh": "（已证明：在预算和规则之内，从 {candidates} 个候选点中选取{choice}，覆盖率均不超过 {bound}）",
    },
    "any_sites": {"en": "sites", "zh": "任意站点"},
    "so_many_sites": {"en": "{count} sites", "zh": " {count} 个站点"},
    "target": {"en": "target", "zh": "目标"},
    "target_cost": {"en": "{share} of all people costs {worth}", "zh": "覆盖 {share} 的居民需费用 {worth}"},
    "target_sites": {"en": "{share} of all people takes {worth} sites", "zh": "覆盖 {share} 的居民需 {worth} 个站点"},
    "proof_target_best": {"en": "(proven: no plan takes less)", "zh": "（已证明：没有更少的方案）"},
    "proof_target_bound": {
        "en": "(proven: no plan takes less than {bound})",
        "zh": "（已证明：任何方案均不少于 {bound}）",
    },
    "issues": {"en": "issues", "zh": "数据问题"},
    "issues_in": {"en": "{count} in {file}", "zh": "{count} 条，见 {file}"},
    "report": {"en": "report", "zh": "报告"},
    "map": {"en": "map", "zh": "地图"},
    "wrote": {"en": "wrote {file}", "zh": "已写出 {file}"},
}
