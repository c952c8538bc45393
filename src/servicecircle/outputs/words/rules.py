"""The words for who walks, and for what was changed of the streets, in both languages."""

RULE_TEXTS: dict[str, dict[str, str]] = {
    "method_profile": {
        "en": "Who walks: {who}. {steps} Paths and escalators open one way are walked that way only.",
        "zh": "步行对象：{who}。{steps}单向步道与自动扶梯只按其方向通行。",
    },
    "method_crossings": {
        "en": "Crossing a carriageway takes {crossing} s, at signals {signal} s.",
        "zh": "过街每处 {crossing} 秒，信号灯处 {signal} 秒。",
    },
    "method_no_crossings": {
        "en": "Waits at crossings ({crossing} s) and signals ({signal} s) are not counted: the streets hold none.",
        "zh": "道路数据不含过街处，未计入过街（{crossing} 秒）与信号灯（{signal} 秒）的等待。",
    },
    "method_closed": {"en": "Streets that cannot be used: {tags}.", "zh": "不可使用的道路：{tags}。"},
    "method_values": {"en": "Values and their sources: {values}.", "zh": "取值及来源：{values}。"},
    "method_slope": {
        "en": "Slope counts by Tobler's hiking function (1993), which leaves level ground at the speed given; heights "
        "are those of {heights}.",
        "zh": "坡度按 Tobler 步行函数（1993）计算，平路步速不变；高程来自 {heights}。",
    },
    "heights_of_lines": {"en": "the street lines", "zh": "道路线数据"},
    "method_shut": {
        "en": "Shut by barriers ({count}): {metres} m of street.",
        "zh": "{count} 处障碍物封闭道路 {metres} 米。",
    },
    "method_added": {
        "en": "New streets added ({count}): {metres} m.",
        "zh": "新增道路 {count} 条，共 {metres} 米。",
    },
    "method_entrances": {
        "en": "Entrances given: {count}, of {centers} centers; a walk to one of these ends at its best entrance.",
        "zh": "{centers} 个中心共有 {count} 个出入口，步行以最近的出入口为终点。",
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
    "value_speed_kmh": {"en": "speed {value} km/h", "zh": "步速 {value} km/h"},
    "value_steps_factor": {"en": "steps × {value}", "zh": "台阶 × {value}"},
    "value_crossing_s": {"en": "crossing {value} s", "zh": "过街 {value} 秒"},
    "value_signal_s": {"en": "signal {value} s", "zh": "信号灯 {value} 秒"},
    "value_closed": {"en": "closed streets", "zh": "不可使用的道路"},
    "assumption": {"en": "assumption", "zh": "假定"},
    "study file": {"en": "study file", "zh": "研究文件"},
    "Highway Capacity Manual, signal times assumed": {
        "en": "Highway Capacity Manual, signal times assumed",
        "zh": "《道路通行能力手册》（HCM），信号时长为假定",
    },
    "rule_slope": {"en": "slopes count", "zh": "计坡度"},
    "rule_crossings": {"en": "waits at crossings", "zh": "计过街等待"},
    "rule_no_crossings": {"en": "no crossings known, so no waits", "zh": "无过街数据，未计等待"},
    "rule_shut": {"en": "barriers: {count}", "zh": "{count} 处障碍物"},
    "rule_added": {"en": "new streets: {count}", "zh": "新增道路 {count} 条"},
    "rule_entrances": {"en": "entrances: {count}", "zh": "{count} 个出入口"},
}
