"""Static maps for the report: the whole study, and one gap."""

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from servicecircle.network.walk import WalkNetwork
from servicecircle.outputs.drawing import DPI, INK, halo, png
from servicecircle.outputs.fonts import Lettering, lettering
from servicecircle.outputs.map_layers import band_colors
from servicecircle.outputs.result import StudyResult
from servicecircle.outputs.texts import text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

log = logging.getLogger(__name__)

GAP_COLOR, SITE_COLOR, CENTER_COLOR = "#D55E00", "#F0E442", "#1a1a1a"
WIDTH_IN = 9.6
LEGEND_IN = 0.62
#: Inches of the map of one gap, and the least metres it is wide.
GAP_WIDTH_IN, GAP_HEIGHT_IN, GAP_WIDTH_M = 3.3, 2.5, 900.0
#: More numbers than this would hide the map; the tables hold them all.
NUMBERED = 20
#: The names of more districts than this are written small.
FEW_DISTRICTS = 16

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
    handles = _draw(axes, result, _fill(box, height / WIDTH_IN), letters, WIDTH_IN)
    sources = [source for source in result.sources if letters.draws(source)]
    if sources:
        corner = {"size": 7, "ha": "right", "va": "bottom", "transform": axes.transAxes}
        _write(axes, (0.995, 0.008), " · ".join(sources), letters, corner)
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
    _draw(axes, result, box, lettering(), GAP_WIDTH_IN, named=False)
    return png(figure)


def _draw(
    axes: "Axes", result: StudyResult, box: Box, letters: Lettering, width_in: float, *, named: bool = True
) -> list[Any]:
    """Draw all layers within a box, districts with their names if `named`; return what the legend shows."""
    axes.set(xlim=(box[0], box[2]), ylim=(box[1], box[3]), xticks=[], yticks=[], facecolor="#fbfbf9")
    axes.spines[:].set(color="#b5b5b5", linewidth=0.8)
    pixel = (box[2] - box[0]) / (width_in * DPI)
    handles = [
        *_service_area(axes, result, box, pixel, letters),
        *_streets(axes, result.network, box, letters.language(result.language)),
        *_districts(axes, result, box, letters, named=named),
        *_gaps(axes, result, box, pixel, letters),
        *_places(axes, result, letters),
    ]
    _scale_bar(axes, box, letters)
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


def _network_bounds(network: WalkNetwork) -> "np.ndarray[Any, np.dtype[np.float64]]":
    return np.concatenate([network.xy.min(axis=0), network.xy.max(axis=0)])


def _fill(box: Box, aspect: float) -> Box:
    """Widen the box to the shape of the picture."""
    middle = np.array([box[0] + box[2], box[1] + box[3]]) / 2
    half_width = max(box[2] - box[0], (box[3] - box[1]) / aspect) / 2
    x, y = middle.tolist()
    return x - half_width, y - half_width * aspect, x + half_width, y + half_width * aspect


def _service_area(axes: "Axes", result: StudyResult, box: Box, pixel: float, letters: Lettering) -> list[Any]:
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch

    language = letters.language(result.language)
    colors = band_colors(len(result.minutes))
    handles = []
    for minutes, color in reversed(list(zip(result.minutes, colors, strict=True))):
        area = result.service_area[result.service_area["minutes"] == minutes]
        # Paler but opaque: bands that shone through each other would not match their legend.
        red, green, blue = (1 - 0.55 * (1 - part) for part in to_rgb(color))
        pale = (red, green, blue)
        _draw_areas(
            axes, shapely.clip_by_rect(area.geometry.to_numpy(), *box), pixel, {"facecolor": pale, "linewidth": 0}
        )
        handles.append(Patch(facecolor=pale, label=text("within", language, minutes=f"{minutes:g}")))
    return handles[::-1]


def _streets(axes: "Axes", network: WalkNetwork, box: Box, language: str) -> list[Any]:
    from matplotlib.collections import LineCollection
    from matplotlib.lines import Line2D

    seen = np.flatnonzero(network.usable & _touches(network, box))
    used = [network.xy[network.offsets[at] : network.offsets[at + 1]] for at in seen]
    # Far from the city streets are hairs, near a gap they are lines.
    width = float(np.clip(2500 / (box[2] - box[0]), 0.35, 1.0))
    axes.add_collection(LineCollection(used, colors="#5a5a5a", linewidths=width, alpha=0.7), autolim=False)
    return [Line2D([], [], color="#5a5a5a", linewidth=0.8, label=text("legend_street", language))]


