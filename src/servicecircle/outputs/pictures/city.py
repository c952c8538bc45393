"""Static maps for the report: the whole study, and one gap."""

import logging
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from servicecircle.network.walk import WalkNetwork
from servicecircle.outputs.map.layers import band_colors
from servicecircle.outputs.pictures.drawing import (
    CENTER_COLOR,
    DPI,
    GAP_COLOR,
    INK,
    SITE_COLOR,
    area_path,
    line_paths,
    png,
)
from servicecircle.outputs.pictures.fonts import Lettering, lettering
from servicecircle.outputs.pictures.labels import Room
from servicecircle.outputs.pictures.words import (
    NUMBERED,
    has_places,
    star_points,
    write,
    write_districts,
    write_ranks,
    write_scale,
)
from servicecircle.outputs.result import StudyResult
from servicecircle.outputs.texts import text

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.path import Path

log = logging.getLogger(__name__)

WIDTH_IN = 9.6
LEGEND_IN = 0.62
#: Inches of the map of one gap, and the least metres it is wide.
GAP_WIDTH_IN, GAP_HEIGHT_IN, GAP_WIDTH_M = 3.3, 2.5, 900.0
#: The dots of more centers than this are drawn small.
FEW_CENTERS = 120

Box = tuple[float, float, float, float]
Style = dict[str, Any]


def map_picture(result: StudyResult) -> bytes:
    """Draw the map as PNG: streets, districts, service area, gaps, centers and proposed sites."""
    from matplotlib.figure import Figure

    letters = lettering()
    if lacks_glyphs(result):
        log.warning("No installed font draws all names; pictures show ids instead. Install Noto Sans CJK SC.")
    box = _extent(result)
    height = float(np.clip(WIDTH_IN * (box[3] - box[1]) / (box[2] - box[0]), 4.0, 11.0))
    figure = Figure(figsize=(WIDTH_IN, height + LEGEND_IN), dpi=DPI, facecolor="white")
    strip = LEGEND_IN / (height + LEGEND_IN)
    axes = figure.add_axes((0.004, strip, 0.992, 1 - strip - 0.004))
    handles = _draw_layers(axes, result, _fill(box, height / WIDTH_IN), letters, WIDTH_IN)
    sources = [source for source in result.sources if letters.draws(source)]
    if sources:
        corner = {"size": 7, "ha": "right", "va": "bottom", "transform": axes.transAxes}
        write(axes, (0.995, 0.008), " · ".join(sources), letters, corner)
    figure.legend(
        handles=handles, loc="lower center", ncols=min(len(handles), 5), frameon=False, prop=letters.sized(8.5)
    )
    return png(figure)


def gap_picture(result: StudyResult, row: int) -> bytes:
    """Draw one gap (its row in the table) and what is around it as PNG, without a legend."""
    from matplotlib.figure import Figure

    left, bottom, right, top = result.gaps.geometry.iloc[row].bounds
    margin = max(0.25 * max(right - left, top - bottom), (GAP_WIDTH_M - (right - left)) / 2)
    figure = Figure(figsize=(GAP_WIDTH_IN, GAP_HEIGHT_IN), dpi=DPI, facecolor="white")
    axes = figure.add_axes((0.004, 0.004, 0.992, 0.992))
    box = _fill((left - margin, bottom - margin, right + margin, top + margin), GAP_HEIGHT_IN / GAP_WIDTH_IN)
    _draw_layers(axes, result, box, lettering(), GAP_WIDTH_IN, named=False)
    return png(figure)


