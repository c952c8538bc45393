"""One catalogue holds every text of all outputs, in both languages; nothing is missing, nothing left over."""

import ast
import datetime as dt
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from string import Formatter

import pytest

from servicecircle.network.profile import PROFILES, VALUES
from servicecircle.outputs.rows import CenterRow, GapRow, PlanFigures
from servicecircle.outputs.texts import TEXTS, day, map_texts
from servicecircle.outputs.words import CATALOGUE

SOURCE = Path(__file__).parents[2] / "src" / "servicecircle"
OUTPUTS = SOURCE / "outputs"
TEMPLATE = OUTPUTS / "assets" / "report.html.j2"
#: Functions that take a key, and the sections they look in.
DOORS = {
    "text": ("figures", "report", "rules"),
    "command_text": ("commands",),
    "say_about": ("commands",),
    "say_as": ("commands",),
    "_both": ("template",),
}
#: Proper names, units, and names of files, commands and datums that stand in Chinese texts, too.
LATIN = {"km", "kB", "report", "issues", "servicecircle", "apply", "id", "datum", "noding", "crossings"}
#: Names of tiers in the data, names of firms, words of file formats and of the drawing library: no prose of ours.
NO_PROSE = {
    *("镇街", "街镇", "街道", "乡镇", "区县", "社区", "村社区", "天地图", "高德地图"),
    *("lower center", "offset points", "left out", "Highway Capacity Manual, signal times assumed"),
}
#: Parts of errors, warnings and of the log, which are English.
ERRORS = re.compile(
    "^: |found the address|^Give the summary|^the whole$|cannot be written|Free the space|^The Tianditu"
)
#: Names of columns in a row.
COLUMNS = {name for row in (CenterRow, GapRow, PlanFigures) for name in row.__dataclass_fields__} | set(TEXTS)


def modules() -> Iterator[tuple[Path, ast.Module]]:
    """Yield the modules that write or say something, the catalogue aside."""
    written = [path for path in OUTPUTS.rglob("*.py") if path.parent != OUTPUTS / "words"]
    for path in [*written, *(SOURCE / "cli").glob("*.py")]:
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def keys_of(node: ast.expr) -> set[str]:
    """Return the keys an argument can be: a text, or one of two."""
    names = [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]
    return {name.value for name in names if isinstance(name, ast.Constant) and isinstance(name.value, str)}


def asked_for() -> set[tuple[str, str]]:
    """Return (function, key) for every key that a module or the template names in full."""
    template = re.findall(r"""\bt\(["']([\w ]+)["'][,)]""", TEMPLATE.read_text(encoding="utf-8"))
    found = {("text", key) for key in template}
    for _, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in DOORS and node.args:
                found |= {(node.func.id, key) for key in keys_of(node.args[0])}
    return found


def test_every_text_that_is_asked_for_is_there() -> None:
    """A key that is named and not in its section would fail at some reader."""
    asked = asked_for()
    assert {door for door, _ in asked} == set(DOORS)
    assert len(asked) > 120
    missing = [(door, key) for door, key in asked if not any(key in CATALOGUE[section] for section in DOORS[door])]
    assert missing == []


def test_keys_made_of_parts_are_there() -> None:
    """Profiles, their values, months and actions are asked for by name."""
    wanted = {f"walker_{name}" for name in PROFILES} | {f"value_{value}" for value in (*VALUES, "closed")}
    wanted |= {f"month_{month}" for month in range(1, 13)} | {"left out", "repaired", "doubted", "refused"}
    assert wanted - set(TEXTS) == set()


@pytest.mark.parametrize("section", ["figures", "report", "rules", "commands", "template"])
def test_every_text_is_asked_for(section: str) -> None:
    """A text whose key stands nowhere else is a leftover; keys made of parts name their first part."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py") if path.parent.name != "words")
    code += TEMPLATE.read_text(encoding="utf-8")
    made = (*re.findall(r"""f["'](\w+_)\{""", code), "aspect_")
    network = {"segments", "junctions", "length_km", "components", "dropped_components", "dropped_km"}
    network |= {"closed_segments", "closed_km"}
    actions = {"left out", "repaired", "doubted"}
    left = set(CATALOGUE[section]) - network - actions - set(re.findall(r"\w+", code))
    # Some keys are the sources themselves, of several words.
    assert {key for key in left if not key.startswith(made) and (key.isidentifier() or key not in code)} == set()


