"""One catalogue holds every text of the outputs, in both languages."""

import ast
import datetime as dt
import re
from pathlib import Path

import pytest

from servicecircle.outputs.texts import TEXTS, day

OUTPUTS = Path(__file__).parents[2] / "src" / "servicecircle" / "outputs"
TEMPLATE = OUTPUTS / "assets" / "report.html.j2"


def asked_for() -> set[str]:
    """Return every key that a module or the template names in full."""
    keys = set(re.findall(r"""\bt\(["']([\w ]+)["'][,)]""", TEMPLATE.read_text(encoding="utf-8")))
    for path in OUTPUTS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "text" and node.args:
                first = node.args[0]
                names = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
                keys |= {name.value for name in names if isinstance(name, ast.Constant)}
    return keys


def test_every_text_that_is_asked_for_is_there() -> None:
    """A key that is named and not in the catalogue would fail at some reader."""
    keys = asked_for()
    assert len(keys) > 60
    assert keys - set(TEXTS) == set()


def test_every_text_is_asked_for() -> None:
    """A text whose key stands nowhere else is a leftover; keys made of parts name their first part."""
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in OUTPUTS.parent.rglob("*.py") if "texts" not in path.name
    )
    code += TEMPLATE.read_text(encoding="utf-8") + (OUTPUTS / "texts.py").read_text(encoding="utf-8").split("\ndef ")[1]
    made = (*re.findall(r"""f["'](\w+_)\{""", code), "aspect_", "month_")
    network = {"segments", "junctions", "length_km", "components", "dropped_components", "dropped_km"}
    network |= {"closed_segments", "closed_km"}
    actions = {"left out", "repaired", "doubted"}
    left = {
        key for key in set(TEXTS) - network - actions if not key.startswith(made) and not re.search(rf"\b{key}\b", code)
    }
    assert left == set()


def test_the_template_holds_no_words_of_its_own() -> None:
    """All that a reader sees comes from the catalogue or the study."""
    template = TEMPLATE.read_text(encoding="utf-8").split("<body>")[1]
    bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", " ", template, flags=re.DOTALL)
    assert set(bare.split()) <= {"·"}


def test_no_english_word_is_left_in_a_chinese_text() -> None:
    """Values, units, proper names and names of files and commands aside, Chinese texts are Chinese."""
    for key, texts in TEXTS.items():
        left = set(re.findall(r"(?<![\w.])[a-z]{2,}", re.sub(r"\{\w+\}", "", texts["zh"])))
        assert left <= {"km", "kB", "report", "issues", "servicecircle", "apply"}, key


@pytest.mark.parametrize(("language", "written"), [("en", "3 November 2026"), ("zh", "2026年11月3日")])
def test_a_day_follows_the_language(language: str, written: str) -> None:
    """No locale of the computer takes part."""
    assert day(dt.date(2026, 11, 3), language) == written
