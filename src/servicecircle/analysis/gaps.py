"""Gaps: contiguous areas of people outside the limit."""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from servicecircle.analysis.coverage import Coverage
from servicecircle.analysis.districts import OUTSIDE, district_of
from servicecircle.errors import SchemaError, checked_kind, checked_number
from servicecircle.inputs.columns import check_layer
from servicecircle.inputs.crs import metric_crs

COLUMNS = (
    "weight",
    "share",
    "walk_min",
    "mean_walk_min",
    "nearest",
    "district",
    "too_far",
    "unreachable",
    "off_network",
)
_CELL_RANGE_M = (100.0, 600.0)


def gaps(
    coverage: Coverage, *, districts: gpd.GeoDataFrame | None = None, cell_m: float | None = None
) -> gpd.GeoDataFrame:
    """Group everyone outside the limit into contiguous areas, ranked by people.

    Uncovered demand is laid on a grid; cells that touch, also at a corner, make one gap. Every
    uncovered person is in exactly one gap, so that the weights add up to all people outside the limit.

    Parameters
    ----------
    coverage
        Demand judged against the limit, with point geometry in a metric CRS.
    districts
        Polygons with ``name``; without them the column ``district`` is None.
    cell_m
        Side of a grid cell, metres. By default one and a half times the usual distance between
        neighbouring demand points, at least 100 and at most 600.

    Returns
    -------
    geopandas.GeoDataFrame
        Index ``id`` ("G1" is the largest). ``weight`` (people outside the limit), ``share`` (of all
        people of the demand table), ``walk_min`` (the longest walk of those who can walk to a center,
        ``inf`` if nobody can), ``mean_walk_min`` (theirs, by people), ``nearest`` (the center that is
        nearest to most of them, None if none), ``district`` (name of the one most live in), the people
        by reason, and the Polygon. ``attrs["cell_m"]`` is the side of the cells.

    Raises
    ------
    SchemaError
        If the demand has no geometry.
    CRSError, InputError
        If the layers are not in one metric CRS, or `cell_m` is not above 0.
    """
    checked_kind("coverage", coverage, Coverage)
    if districts is not None:
        check_layer("districts", districts, "name")
    if not isinstance(coverage.demand, gpd.GeoDataFrame):
        raise SchemaError("demand has no geometry, so its gaps have no place. Compute it with travel_times.")
    if cell_m is not None:
        checked_number("cell_m", cell_m, "metres above 0", above=True)
    metric_crs(coverage.demand, "demand")
    side = cell_m or usual_cell_m(coverage.demand)
    left_out = coverage.demand[~coverage.demand["covered"] & (coverage.demand["weight"] > 0)]
    label, cells, cell_label = _contiguous(shapely.get_coordinates(left_out.geometry.to_numpy()), side)
    table = _figures(left_out, label, coverage.total, districts)
    order = np.argsort(-table["weight"].to_numpy(), kind="stable")
    shapes = [_shape(cells[cell_label == number], side) for number in order]
    ranked = gpd.GeoDataFrame(
        table.iloc[order], geometry=gpd.GeoSeries(shapes, crs=coverage.demand.crs).to_numpy(), crs=coverage.demand.crs
    )
    ranked.attrs["cell_m"] = side  # a map that draws other gaps than these takes the same cells
    ranked.index = pd.Index([f"G{rank}" for rank in range(1, len(ranked) + 1)], name="id", dtype=object)
    return ranked


def usual_cell_m(demand: gpd.GeoDataFrame) -> float:
    """Return the side of a cell that bridges the usual distance between neighbouring demand points, metres."""
    places = np.unique(shapely.get_coordinates(demand.geometry.to_numpy()), axis=0)
    if len(places) < 2:
        return _CELL_RANGE_M[0]
    away, _ = cKDTree(places).query(places, k=[2])  # the nearest is the place itself
    spacing = np.median(away)
    return float(np.clip(1.5 * spacing, *_CELL_RANGE_M))


def _contiguous(
    xy: npt.NDArray[np.float64], side: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Label of each point, the occupied cells, and their labels; labels follow the place of the cells."""
    cells, of_point = np.unique(np.floor(xy / side).astype(np.int64), axis=0, return_inverse=True)
    if not len(cells):
        return np.empty(0, dtype=np.int64), cells, np.empty(0, dtype=np.int64)
    touching = cKDTree(cells).query_pairs(1.5, output_type="ndarray")
    links = sparse.coo_array((np.ones(len(touching), dtype=np.int8), tuple(touching.T)), shape=(len(cells),) * 2)
    cell_label = connected_components(links, directed=False)[1].astype(np.int64)
    return cell_label[of_point.ravel()], cells, cell_label


def _figures(
    people: gpd.GeoDataFrame, label: npt.NDArray[np.int64], total: float, districts: gpd.GeoDataFrame | None
) -> pd.DataFrame:
    """One row of figures for each gap, in the order of the labels."""
    weight, walk = people["weight"], people["walk_min"]
    walkers = np.isfinite(walk)
    table = pd.DataFrame({"weight": weight.groupby(label).sum()})
    table["share"] = table["weight"] / total if total > 0 else np.nan
    table["walk_min"] = walk[walkers].groupby(label[walkers]).max().reindex(table.index).fillna(np.inf)
    person_minutes = (walk[walkers] * weight[walkers]).groupby(label[walkers]).sum().reindex(table.index)
    counted = weight[walkers].groupby(label[walkers]).sum().reindex(table.index)
    table["mean_walk_min"] = (person_minutes / counted).fillna(np.inf)
    table["nearest"] = _most(people["nearest"], weight, label, table.index)
    home = None if districts is None else _district_names(people, districts)
    table["district"] = None if home is None else _most(home, weight, label, table.index)
    for reason in ("too_far", "unreachable", "off_network"):
        table[reason] = weight.where(people["reason"] == reason, 0.0).groupby(label).sum()
    return table[list(COLUMNS)]


def _district_names(people: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> pd.Series:
    home = district_of(people, districts, "demand")
    return home.where(home != OUTSIDE).map(districts["name"])


def _most(values: pd.Series, weight: pd.Series, label: npt.NDArray[np.int64], labels: pd.Index) -> pd.Series:
    """Return the value most people of each label have; of equals the first in the alphabet; None where none has one."""
    known = values.notna().to_numpy()
    counted = pd.DataFrame(
        {"label": label[known], "value": values[known].to_numpy(), "people": weight[known].to_numpy()}
    )
    summed = counted.groupby(["label", "value"])["people"].sum().reset_index()
    ranked = summed.sort_values(["label", "people", "value"], ascending=[True, False, True]).drop_duplicates("label")
    found = dict(zip(ranked["label"], ranked["value"], strict=True))
    return pd.Series([found.get(number) for number in labels], index=labels, dtype=object)


def _shape(cells: npt.NDArray[np.int64], side: float) -> shapely.Polygon:
    """Squares of the cells as one polygon; a rounded rim joins cells that meet at a corner."""
    squares = shapely.box(*(cells * side).T, *((cells + 1) * side).T)
    return shapely.union_all(squares).buffer(side / 4, quad_segs=2)
