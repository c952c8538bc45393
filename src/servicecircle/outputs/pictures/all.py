"""All pictures of report and document, drawn once for both."""

from dataclasses import dataclass

from servicecircle.outputs.pictures.charts import curve_picture, district_picture
from servicecircle.outputs.pictures.city import gap_picture, map_picture
from servicecircle.outputs.result import StudyResult
from servicecircle.outputs.rows import Figures

#: Gaps that have a map of their own.
DRAWN_GAPS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """PNG files; None where there is nothing to draw.

    Attributes
    ----------
    whole
        The map of the study.
    gaps
        A map of each of the largest gaps.
    curve
        People covered by the length of the walk.
    districts
        People covered of each district, as bars.
    """

    whole: bytes
    gaps: tuple[bytes, ...]
    curve: bytes | None
    districts: bytes | None


def draw(result: StudyResult, found: Figures) -> Pictures:
    """Draw the pictures of a study; same result, same bytes."""
    return Pictures(
        whole=map_picture(result),
        gaps=tuple(gap_picture(result, row) for row in range(min(DRAWN_GAPS, len(found.gaps)))),
        curve=curve_picture(result, found) if found.curve else None,
        districts=district_picture(result, found.parents or found.districts),
    )
