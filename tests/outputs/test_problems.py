"""Every problem that an input can report has words in both languages."""

import ast
from pathlib import Path

import servicecircle
from servicecircle.outputs.problems import problem_text
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
