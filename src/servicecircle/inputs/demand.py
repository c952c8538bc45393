"""`read_demand`: where people live."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from servicecircle.errors import InputError, SchemaError, checked_number
from servicecircle.inputs.borders import FLOOR, inside, people_twice
from servicecircle.inputs.buildings import building_floors
from servicecircle.inputs.columns import ALIASES, found_columns, numbers, text_ids
from servicecircle.inputs.crs import CRSLike, to_metric
from servicecircle.inputs.datum import Source, checked_source, shifted
from servicecircle.inputs.issues import RowIssue, issue, phrase, report
from servicecircle.inputs.osm_file import is_osm
from servicecircle.inputs.paths import checked_path
from servicecircle.inputs.points import read_points, with_our_names
from servicecircle.inputs.raster import is_raster, raster_cells

#: More people than this in one place are a mistake, and sums of such numbers overflow.
MAX_PEOPLE = 1e12


def read_demand(
    file: str | Path,
    *,
    weight: str | None = None,
    datum: str = "wgs84",
    districts: gpd.GeoDataFrame | None = None,
    total: float | None = None,
    buildings: bool = False,
    crs: CRSLike | None = None,
    issues: list[RowIssue] | None = None,
) -> gpd.GeoDataFrame:
    """Read where people live, as points with a ``weight``.

    Parameters
    ----------
    file
        CSV or XLSX with longitude, latitude and people; a vector file of points or polygons; a population
        raster (GeoTIFF); or with `buildings` an OpenStreetMap file.
    weight
        Column that holds the people; by default the first of the usual ones.
    datum
        What the coordinates are in: ``wgs84``, ``cgcs2000``, ``gcj02`` or ``bd09``.
    districts
        Areas to stay within: places outside are left out and counted.
    total
        People that the weights are scaled to.
    buildings
        Estimate people from residential floor area; always say that it is an estimate.
    crs
        Metric CRS to project to; by default the file's own if metric, else its UTM zone.
    issues
        List that receives what was left out, repaired or doubted; without one it is logged.

    Returns
    -------
    gpd.GeoDataFrame
        Index ``id``; ``weight`` (people, or m2 of floor for buildings without `total`).

    Raises
    ------
    DataSourceError
        If the file is missing, empty, damaged or of another format.
    SchemaError
        If there is no column for the coordinates or the people.
    InputError
        If a cell cannot be what its column says, a weight is negative, or no place is left.
    CRSError
        If a layer or raster has no CRS, or `crs` is not metric there.
    """
    if total is not None:
        checked_number("total", total, "a number of people, at least 0")
    path = checked_path(file)
    shift = checked_source(datum)
    found: list[RowIssue] = []
    if is_osm(path):
        if not buildings:
            raise InputError(
                f"{path.name}: an OpenStreetMap file holds no people. Say buildings=True to estimate them."
            )
        demand = building_floors(path)
        demand = demand if districts is None else inside(demand, districts, path.name, found, told=FLOOR)
        what = phrase("floor area in m2")
        if total is not None:
            what = phrase("floor area scaled to {0} people", f"{total:.10g}")
        found.append(issue(path.name, 0, "weight", (what,), "estimated_from_buildings", "doubted"))
    elif is_raster(path):
        demand = shifted(raster_cells(path, districts, found), shift)
    else:
        demand = _weighted_points(path, weight, shift, found)
        demand = demand if districts is None else inside(demand, districts, path.name, found)
    if not len(demand):
        raise InputError(f"{path.name}: no place lies in any district. Check that both are of one city and one datum.")
    if not demand["weight"].any():
        found.append(issue(path.name, 0, "weight", (phrase("0 in {0} places", len(demand)),), "no_people", "doubted"))
    demand = to_metric(_scaled(demand, total, path.name), crs, name=path.name)
    report(issues, found)
    return demand


def _weighted_points(path: Path, weight: str | None, datum: Source, found: list[RowIssue]) -> gpd.GeoDataFrame:
    areas: list[gpd.GeoDataFrame] = []
    points, matched = read_points(path, {"id": None, "name": None, "weight": weight}, datum, found, areas=areas)
    if "weight" not in matched:
        raise SchemaError(
            f"{path.name} has no column for people: {found_columns(points)}; expected one of "
            f"{', '.join(ALIASES['weight'])}. Rename it, or name it with weight=..."
        )
    ids = text_ids(points, matched.get("id"), path.name)
    people = numbers(
        points,
        matched["weight"],
        file=path.name,
        low=0,
        high=MAX_PEOPLE,
        expected=f"a number of people, at least 0 and at most {MAX_PEOPLE:.0e}",
    )
    known = np.isfinite(people)
    rows = points.index[~known]
    found += [issue(path.name, int(row), matched["weight"], "", "missing_weight", "left out") for row in rows]
    for shapes in areas:
        found += people_twice(shapes, pd.Series(people, index=points.index), path.name)
    if not known.any():
        raise InputError(f"{path.name}: no row has a number in the column {matched['weight']}. Fill it.")
    points = points.assign(**{matched["weight"]: people})
    return with_our_names(points, matched).set_axis(ids)[known]


def _scaled(demand: gpd.GeoDataFrame, total: float | None, file: str) -> gpd.GeoDataFrame:
    if total is None:
        return demand
    held = float(demand["weight"].sum())
    if held <= 0:
        raise InputError(f"{file}: all weights are 0, so they cannot be scaled to {total:.10g}.")
    return demand.assign(weight=demand["weight"] * (total / held))
