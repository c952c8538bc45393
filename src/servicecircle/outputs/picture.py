"""Static pictures for the report: the map and the coverage curve."""

import io
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from servicecircle.network.walk import WalkNetwork
from servicecircle.outputs.fonts import Lettering, lettering
from servicecircle.outputs.map_layers import band_colors
from servicecircle.outputs.result import StudyResult
from servicecircle.outputs.rows import Figures
from servicecircle.outputs.texts import text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

log = logging.getLogger(__name__)

GAP_COLOR, SITE_COLOR, CENTER_COLOR = "#D55E00", "#F0E442", "#1a1a1a"
INK = "#2b2b2b"
WIDTH_IN, DPI = 9.6, 150
LEGEND_IN = 0.62
#: More numbers than this would hide the map; the tables hold them all.
NUMBERED = 20

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
    box = _fill(box, height / WIDTH_IN)
    axes.set(xlim=(box[0], box[2]), ylim=(box[1], box[3]), xticks=[], yticks=[], facecolor="#fbfbf9")
    axes.spines[:].set(color="#b5b5b5", linewidth=0.8)
    pixel = (box[2] - box[0]) / (WIDTH_IN * DPI)
    handles = [
        *_service_area(axes, result, pixel, letters),
        *_streets(axes, result.network, result.language, letters),
        *_districts(axes, result, box, letters),
        *_gaps(axes, result, pixel, letters),
        *_places(axes, result, letters),
    ]
    _scale_bar(axes, box, letters)
    sources = [source for source in result.sources if letters.draws(source)]
    if sources:
        corner = {"size": 7, "ha": "right", "va": "bottom", "transform": axes.transAxes}
        _write(axes, (0.995, 0.008), " · ".join(sources), letters, corner)
    figure.legend(
        handles=handles, loc="lower center", ncols=min(len(handles), 5), frameon=False, prop=_sized(letters, 8.5)
    )
    return _png(figure)


