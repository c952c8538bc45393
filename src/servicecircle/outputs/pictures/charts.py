"""Drawn plots of the report: coverage by the length of the walk, and by district."""

import numpy as np

from servicecircle.outputs.map.layers import REASON_COLORS
from servicecircle.outputs.pictures.drawing import DPI, INK, png
from servicecircle.outputs.pictures.fonts import lettering
from servicecircle.outputs.result import StudyResult
from servicecircle.outputs.rows import DistrictRow, Figures
from servicecircle.outputs.texts import percent, text, wide

CURVE_COLOR = "#2a788e"
REST_COLOR = "#dfe5e8"
#: More bars than this would not fit on a page; the tables hold them all.
BARS = 30


def curve_picture(result: StudyResult, found: Figures) -> bytes:
    """Draw the share of people by the walk to their nearest center as PNG."""
    from matplotlib.figure import Figure

    letters = lettering()
    figure = Figure(figsize=(7.2, 2.7), dpi=DPI, facecolor="white")
    axes = figure.add_axes((0.1, 0.19, 0.88, 0.76))
    minutes, shares = np.array(found.curve).reshape(-1, 2).T
    axes.fill_between(minutes, shares, step="post", color=CURVE_COLOR, alpha=0.15, linewidth=0)
    axes.plot(minutes, shares, drawstyle="steps-post", color=CURVE_COLOR, linewidth=2)
    axes.axvline(result.limit, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    for within in found.by_minutes:
        if within.share is not None:
            axes.plot([within.minutes], [within.share], "o", color=CURVE_COLOR, markeredgecolor="white", clip_on=False)
            # Below the curve, or above it where the axis is near.
            offset = (7, -10) if within.share > 0.12 else (0, 8)
            axes.annotate(
                percent(within.share, "zh"),
                (within.minutes, within.share),
                xytext=offset,
                textcoords="offset points",
                fontproperties=letters.sized(8.5),
                color=INK,
            )
    axes.set(xlim=(0, 2 * result.limit), ylim=(0, 1), yticks=[0, 0.25, 0.5, 0.75, 1])
    axes.set_yticklabels(["0%", "25%", "50%", "75%", "100%"])
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    language = letters.language(result.language)
    axes.set_xlabel(text("axis_minutes", language), fontproperties=letters.sized(9), color=INK)
    axes.set_ylabel(text("axis_share", language), fontproperties=letters.sized(9), color=INK)
    axes.tick_params(labelsize=8, color="#999999", labelcolor=INK, labelfontfamily=letters.font.get_family())
    return png(figure)


def district_picture(result: StudyResult, rows: tuple[DistrictRow, ...]) -> bytes | None:
    """Draw the share covered of each district as bars, the lowest share first, as PNG.

    None where there are not two that have people.
    """
    from matplotlib.figure import Figure

    letters = lettering()
    ranked = sorted((row for row in rows if row.people.share is not None), key=_share)[:BARS]
    if len(ranked) < 2:
        return None
    outside = text("outside", letters.language(result.language))
    names = [letters.fit(row.called(outside), row.id) for row in ranked]
    height = 0.26 * len(ranked) + 0.55
    figure = Figure(figsize=(7.2, height), dpi=DPI, facecolor="white")
    # The room that the longest name takes; a Chinese letter takes that of two.
    letters_wide = max(wide(name) for name in names)
    left = min(0.02 + 0.0105 * letters_wide, 0.4)
    axes = figure.add_axes((left, 0.42 / height, 0.93 - left, 1 - 0.47 / height))
    places, shares = list(range(len(ranked))), [_share(row) for row in ranked]
    axes.barh(places, 1.0, height=0.62, color=REST_COLOR)
    axes.barh(places, shares, height=0.62, color=REASON_COLORS["covered"])
    for place, share, name in zip(places, shares, names, strict=True):
        font = letters.sized(8.5)
        axes.text(1.01, place, percent(share, "zh"), va="center", fontproperties=font, color=INK)
        axes.text(-0.012, place, name, va="center", ha="right", fontproperties=font, color=INK, parse_math=False)
    axes.set(xlim=(0, 1), ylim=(len(ranked) - 0.5, -0.5), xticks=[0, 0.25, 0.5, 0.75, 1], yticks=[])
    axes.set_xticklabels(["0%", "25%", "50%", "75%", "100%"])
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color("#999999")
    axes.tick_params(labelsize=8, color="#999999", labelcolor=INK, labelfontfamily=letters.font.get_family())
    axes.set_xlabel(text("axis_share", letters.language(result.language)), fontproperties=letters.sized(9), color=INK)
    return png(figure)


def _share(row: DistrictRow) -> float:
    return row.people.share or 0.0
