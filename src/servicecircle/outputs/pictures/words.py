"""What is written on the pictures of maps: ranks of gaps and sites, names of districts, the scale."""

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from servicecircle.outputs.pictures.drawing import DPI, GAP_COLOR, INK, halo
from servicecircle.outputs.pictures.fonts import Lettering
from servicecircle.outputs.pictures.labels import Room, around, half_size
from servicecircle.outputs.result import StudyResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Gaps beyond this number are drawn thin and without one, sites beyond it get theirs where there is room.
NUMBERED = 20
#: The names of more districts than this are written small.
FEW_DISTRICTS = 16


def write_ranks(axes: "Axes", result: StudyResult, room: Room, pixel: float, letters: Lettering) -> None:
    """Write the ranks of gaps and sites beside each other, not on each other."""
    point = pixel * DPI / 72
    sites = None if result.plan is None or not has_places(result.plan.sites) else result.plan.sites
    star = star_points(0 if sites is None else len(sites)) * point / 2
    ranked = [] if sites is None else list(zip(sites["rank"], sites.geometry, strict=True))
    for _, place in ranked:
        room.take((place.x, place.y), (star, star))
    _gap_ranks(axes, result, room, 7.5 * point, letters)
    size = 8.5 if len(ranked) <= NUMBERED else 7.0
    for rank, place in ranked:
        half = half_size(str(rank), size, point)
        beside = around((place.x, place.y), [(star + half[0], star + half[1])])
        free = room.find(beside, half)
        if free is not None or rank <= NUMBERED:
            write(axes, free or beside[0], str(rank), letters, {"size": size, "zorder": 10})


def _gap_ranks(axes: "Axes", result: StudyResult, room: Room, radius: float, letters: Lettering) -> None:
    disc = {"boxstyle": "circle,pad=0.25", "facecolor": GAP_COLOR, "edgecolor": "white", "linewidth": 0.6}
    badge = {"size": 8, "color": "white", "path_effects": [], "bbox": disc, "zorder": 9}
    for rank, area in enumerate(result.gaps.geometry[:NUMBERED], start=1):
        if area is not None and not area.is_empty:
            point = area.representative_point()
            middle = (point.x, point.y)
            if not (room.box[0] <= point.x <= room.box[2] and room.box[1] <= point.y <= room.box[3]):
                continue
            near = around(middle, [(k * radius, k * radius) for k in (1.2, 2.0, 2.8, 3.6)])
            inside = [place for place in near if area.contains(shapely.Point(place))]
            free = room.find([middle, *inside, *near], (radius, radius))
            write(axes, free or middle, str(rank), letters, badge)


def write_districts(
    axes: "Axes",
    districts: gpd.GeoDataFrame,
    areas: npt.NDArray[np.object_],
    room: Room,
    pixel: float,
    letters: Lettering,
) -> None:
    """Write each name where it covers nothing, or in the middle where there is no such place."""
    size = 11.0 if len(districts) <= FEW_DISTRICTS else 7.5
    for key, name, area in zip(districts.index, districts["name"], areas, strict=True):
        part = None if area is None else shapely.clip_by_rect(area, *room.box)
        if part is None or part.is_empty:
            continue
        words, point = letters.fit(str(name), str(key)), part.representative_point()
        half = half_size(words, size, pixel * DPI / 72)
        middle = (point.x, point.y)
        steps = [(half[0] * k / 2, half[1] * 2 * k) for k in (1, 2, 3)]
        inside = [place for place in around(middle, steps) if part.contains(shapely.Point(place))]
        place = room.find([middle, *inside], half)
        write(axes, place or middle, words, letters, {"size": size})


def write_scale(axes: "Axes", room: Room, letters: Lettering) -> None:
    """Draw a bar of 1, 2 or 5 times a power of ten metres, about a sixth of the width."""
    west, south, east, _ = room.box
    width = east - west
    power = 10.0 ** np.floor(np.log10(width / 5))
    metres = max(step * power for step in (1, 2, 5) if step * power <= width / 5)
    x, y = west + 0.02 * width, south + 0.022 * width
    axes.plot([x, x + metres], [y, y], color=INK, linewidth=3, solid_capstyle="butt", zorder=10, path_effects=halo(5))
    label = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    write(axes, (x + metres / 2, y + 0.006 * width), label, letters, {"size": 8, "va": "bottom", "zorder": 10})
    room.take((x + metres / 2, y + 0.01 * width), (metres / 2, 0.02 * width))


def star_points(count: int) -> float:
    """Return the width of a site's star in points."""
    return 12.2 if count <= NUMBERED else 8.5 if count <= 3 * NUMBERED else 6.5


def has_places(table: pd.DataFrame) -> bool:
    """Say whether there is anything to draw: what comes from a matrix has no places."""
    return isinstance(table, gpd.GeoDataFrame) and len(table) > 0


def write(axes: "Axes", place: tuple[float, float], words: str, letters: Lettering, style: dict[str, Any]) -> None:
    """Write words as they are: a dollar sign in a name is no mathematics."""
    usual = {"color": INK, "ha": "center", "va": "center", "zorder": 6, "clip_on": True, "path_effects": halo()}
    font = letters.sized(style["size"])
    axes.text(*place, words, parse_math=False, **{**usual, **style, "fontproperties": font})
