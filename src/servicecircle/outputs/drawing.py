"""What all pictures have in common: ink, size, and how a drawing becomes a file."""

import io
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK = "#2b2b2b"
DPI = 150
#: A map has few colours, and the report that holds it travels by e-mail: a palette makes it four times smaller.
_COLORS = 256


def halo(width: float = 2.5) -> list[Any]:
    """Return the white edge that keeps words readable on a map."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=width, foreground="white")]


def png(figure: "Figure") -> bytes:
    """Return a drawing as PNG with a palette; the bytes depend on the picture alone."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = Image.fromarray(np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[:, :, :3]))  # type: ignore[no-untyped-call]
    file = io.BytesIO()
    few = pixels.quantize(_COLORS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(file, "PNG", optimize=True, dpi=(DPI, DPI))
    return file.getvalue()