def _draw_layers(
    axes: "Axes", result: StudyResult, box: Box, letters: Lettering, width_in: float, *, named: bool = True
) -> "list[Artist]":
    """Draw all layers within a box, districts with their names if `named`; return what the legend shows."""
    axes.set(xlim=(box[0], box[2]), ylim=(box[1], box[3]), xticks=[], yticks=[], facecolor="#fbfbf9")
    axes.spines[:].set(color="#b5b5b5", linewidth=0.8)
    pixel = (box[2] - box[0]) / (width_in * DPI)
    room = Room(box)
    handles = [
        *_service_area(axes, result, box, pixel, letters),
        *_streets(axes, result.network, box, letters.language(result.language)),
        *_gaps(axes, result, box, pixel, letters),
        *_places(axes, result, letters),
    ]
    write_scale(axes, room, letters)
    write_ranks(axes, result, room, pixel, letters)
    # Last, since names have the most places to stand at.
    for place in result.coverage.centers.geometry if has_places(result.coverage.centers) else ():
        room.take((place.x, place.y), (4 * pixel, 4 * pixel))
    handles[-1:-1] = _districts(axes, result, room, pixel, letters, named=named)
    return handles


def lacks_glyphs(result: StudyResult) -> bool:
    """Whether the pictures show an id or another language because no font draws the letters."""
    letters = lettering()
    names = [*result.sources, *([] if result.districts is None else map(str, result.districts["name"]))]
    return letters.language(result.language) != result.language or not all(letters.draws(name) for name in names)


def _extent(result: StudyResult) -> Box:
    """Return what the figures are about, with a margin; streets and districts may reach beyond it."""
    tables = [result.service_area, result.gaps, *([] if result.plan is None else [result.plan.sites])]
    bounds = [table.total_bounds for table in tables if isinstance(table, gpd.GeoDataFrame) and len(table)]
    bounds = [b for b in bounds if np.isfinite(b).all()] or [_network_bounds(result.network)]
    left, bottom = np.min([b[:2] for b in bounds], axis=0)
    right, top = np.max([b[2:] for b in bounds], axis=0)
    margin = max(0.03 * max(right - left, top - bottom), 50.0)
    return left - margin, bottom - margin, right + margin, top + margin


def _network_bounds(network: WalkNetwork) -> npt.NDArray[np.float64]:
    return np.concatenate([network.xy.min(axis=0), network.xy.max(axis=0)])


def _fill(box: Box, aspect: float) -> Box:
    """Widen the box to the shape of the picture."""
    middle = np.array([box[0] + box[2], box[1] + box[3]]) / 2
    half_width = max(box[2] - box[0], (box[3] - box[1]) / aspect) / 2
    x, y = middle.tolist()
    return x - half_width, y - half_width * aspect, x + half_width, y + half_width * aspect


def _service_area(axes: "Axes", result: StudyResult, box: Box, pixel: float, letters: Lettering) -> "list[Artist]":
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch

    language = letters.language(result.language)
    colors = band_colors(len(result.minutes))
    handles: list[Artist] = []
    for minutes, color in reversed(list(zip(result.minutes, colors, strict=True))):
        area = result.service_area[result.service_area["minutes"] == minutes]
        # Paler but opaque: bands that shone through each other would not match their legend.
        red, green, blue = (1 - 0.55 * (1 - part) for part in to_rgb(color))
        pale = (red, green, blue)
        seen = shapely.clip_by_rect(area.geometry.to_numpy(), *box)
        _draw_areas(axes, seen, pixel, {"facecolor": pale, "linewidth": 0, "zorder": 1})
        handles.append(Patch(facecolor=pale, label=text("within", language, minutes=f"{minutes:g}")))
    return handles[::-1]


def _streets(axes: "Axes", network: WalkNetwork, box: Box, language: str) -> "list[Artist]":
    from matplotlib.lines import Line2D

    seen = network.usable & _touches(network, box)
    lengths = np.diff(network.offsets)
    # Far from the city streets are hairs, near a gap they are lines.
    width = float(np.clip(2500 / (box[2] - box[0]), 0.35, 1.0))
    style = {"edgecolor": "#5a5a5a", "linewidth": width, "alpha": 0.7, "facecolor": "none", "zorder": 2}
    for path in line_paths(network.xy[np.repeat(seen, lengths)], lengths[seen]):
        _draw(axes, path, style)
    return [Line2D([], [], color="#5a5a5a", linewidth=0.8, label=text("legend_street", language))]


