"""Every problem that an input can report has words in both languages."""

import ast
from pathlib import Path

import servicecircle
from servicecircle.inputs.issues import issue, phrase
from servicecircle.outputs.problems import problem_text, value_text
from servicecircle.outputs.words import CATALOGUE


def coined() -> set[str]:
    """Collect the codes given as `problem` in any call."""
    modules = sorted(Path(servicecircle.__file__).parent.rglob("*.py"))
    paths = [path for path in modules if "RowIssue" in path.read_text("utf-8")]
    nodes = [node for path in paths for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    place: dict[str, int | None] = {"RowIssue": None}
    for node in nodes:
        if isinstance(node, ast.FunctionDef):
            names = [argument.arg for argument in node.args.args]
            if "problem" in names:
                place[node.name] = names.index("problem")
    codes: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in place:
            at = place[node.func.id]
            given = [word.value for word in node.keywords if word.arg == "problem"]
            given += [node.args[at]] if at is not None and at < len(node.args) else []
            values = [part.value for value in given for part in ast.walk(value) if isinstance(part, ast.Constant)]
            codes |= {value for value in values if isinstance(value, str)}
    return codes


def test_every_code_has_words_in_both_languages() -> None:
    """A code the inputs coin without words here would show as a code to the planner."""
    codes = coined()
    assert "missing_coordinate" in codes
    assert codes - set(CATALOGUE["problems"]) == set()
    assert set(CATALOGUE["problems"]) - codes == set()
    assert all(set(words) == {"en", "zh"} for words in CATALOGUE["problems"].values())


def test_an_unknown_code_stands_for_itself() -> None:
    """A code of a caller's own is shown as it is."""
    assert problem_text("my_own_code", "zh") == "my_own_code"
    assert problem_text("missing_coordinate", "zh") == "缺少坐标"


def test_every_phrase_of_a_value_has_words_in_both_languages() -> None:
    """What the inputs and the doubts say in words of their own is known to the catalogue, and nothing else is."""
    root = Path(servicecircle.__file__).parent
    paths = [path for room in ("inputs", "network", "analysis", "study") for path in (root / room).rglob("*.py")]
    nodes = [node for path in paths for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    said = {node.value for node in nodes if isinstance(node, ast.Constant) and "{0}" in str(node.value)}
    calls = [node for node in nodes if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "phrase"]
    said |= {call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}
    assert said - {"{0}"} == set(CATALOGUE["values"])
    assert len(said) > 30


def test_words_of_a_value_follow_the_language_and_data_stay() -> None:
    """The words are told in Chinese; what stood in the file is told as it stood, braces and all."""
    value = phrase("{0} places", 2), phrase("weight {0}", "7.5"), phrase("{0}", "North {0} / places")
    ours = issue("demand.csv", 0, "geometry", value, "people_in_sliver", "left out")
    assert ours.value == value_text(ours, "en") == "2 places, weight 7.5, North {0} / places"
    assert value_text(ours, "zh") == "2 处，人口权重 7.5，North {0} / places"
    theirs = issue("centers.csv", 3, "name", "2 places", "name_not_text", "doubted")
    assert value_text(theirs, "zh") == "2 places"