def test_the_map_asks_for_every_text_of_its_section() -> None:
    """The scripts of the page name each, and none that is not there."""
    code = "".join(path.read_text(encoding="utf-8") for path in OUTPUTS.glob("assets/map*.js"))
    made = tuple(re.findall(r"say\(`(\w+_)\$\{", code))
    texts = CATALOGUE["map"]
    assert {key for key in set(texts) - set(re.findall(r"\w+", code)) if not key.startswith(made)} == set()
    assert set(re.findall(r'say\("(\w+)"', code)) - set(map_texts()["en"]) == set()


@pytest.mark.parametrize("section", list(CATALOGUE))
def test_both_languages_say_the_same_values(section: str) -> None:
    """Each text is there in Chinese and English, and both show the same figures and names."""
    for key, texts in CATALOGUE[section].items():
        assert set(texts) == {"en", "zh"}, key
        named = [{name for _, name, _, _ in Formatter().parse(said) if name is not None} for said in texts.values()]
        assert named[0] == named[1], key
        assert all(texts.values()) or key.startswith("example_"), key


def test_no_key_is_in_two_sections_of_the_report() -> None:
    """One of the two texts would never be seen."""
    for one, other in combinations(("figures", "report", "rules"), 2):
        assert set(CATALOGUE[one]) & set(CATALOGUE[other]) == set()


def test_the_template_holds_no_words_of_its_own() -> None:
    """All that a reader sees comes from the catalogue or the study."""
    template = TEMPLATE.read_text(encoding="utf-8").split("<body>")[1]
    bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", " ", template, flags=re.DOTALL)
    assert set(bare.split()) <= {"·"}


def prose(tree: ast.Module) -> set[str]:
    """Return texts of two words or more, and Chinese ones, that are no docstring, error or line of the log."""
    silent: set[int] = set()
    for node in ast.walk(tree):
        told = isinstance(node, ast.Raise) or (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and getattr(node.func.value, "id", "") in {"log", "logger"}
        )
        choices = isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in {
            "_CHOICES",
            "CHINESE_FAMILIES",
        }
        if told or choices or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            silent |= {id(part) for part in ast.walk(node)}
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent
        and re.search(r"[一-鿿]{2}|(?<![\w<\"'=./-])[A-Za-z]?[a-z]{2,} [a-z]{2,}\b(?! *[=:({])", node.value)
    }  # fmt: skip


def test_no_output_holds_words_of_its_own() -> None:
    """All modules take what they write from the catalogue."""
    found = {
        f"{path.name}: {said}"
        for path, tree in modules()
        if path.parent == OUTPUTS
        for said in prose(tree)
        if said not in NO_PROSE and not ERRORS.search(said) and not set(said.split()) <= COLUMNS
    }
    assert found == set()


def test_no_english_word_is_left_in_a_chinese_text() -> None:
    """Values, units, proper names and names of files and commands aside, Chinese texts are Chinese."""
    for texts in (
        texts
        for section in ("figures", "report", "rules", "map", "commands", "values")
        for texts in CATALOGUE[section].values()
    ):
        left = set(re.findall(r"(?<![\w.])[a-z]{2,}", re.sub(r"\{\w+\}", "", texts["zh"])))
        assert left <= LATIN, texts


def test_no_chinese_letter_is_in_an_english_text() -> None:
    """What a Chinese reader alone can read is no English."""
    for section in ("figures", "report", "rules", "map", "commands", "problems", "values"):
        for key, texts in CATALOGUE[section].items():
            assert not re.search(r"[一-鿿]", texts["en"]), key


def test_the_map_gets_its_section() -> None:
    """The page holds all of it, and what it shares with the report."""
    texts = map_texts()
    assert set(texts) == {"en", "zh"}
    assert set(texts["en"]) == set(texts["zh"]) == set(CATALOGUE["map"]) | {
        *("covered", "too_far", "unreachable", "off_network", "rule_line", "not_available")
    }  # fmt: skip


@pytest.mark.parametrize(("language", "written"), [("en", "3 November 2026"), ("zh", "2026年11月3日")])
def test_a_day_follows_the_language(language: str, written: str) -> None:
    """No locale of the computer takes part."""
    assert day(dt.date(2026, 11, 3), language) == written
