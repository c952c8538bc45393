"""The pictures of the report."""

import io
import logging

import numpy as np
import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.image import imread

from servicecircle.outputs.figures import figures
from servicecircle.outputs.pictures import city as picture
from servicecircle.outputs.pictures.charts import curve_picture
from servicecircle.outputs.pictures.city import lacks_glyphs, map_picture
from servicecircle.outputs.pictures.drawing import CENTER_COLOR, GAP_COLOR, SITE_COLOR
from servicecircle.outputs.pictures.fonts import Lettering, lettering
from tests.outputs.results import hostile_result, study_result


def pixels(png: bytes) -> "np.ndarray":
    """Colours of a picture, shape (height, width, 3), 0 to 255."""
    return np.rint(imread(io.BytesIO(png))[:, :, :3] * 255).astype(int)


def holds(image: "np.ndarray", color: str, slack: int = 6) -> int:
    """Count the pixels of about this colour."""
    wanted = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    return int((np.abs(image - wanted).max(axis=2) <= slack).sum())


def latin_only() -> Lettering:
    """Stand for a computer without any Chinese font."""
    return Lettering(font=FontProperties(family=["DejaVu Sans"]), glyphs=frozenset(range(32, 384)))


def test_the_map_shows_each_layer_in_its_colour() -> None:
    """Gap badges, proposed sites, the three bands and the centers all leave pixels."""
    image = pixels(map_picture(study_result()))
    assert holds(image, GAP_COLOR) > 500
    assert holds(image, SITE_COLOR) > 100
    assert holds(image, CENTER_COLOR) > 200
    empty = study_result(plan=None, candidates=None, gaps=study_result().gaps.iloc[:0])
    bare = pixels(map_picture(empty))
    assert holds(bare, GAP_COLOR) == 0
    assert holds(bare, SITE_COLOR) == 0


def test_the_same_study_gives_the_same_pictures() -> None:
    """Two runs draw the same bytes, and no program name is written into them."""
    first, second = study_result(), study_result()
    assert map_picture(first) == map_picture(second)
    assert curve_picture(first, figures(first)) == curve_picture(second, figures(second))
    assert b"Matplotlib" not in map_picture(first)


def test_names_are_no_mathematics() -> None:
    r"""Dollar signs and backslashes in names are drawn, not parsed (``$\\frac`` would raise)."""
    result = hostile_result()
    assert result.districts is not None
    broken = result.districts.assign(name=["$\\frac$ x^", "a\\b$1$"])
    assert map_picture(study_result("en", districts=broken))[:4] == b"\x89PNG"


def test_without_a_chinese_font_ids_stand_for_names(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """No empty boxes: a warning is logged, the report can say so, and the picture is still drawn."""
    monkeypatch.setattr(picture, "lettering", latin_only)
    with caplog.at_level(logging.WARNING):
        assert map_picture(study_result())[:4] == b"\x89PNG"
    assert "Noto Sans CJK" in caplog.text
    assert lacks_glyphs(study_result())
    assert latin_only().fit("秀英区", "460105") == "460105"
    assert latin_only().fit("秀英区", "区") == ""


def test_a_place_without_districts_gaps_or_plan_is_drawn() -> None:
    """A study may have none of them."""
    bare = study_result("en", districts=None, plan=None, candidates=None, gaps=study_result().gaps.iloc[:0], sources=())
    assert map_picture(bare)[:4] == b"\x89PNG"


def test_a_long_name_is_shortened() -> None:
    """A name that would cover the map ends in an ellipsis, on one line."""
    assert lettering().fit("a" * 50) == "a" * 23 + "…"
    assert lettering().fit("a\nb") == "a b"
