"""Places and the districts they lie in, and where the borders of districts do not fit.

Districts drawn one by one overlap here and leave slivers there: who lives in an overlap could count twice, who lives
in a sliver in no district at all. Both are found by their area, and by the people in them.
"""

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from servicecircle.inputs.crs import utm_zone
from servicecircle.inputs.issues import Action, Phrase, RowIssue, issue, phrase

#: Ground between districts is a sliver up to this width, metres. Wider ground is a river or none of theirs.
SLIVER_M = 50.0
#: Share of the smaller area that may lie inside another.
MAX_OVERLAP = 0.001
#: What lies closer than this touches, metres.
_TOUCH_M = 0.01
#: How the weight of places is told; floor area is no number of people.
WEIGHT, FLOOR = "weight {0}", "{0} m2 of floor area"


class Misfit(NamedTuple):
    """Ground that two districts share, or leave between them: their positions, its shape and its area in m2."""

    first: int
    second: int
    shape: shapely.Geometry
    area: float


def overlaps(districts: gpd.GeoDataFrame) -> list[Misfit]:
    """Return the ground that pairs of districts share; their CRS measures in metres."""
    shapes = districts.geometry.to_numpy()
    first, second = shapely.STRtree(shapes).query(shapes)
    # Most meet along the same corners, which is seen sooner than that they share no ground.
    fits = shapely.is_empty(shapely.coverage_invalid_edges(shapes)) & ~districts.geom_type.eq("GeometryCollection")
    fits = fits.to_numpy()
    other = (first < second) & ~(fits[first] & fits[second])
    first, second = first[other], second[other]
    shared = shapely.intersection(shapes[first], shapes[second])
    areas = shapely.area(shared)
    rows = zip(first.tolist(), second.tolist(), shared, areas.tolist(), strict=True)
    return [Misfit(*row) for row in rows if row[3] > 0]


def slivers(districts: gpd.GeoDataFrame) -> list[Misfit]:
    """Return the ground up to `SLIVER_M` wide between pairs of districts; their CRS measures in metres."""
    shapes = districts.geometry.to_numpy()
    if len(shapes) < 2:
        return []
    whole = shapely.union_all(shapes)
    # Sharp corners come back as they were, so that only what is narrow is closed.
    wider = shapely.buffer(whole, SLIVER_M / 2, join_style="mitre", cap_style="square")
    closed = shapely.buffer(wider, -SLIVER_M / 2, join_style="mitre", cap_style="square")
    narrow = shapely.get_parts(shapely.difference(closed, whole))
    part, near = shapely.STRtree(shapes).query(narrow, predicate="dwithin", distance=_TOUCH_M)
    touching = pd.Series(near).groupby(part).agg(sorted)
    pairs: dict[tuple[int, int], list[shapely.Geometry]] = {}
    for at, both in touching[touching.map(len) > 1].items():
        pairs.setdefault((both[0], both[1]), []).append(narrow[at])
    joined = {pair: shapely.multipolygons(parts) for pair, parts in pairs.items()}
    return [Misfit(first, second, shape, float(shape.area)) for (first, second), shape in joined.items()]


def people_twice(areas: gpd.GeoDataFrame, weight: "pd.Series[float]", file: str) -> list[RowIssue]:
    """Return the areas of people that overlap, and how many would then be counted twice.

    People are taken to live evenly over their area; of both, the smaller number counts.

    Parameters
    ----------
    areas
        In a CRS that measures in metres, indexed by row.
    weight
        People of the rows.
    """
    size, people, rows = areas.area.to_numpy(), weight.reindex(areas.index).fillna(0.0).to_numpy(), areas.index
    found = []
    for one in overlaps(areas):
        shares = one.area / size[one.first], one.area / size[one.second]
        if max(shares) > MAX_OVERLAP:
            twice = min(people[one.first] * shares[0], people[one.second] * shares[1])
            share = phrase("{0} with row {1}", f"{max(shares):.1%}", rows[one.first])
            value = share, phrase("{0}", area_text(one.area)), phrase(WEIGHT, f"{twice:.6g}")
            found.append(issue(file, int(rows[one.second]), "geometry", value, "people_twice", "doubted"))
    return found


def area_text(area: float) -> str:
    """Return square metres as text, large ones as square kilometres."""
    return f"{area:.0f} m2" if area < 1e5 else f"{area / 1e6:.2f} km2"


def inside(
    points: gpd.GeoDataFrame, districts: gpd.GeoDataFrame, file: str, found: list[RowIssue], *, told: str = WEIGHT
) -> gpd.GeoDataFrame:
    """Keep the points in any district; `found` receives who is left out, and who lives where borders do not fit.

    Their weight is `told` as the pattern says.
    """
    area = districts.to_crs(points.crs).union_all()
    shapely.prepare(area)
    xy = shapely.get_coordinates(points.geometry.to_numpy())
    within = shapely.intersects_xy(area, xy[:, 0], xy[:, 1])
    if not within.all():
        value = _counted(points["weight"].to_numpy()[~within], told)
        found.append(issue(file, 0, "geometry", value, "outside_districts", "left out"))
    metric = districts.to_crs(utm_zone(districts)) if districts.crs.is_geographic else districts
    found += _people(points[~within], metric, slivers(metric), "people_in_sliver", file, told)
    found += _people(points[within], metric, overlaps(metric), "people_in_overlap", file, told)
    return points[within]


def _people(
    points: gpd.GeoDataFrame,
    districts: gpd.GeoDataFrame,
    misfits: list[Misfit],
    problem: str,
    file: str,
    told: str,
) -> list[RowIssue]:
    """Count the people on ground that does not fit."""
    if not misfits or not len(points):
        return []
    xy = shapely.get_coordinates(points.geometry.to_crs(districts.crs).to_numpy())
    called = [str(name) for name in districts.get("name", districts.index)]
    weight = points["weight"].to_numpy()
    out = []
    for one in misfits:
        shapely.prepare(one.shape)
        there = shapely.contains_xy(one.shape, xy[:, 0], xy[:, 1])
        if weight[there].sum() > 0:
            names = phrase("{0}", f"{called[one.first]} / {called[one.second]}")
            value = *_counted(weight[there], told), names, phrase("{0}", area_text(one.area))
            action: Action = "doubted" if problem == "people_in_overlap" else "left out"
            out.append(issue(file, 0, "geometry", value, problem, action))
    return out


def _counted(weight: npt.NDArray[np.float64], told: str) -> tuple[Phrase, Phrase]:
    return phrase("{0} places", len(weight)), phrase(told, f"{weight.sum():.6g}")