def _touches(network: WalkNetwork, box: Box) -> npt.NDArray[np.bool_]:
    """Mark the segments whose bounds meet the box."""
    starts = network.offsets[:-1]
    low, high = np.minimum.reduceat(network.xy, starts), np.maximum.reduceat(network.xy, starts)
    return np.asarray(((low <= box[2:]) & (high >= box[:2])).all(axis=1), dtype=np.bool_)


def _districts(
    axes: "Axes", result: StudyResult, room: Room, pixel: float, letters: Lettering, *, named: bool
) -> "list[Artist]":
    from matplotlib.lines import Line2D

    if result.districts is None or result.districts.empty:
        return []
    style: Style = {"linewidth": 0.9, "linestyle": (0, (5, 2.5))}
    areas = shapely.make_valid(result.districts.geometry.to_numpy())
    # A border of two districts is drawn once: two dashed lines would fill each other's breaks.
    lines = shapely.clip_by_rect(shapely.boundary(areas), *room.box)
    borders = shapely.get_parts(shapely.line_merge(shapely.union_all(lines, grid_size=pixel)))
    borders = borders[shapely.get_type_id(borders) == shapely.GeometryType.LINESTRING]
    places = shapely.get_coordinates(borders)
    for path in line_paths(places, shapely.get_num_coordinates(borders)):
        _draw(axes, path, {**style, "edgecolor": "#333333", "facecolor": "none", "zorder": 2.5})
    if named and len(areas) > 1:
        write_districts(axes, result.districts, areas, room, pixel, letters)
    label = text("legend_district", letters.language(result.language))
    return [Line2D([], [], color="#333333", label=label, **style)]


def _gaps(axes: "Axes", result: StudyResult, box: Box, pixel: float, letters: Lettering) -> "list[Artist]":
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch

    if result.gaps.empty:
        return []
    areas = shapely.clip_by_rect(result.gaps.geometry.to_numpy(), *_grown(box, 0.1))
    fill: Style = {"facecolor": (*to_rgb(GAP_COLOR), 0.18)}
    _draw_areas(axes, areas, pixel, {**fill, "linewidth": 0, "zorder": 1.5})
    # Many small gaps would hide the large ones, so the outline of those without a number is thin.
    for some, width in ((areas[:NUMBERED], 1.1), (areas[NUMBERED:], 0.5)):
        _draw_areas(axes, some, pixel, {"facecolor": "none", "edgecolor": GAP_COLOR, "linewidth": width, "zorder": 3})
    label = text("legend_gap", letters.language(result.language))
    return [Patch(**fill, edgecolor=GAP_COLOR, linewidth=1.1, label=label)]


def _grown(box: Box, part: float) -> Box:
    margin = part * (box[2] - box[0])
    return box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin


def _places(axes: "Axes", result: StudyResult, letters: Lettering) -> "list[Artist]":
    language = letters.language(result.language)
    handles: list[Artist] = []
    style: Style
    centers = result.coverage.centers
    if has_places(centers):
        size = 20 if len(centers) <= FEW_CENTERS else 11
        style = {"s": size, "color": CENTER_COLOR, "edgecolors": "white", "linewidths": 0.7, "zorder": 7}
        handles.append(
            axes.scatter(centers.geometry.x, centers.geometry.y, label=text("legend_center", language), **style)
        )
    sites = None if result.plan is None else result.plan.sites
    if sites is not None and has_places(sites):
        star = star_points(len(sites))
        style = {"s": star**2, "marker": "*", "color": SITE_COLOR, "edgecolors": INK, "zorder": 8}
        style["linewidths"] = star / 15
        handles.append(axes.scatter(sites.geometry.x, sites.geometry.y, label=text("legend_site", language), **style))
    return handles


def _draw_areas(axes: "Axes", areas: npt.NDArray[np.object_], tolerance: float, style: Style) -> None:
    """Draw polygons; detail below `tolerance` metres is left out."""
    path = area_path(areas, tolerance)
    if path is not None:
        _draw(axes, path, style)


def _draw(axes: "Axes", path: "Path", style: Style) -> None:
    from matplotlib.patches import PathPatch

    # Not add_patch: it would look for the bounds of all curves, which are known.
    axes.add_artist(PathPatch(path, **style))
