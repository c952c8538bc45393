"""What all pictures have in common: colours, size, lines and areas, and how a drawing becomes a file."""

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.path import Path
    from matplotlib.patheffects import AbstractPathEffect

INK = "#2b2b2b"
GAP_COLOR, SITE_COLOR, CENTER_COLOR = "#D55E00", "#F0E442", "#1a1a1a"
DPI = 150
#: A map has few colours, and the report that holds it travels by e-mail: a palette makes it four times smaller.
_COLORS = 256
#: More takes three times as long and saves a hundredth.
_COMPRESSION = 7
#: One path of all streets would be too much at once for the drawing library.
_VERTICES = 20_000


def halo(width: float = 2.5) -> "list[AbstractPathEffect]":
    """Return the white edge that keeps words readable on a map."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=width, foreground="white")]


def line_paths(xy: npt.NDArray[np.float64], lengths: npt.NDArray[np.integer[Any]]) -> "list[Path]":
    """Return lines that follow each other in `xy` as few paths; `lengths` are their numbers of vertices.

    A path for each line would take many times as long to draw.
    """
    from matplotlib.path import Path

    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]) if len(lengths) else np.zeros(0, dtype=np.int64)
    codes = np.full(len(xy), Path.LINETO, dtype=Path.code_type)
    codes[starts] = Path.MOVETO
    cuts = starts[np.searchsorted(starts, np.arange(_VERTICES, len(xy), _VERTICES)) - 1]
    parts = zip(np.split(xy, cuts), np.split(codes, cuts), strict=True)
    return [Path(places, code) for places, code in parts if len(places)]


def area_path(areas: npt.NDArray[np.object_], tolerance: float) -> "Path | None":
    """Return polygons as one path without detail below `tolerance` metres; None if there is none."""
    from matplotlib.path import Path

    # Rings of a hole run the other way, or the fill rule would paint the hole.
    polygons = shapely.orient_polygons(shapely.get_parts(shapely.simplify(areas, tolerance)))
    rings = shapely.get_rings(polygons[shapely.get_type_id(polygons) == shapely.GeometryType.POLYGON])
    if not len(rings):
        return None
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    first = np.flatnonzero(np.diff(ring, prepend=-1))
    codes = np.full(len(xy), Path.LINETO, dtype=Path.code_type)
    codes[first] = Path.MOVETO
    codes[np.append(first[1:], len(xy)) - 1] = Path.CLOSEPOLY
    return Path(xy, codes)


def png(figure: "Figure") -> bytes:
    """Return a drawing as PNG with a palette; the bytes depend on the picture alone."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]  # matplotlib types its canvas in part
    painted = canvas.buffer_rgba()  # type: ignore[no-untyped-call]  # its canvas, too
    pixels = Image.fromarray(np.ascontiguousarray(np.asarray(painted)[:, :, :3]))
    few = pixels.quantize(_COLORS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette, paper = few.getpalette() or [], int(np.asarray(few)[-1, 0])
    # The palette takes white for almost white, and a picture would stand out from its page.
    palette[3 * paper : 3 * paper + 3] = [255, 255, 255]
    few.putpalette(palette)
    file = io.BytesIO()
    few.save(file, "PNG", compress_level=_COMPRESSION, dpi=(DPI, DPI))
    return file.getvalue()
