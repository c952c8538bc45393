"""How figures are rounded, so that what is printed adds up and all outputs agree.

People may be scaled estimates with fractions. Each figure is rounded to whole people where the study
counts at least 1000, else to tenths. Of the headline and of each district, total and covered are rounded by
themselves and the other three reasons divide the difference (largest remainder), so that total = covered +
too far + unreachable + off network holds for what is printed. Shares are of the exact figures.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from servicecircle.analysis.coverage import REASONS, Coverage

Degrees = list[tuple[float, float]] | list[tuple[None, None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """People by reason; the four parts add up to `total`. `share` is None without people."""

    total: float
    covered: float
    share: float | None
    too_far: float
    unreachable: float
    off_network: float


def people(cover: Coverage) -> People:
    """Round the headline of a coverage, parts and total together."""
    return rounded_people({**cover.reasons, "covered": cover.covered}, parts_of(cover))


def parts_of(cover: Coverage) -> int:
    """Into how many parts a person is divided when rounding: 1, or 10 below 1000 people."""
    return 1 if cover.total >= 1000 else 10


def rounded_people(weights: Mapping[Any, float], parts: int) -> People:
    """Round people by reason together."""
    total = math.fsum(weights[reason] for reason in REASONS)
    units, covered = _whole(total * parts), _whole(weights["covered"] * parts)
    rest = largest_remainder([weights[reason] for reason in REASONS[1:]], units - covered)
    too_far, unreachable, off_network = (tidy(value / parts, 1) for value in rest)
    return People(
        total=tidy(units / parts, 1),
        covered=tidy(covered / parts, 1),
        share=share_of(weights["covered"], total),
        too_far=too_far,
        unreachable=unreachable,
        off_network=off_network,
    )


def largest_remainder(values: list[float], units: int) -> list[int]:
    """Divide whole `units` in proportion to `values`; what flooring leaves goes to the largest remainders."""
    total = math.fsum(values)
    if total <= 0 or units <= 0:
        return [0] * len(values)
    exact = [value / total * units for value in values]
    whole = [math.floor(value) for value in exact]
    order = sorted(range(len(values)), key=lambda i: (whole[i] - exact[i], i))
    for i in order[: units - sum(whole)]:
        whole[i] += 1
    return whole


def tidy(value: float, decimals: int) -> float:
    """Round, and turn whole numbers into int, so that every output writes 12 and not 12.0."""
    rounded = round(float(value), decimals)
    return int(rounded) if rounded.is_integer() else rounded


def counted(value: float, parts: int) -> float:
    """Round people to whole parts of a person."""
    return tidy(_whole(value * parts) / parts, 1)


def _whole(value: float) -> int:
    """Round a sum; first without the dust of binary fractions, which would decide a tie by the order of adding."""
    return round(round(value, 6))


def share_of(part: float, total: float) -> float | None:
    """Return a share (0 to 1) to six decimals, None of nothing."""
    return tidy(part / total, 6) if total > 0 else None


def walked(minutes: float) -> float | None:
    """Round the minutes of a walk, None where there is none."""
    return tidy(minutes, 1) if np.isfinite(minutes) else None


def words(value: object) -> str:
    """Return a cell as text, empty where nothing is."""
    return "" if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)) else str(value)


def degrees(places: pd.DataFrame) -> Degrees:
    """Return longitude and latitude of each place to six decimals; of a table without places nothing."""
    if not isinstance(places, gpd.GeoDataFrame) or not len(places):
        return [(None, None)] * len(places)
    points = places.geometry.to_crs(4326)
    return [(round(lon, 6), round(lat, 6)) for lon, lat in zip(points.x, points.y, strict=True)]