def _touches(network: WalkNetwork, box: Box) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Mark the segments whose bounds meet the box."""
    starts = network.offsets[:-1]
    low, high = np.minimum.reduceat(network.xy, starts), np.maximum.reduceat(network.xy, starts)
    return np.asarray(((low <= box[2:]) & (high >= box[:2])).all(axis=1), dtype=np.bool_)


def _districts(axes: "Axes", result: StudyResult, box: Box, letters: Lettering, *, named: bool) -> list[Any]:
    from matplotlib.lines import Line2D

    if result.districts is None or result.districts.empty:
        return []
    style: Style = {"edgecolor": "#333333", "linewidth": 0.9, "linestyle": (0, (5, 2.5))}
    _draw_areas(axes, result.districts.geometry, 0.0, {"facecolor": "none", **style})
    seen = shapely.box(*box)
    size = 11 if len(result.districts) <= FEW_DISTRICTS else 7.5
    for key, name, area in zip(
        result.districts.index, result.districts["name"], result.districts.geometry, strict=True
    ):
        part = shapely.make_valid(area).intersection(seen) if named and area is not None else None
        if part is not None and not part.is_empty:
            place = part.representative_point()
            _write(axes, (place.x, place.y), letters.fit(str(name), str(key)), letters, {"size": size})
    label = text("legend_district", letters.language(result.language))
    return [Line2D([], [], color="#333333", linewidth=0.9, linestyle=(0, (5, 2.5)), label=label)]


def _gaps(axes: "Axes", result: StudyResult, box: Box, pixel: float, letters: Lettering) -> list[Any]:
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch

    if result.gaps.empty:
        return []
    style: Style = {"facecolor": (*to_rgb(GAP_COLOR), 0.18), "edgecolor": GAP_COLOR}
    shown = result.gaps.geometry[result.gaps.geometry.intersects(shapely.box(*box))]
    _draw_areas(axes, shown, pixel, {**style, "linewidth": 1.1})
    disc = {"boxstyle": "circle,pad=0.25", "facecolor": GAP_COLOR, "edgecolor": "white", "linewidth": 0.6}
    badge = {"size": 8, "color": "white", "path_effects": [], "bbox": disc}
    for rank, area in enumerate(result.gaps.geometry[:NUMBERED], start=1):
        if area is not None and not area.is_empty:
            place = area.representative_point()
            _write(axes, (place.x, place.y), str(rank), letters, badge)
    label = text("legend_gap", letters.language(result.language))
    return [Patch(**style, label=label)]


def _places(axes: "Axes", result: StudyResult, letters: Lettering) -> list[Any]:
    language = letters.language(result.language)
    handles = []
    style: Style
    centers = result.coverage.centers
    if _has_places(centers):
        style = {"s": 20, "color": CENTER_COLOR, "edgecolors": "white", "linewidths": 0.7, "zorder": 7}
        handles.append(
            axes.scatter(centers.geometry.x, centers.geometry.y, label=text("legend_center", language), **style)
        )
    sites = None if result.plan is None else result.plan.sites
    if sites is not None and _has_places(sites):
        style = {"s": 150, "marker": "*", "color": SITE_COLOR, "edgecolors": INK, "linewidths": 0.8, "zorder": 8}
        handles.append(axes.scatter(sites.geometry.x, sites.geometry.y, label=text("legend_site", language), **style))
        for rank, place in zip(sites["rank"], sites.geometry, strict=True):
            axes.annotate(
                str(rank), (place.x, place.y), xytext=(5, 5), textcoords="offset points", zorder=10,
                fontproperties=letters.sized(8.5), color=INK, path_effects=halo(), annotation_clip=True,
            )  # fmt: skip
    return handles


def _has_places(table: pd.DataFrame) -> bool:
    return isinstance(table, gpd.GeoDataFrame) and len(table) > 0


def _scale_bar(axes: "Axes", box: Box, letters: Lettering) -> None:
    """Draw a bar of 1, 2 or 5 times a power of ten metres, about a sixth of the width."""
    width = box[2] - box[0]
    power = 10.0 ** np.floor(np.log10(width / 5))
    metres = max(step * power for step in (1, 2, 5) if step * power <= width / 5)
    x, y = box[0] + 0.02 * width, box[1] + 0.022 * width
    axes.plot([x, x + metres], [y, y], color=INK, linewidth=3, solid_capstyle="butt", zorder=10, path_effects=halo(5))
    label = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    _write(axes, (x + metres / 2, y + 0.006 * width), label, letters, {"size": 8, "va": "bottom", "zorder": 10})


def _draw_areas(axes: "Axes", areas: Iterable[Any], tolerance: float, style: Style) -> None:
    """Draw polygons; detail below `tolerance` metres is left out."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    for area in areas:
        if area is None or area.is_empty:
            continue
        # Rings of a hole run the other way, or the fill rule would paint the hole.
        polygons = shapely.orient_polygons(shapely.get_parts(shapely.simplify(area, tolerance)))
        rings = shapely.get_rings(polygons[shapely.get_type_id(polygons) == shapely.GeometryType.POLYGON])
        if len(rings):
            paths = [Path(shapely.get_coordinates(ring), closed=True) for ring in rings]
            axes.add_patch(PathPatch(Path.make_compound_path(*paths), **style))


def _write(axes: "Axes", place: tuple[float, float], words: str, letters: Lettering, style: Style) -> None:
    """Write words as they are: a dollar sign in a name is no mathematics."""
    usual = {"color": INK, "ha": "center", "va": "center", "zorder": 6, "clip_on": True, "path_effects": halo()}
    font = letters.sized(style["size"])
    axes.text(*place, words, parse_math=False, **{**usual, **style, "fontproperties": font})