def curve_picture(result: StudyResult, found: Figures) -> bytes:
    """Draw the share of people by the walk to their nearest center as PNG."""
    from matplotlib.figure import Figure

    letters = lettering()
    figure = Figure(figsize=(7.2, 2.7), dpi=DPI, facecolor="white")
    axes = figure.add_axes((0.1, 0.19, 0.88, 0.76))
    minutes, shares = np.array(found.curve).reshape(-1, 2).T
    axes.fill_between(minutes, shares, step="post", color="#2a788e", alpha=0.15, linewidth=0)
    axes.plot(minutes, shares, drawstyle="steps-post", color="#2a788e", linewidth=2)
    axes.axvline(result.limit, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    for within in found.by_minutes:
        if within.share is not None:
            axes.plot([within.minutes], [within.share], "o", color="#2a788e", markeredgecolor="white", clip_on=False)
    axes.set(xlim=(0, 2 * result.limit), ylim=(0, 1), yticks=[0, 0.25, 0.5, 0.75, 1])
    axes.set_yticklabels(["0%", "25%", "50%", "75%", "100%"])
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    language = _language(result.language, letters)
    axes.set_xlabel(text("axis_minutes", language), fontproperties=_sized(letters, 9), color=INK)
    axes.set_ylabel(text("axis_share", language), fontproperties=_sized(letters, 9), color=INK)
    axes.tick_params(labelsize=8, color="#999999", labelcolor=INK, labelfontfamily=letters.font.get_family())
    return _png(figure)


def lacks_glyphs(result: StudyResult) -> bool:
    """Whether the pictures show an id or another language because no font draws the letters."""
    letters = lettering()
    names = [*result.sources, *([] if result.districts is None else map(str, result.districts["name"]))]
    return _language(result.language, letters) != result.language or not all(letters.draws(name) for name in names)


def _language(language: str, letters: Lettering) -> str:
    return language if language == "en" or letters.chinese else "en"


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


def _service_area(axes: "Axes", result: StudyResult, pixel: float, letters: Lettering) -> list[Any]:
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch

    language = _language(result.language, letters)
    colors = band_colors(len(result.minutes))
    handles = []
    for minutes, color in reversed(list(zip(result.minutes, colors, strict=True))):
        area = result.service_area[result.service_area["minutes"] == minutes]
        # Paler but opaque: bands that shone through each other would not match their legend.
        red, green, blue = (1 - 0.55 * (1 - part) for part in to_rgb(color))
        pale = (red, green, blue)
        _draw_areas(axes, area.geometry, pixel, {"facecolor": pale, "linewidth": 0})
        handles.append(Patch(facecolor=pale, label=text("within", language, minutes=f"{minutes:g}")))
    return handles[::-1]


def _streets(axes: "Axes", network: WalkNetwork, language: str, letters: Lettering) -> list[Any]:
    from matplotlib.collections import LineCollection
    from matplotlib.lines import Line2D

    lines = np.split(network.xy, network.offsets[1:-1])
    used = [line for line, usable in zip(lines, network.usable, strict=True) if usable]
    axes.add_collection(LineCollection(used, colors="#5a5a5a", linewidths=0.35, alpha=0.7), autolim=False)
    return [Line2D([], [], color="#5a5a5a", linewidth=0.8, label=text("legend_street", _language(language, letters)))]


def _districts(axes: "Axes", result: StudyResult, box: Box, letters: Lettering) -> list[Any]:
    from matplotlib.lines import Line2D

    if result.districts is None or result.districts.empty:
        return []
    style: Style = {"edgecolor": "#333333", "linewidth": 0.9, "linestyle": (0, (5, 2.5))}
    _draw_areas(axes, result.districts.geometry, 0.0, {"facecolor": "none", **style})
    seen = shapely.box(*box)
    for key, name, area in zip(
        result.districts.index, result.districts["name"], result.districts.geometry, strict=True
    ):
        part = shapely.make_valid(area).intersection(seen) if area is not None else None
        if part is not None and not part.is_empty:
            place = part.representative_point()
            _write(axes, (place.x, place.y), letters.fit(str(name), str(key)), letters, {"size": 11})
    label = text("legend_district", _language(result.language, letters))
    return [Line2D([], [], color="#333333", linewidth=0.9, linestyle=(0, (5, 2.5)), label=label)]


def _gaps(axes: "Axes", result: StudyResult, pixel: float, letters: Lettering) -> list[Any]:
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch

    if result.gaps.empty:
        return []
    style: Style = {"facecolor": (*to_rgb(GAP_COLOR), 0.18), "edgecolor": GAP_COLOR}
    _draw_areas(axes, result.gaps.geometry, pixel, {**style, "linewidth": 1.1})
    disc = {"boxstyle": "circle,pad=0.25", "facecolor": GAP_COLOR, "edgecolor": "white", "linewidth": 0.6}
    badge = {"size": 8, "color": "white", "path_effects": [], "bbox": disc}
    for rank, area in enumerate(result.gaps.geometry[:NUMBERED], start=1):
        if area is not None and not area.is_empty:
            place = area.representative_point()
            _write(axes, (place.x, place.y), str(rank), letters, badge)
    label = text("legend_gap", _language(result.language, letters))
    return [Patch(**style, label=label)]


def _places(axes: "Axes", result: StudyResult, letters: Lettering) -> list[Any]:
    language = _language(result.language, letters)
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
                fontproperties=_sized(letters, 8.5), color=INK, path_effects=_halo(), annotation_clip=True,
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
    axes.plot([x, x + metres], [y, y], color=INK, linewidth=3, solid_capstyle="butt", zorder=10, path_effects=_halo(5))
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
    usual = {"color": INK, "ha": "center", "va": "center", "zorder": 6, "clip_on": True, "path_effects": _halo()}
    font = _sized(letters, style["size"])
    axes.text(*place, words, parse_math=False, **{**usual, **style, "fontproperties": font})


def _halo(width: float = 2.5) -> list[Any]:
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=width, foreground="white")]


def _sized(letters: Lettering, size: float) -> "FontProperties":
    font: FontProperties = letters.font.copy()
    font.set_size(size)
    return font


def _png(figure: "Figure") -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    file = io.BytesIO()
    # Without the name and version of the program the bytes depend on the picture alone.
    FigureCanvasAgg(figure).print_png(file, metadata={"Software": None})  # type: ignore[no-untyped-call]
    return file.getvalue()
