"""`read_streets`: a file of streets becomes a table of walkable segments."""

from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from servicecircle.errors import DataSourceError, InputError
from servicecircle.inputs.crs import CRSLike, to_metric
from servicecircle.inputs.graphml import graphml_lines
from servicecircle.inputs.issues import Phrase, RowIssue, issue, phrase, report
from servicecircle.inputs.layers import DRIVERS, is_vector, read_layer
from servicecircle.inputs.lengths import geodesic_lengths
from servicecircle.inputs.noding import maybe_not_noded, node_streets
from servicecircle.inputs.osm_file import FORMATS, is_osm
from servicecircle.inputs.osm_streets import not_walkable, osm_streets
from servicecircle.inputs.paths import checked_path
from servicecircle.inputs.splitting import number_within
from servicecircle.inputs.walkable import main_highway, walkable

#: Junction ids are believed when each stands at one place, to within this many metres.
_ID_TOLERANCE_M = 0.1


def read_streets(
    file: str | Path,
    *,
    crs: CRSLike | None = None,
    noding: Literal["endpoints", "crossings"] = "endpoints",
    keep_z: bool = False,
    issues: list[RowIssue] | None = None,
) -> gpd.GeoDataFrame:
    """Read the streets one can walk along, one LineString row per segment.

    Ways that cannot be walked (see `servicecircle.inputs.walkable`) are left out and counted in `issues`.

    Parameters
    ----------
    file
        OpenStreetMap (``.osm.pbf``, ``.osm``, ``.osm.gz``, ``.osm.bz2``), GraphML as osmnx writes it, or
        lines in ``.gpkg``, ``.shp``, ``.geojson``, ``.json``, ``.fgb`` or ``.parquet``.
    crs
        Metric CRS to project to; by default the file's own if metric, else its UTM zone.
    noding
        What joins plain lines: ``"endpoints"``, shared end points; ``"crossings"``, also where lines cross or
        touch at the same layer, bridges and tunnels excepted (see `node_streets`). OpenStreetMap and
        graph files say themselves what joins.
    keep_z
        Keep the heights of lines that have them, for ``WalkNetwork.from_streets(..., elevation="z")``.
    issues
        List that receives what was left out or doubted; without one it is logged.

    Returns
    -------
    gpd.GeoDataFrame
        Text index ``id``; ``length_m`` (geodesic metres), tags of the file, and where the file knows its
        junctions ``u`` and ``v``, their ids at the start and end of each line.

    Raises
    ------
    DataSourceError
        If the file is missing, empty, damaged, cut off, or not what its name says.
    CRSError
        If the lines have no CRS, or `crs` is not metric there.
    InputError
        If no walkable line is left, or an option is unknown.
    """
    if noding not in {"endpoints", "crossings"}:
        raise InputError(f'noding: found {noding!r}, expected "endpoints" or "crossings".')
    path = checked_path(file)
    if keep_z and (noding == "crossings" or not is_vector(path)):
        raise InputError(
            f"{path.name}: heights are kept only of lines that meet at shared end points, in one of "
            f"{' '.join(DRIVERS)}. Use a terrain raster."
        )
    found: list[RowIssue] = []
    if is_osm(path):
        lines = osm_streets(path, crs, found)
    else:
        lines = tidy_lines(_read_lines(path, found, keep_z=keep_z), path.name, crs, found)
    if noding == "crossings":
        lines = node_streets(lines)
    elif "u" not in lines and maybe_not_noded(lines):
        advice = phrase('try noding="crossings"')
        found.append(issue(path.name, 0, "geometry", (advice,), "maybe_not_noded", "doubted"))
    report(issues, found)
    return lines


def tidy_lines(lines: gpd.GeoDataFrame, file: str, crs: CRSLike | None, found: list[RowIssue]) -> gpd.GeoDataFrame:
    """Make a table of streets of lines indexed by row: walkable, each once, with text ids, measured, metric.

    Raises
    ------
    InputError
        If no line can be walked.
    CRSError
        If `crs` is not metric at the place of the lines.
    """
    lines = _without_points(_measured(_walkable_lines(lines, file, found), crs, file), file, found)
    if not len(lines):
        raise InputError(f"{file} holds no street that can be walked. Check the highway column and the layer.")
    return _checked_ends(lines, file, found)


def _read_lines(path: Path, found: list[RowIssue], *, keep_z: bool) -> gpd.GeoDataFrame:
    """Return single lines indexed by row, in the file's CRS."""
    if path.suffix.lower() == ".graphml":
        return graphml_lines(path)
    if is_vector(path):
        return read_layer(path, ("line",), found, keep_z=keep_z).explode()
    endings = " ".join([*FORMATS, ".graphml", *DRIVERS])
    raise DataSourceError(f"{path.name}: unknown kind of street file. Use one of {endings}")


def _measured(lines: gpd.GeoDataFrame, crs: CRSLike | None, file: str) -> gpd.GeoDataFrame:
    return to_metric(lines.assign(length_m=geodesic_lengths(lines.geometry.to_numpy(), lines.crs)), crs, name=file)


def _walkable_lines(lines: gpd.GeoDataFrame, file: str, found: list[RowIssue]) -> gpd.GeoDataFrame:
    """Keep what can be walked, each line once, with text ids: the row, and the part of a multi-part line."""
    if "highway" in lines:
        keep = walkable(lines)
        found += not_walkable(file, main_highway(lines[~keep]))
        lines = lines[keep].assign(highway=main_highway(lines[keep]))
    else:
        said = phrase("all lines count as walkable")
        found.append(issue(file, 0, "highway", (said,), "no_highway_column", "doubted"))
    shape = pd.Series(shapely.to_wkb(shapely.normalize(lines.geometry.to_numpy())), dtype=object)
    twice = shape.duplicated().to_numpy()
    if twice.any():
        value = phrase("{0} lines", twice.sum())
        found.append(issue(file, 0, "geometry", (value,), "duplicate_lines", "left out"))
    row = lines.index.to_numpy(dtype=np.int64)
    parts = pd.Series(row).duplicated(keep=False).to_numpy()
    names = [f"{i}-{k}" if several else str(i) for i, k, several in zip(row, number_within(row), parts, strict=True)]
    lines = lines.set_axis(pd.Index(names, name="id")).drop(columns=["id"], errors="ignore")
    return lines[~twice]


def _without_points(lines: gpd.GeoDataFrame, file: str, found: list[RowIssue]) -> gpd.GeoDataFrame:
    """Leave out lines that lead nowhere."""
    points = (lines["length_m"] <= 0).to_numpy()
    if points.any():
        value = phrase("{0} lines", points.sum())
        found.append(issue(file, 0, "geometry", (value,), "zero_length", "left out"))
    return lines[~points]


def _checked_ends(lines: gpd.GeoDataFrame, file: str, found: list[RowIssue]) -> gpd.GeoDataFrame:
    """Keep the junction ids ``u`` and ``v`` as text if they can be believed, else drop them."""
    if "u" not in lines or "v" not in lines:
        return lines.drop(columns=["u", "v"], errors="ignore")
    reason = _doubtful_ends(lines)
    if reason:
        found.append(issue(file, 0, "u, v", (reason,), "junction_ids_dropped", "doubted"))
        return lines.drop(columns=["u", "v"])
    return lines.assign(u=_id_texts(lines["u"]), v=_id_texts(lines["v"]))


def _doubtful_ends(lines: gpd.GeoDataFrame) -> Phrase | None:
    """Say why the junction ids cannot be believed; None if they can.

    Each id must stand at one place. Most places must have one id, too: numbers that only count the
    lines would leave no street joined to another.
    """
    if lines[["u", "v"]].isna().to_numpy().any():
        return phrase("some are missing")
    shapes = lines.geometry.to_numpy()
    ends = np.concatenate([shapely.get_coordinates(shapely.get_point(shapes, at)) for at in (0, -1)])
    ids = np.concatenate([_id_texts(lines["u"]), _id_texts(lines["v"])])
    table = pd.DataFrame({"id": ids, "x": ends[:, 0], "y": ends[:, 1]})
    spread = table.groupby("id")[["x", "y"]].agg(["min", "max"])
    wide = [spread[axis]["max"] - spread[axis]["min"] > _ID_TOLERANCE_M for axis in ("x", "y")]
    astray = int((wide[0] | wide[1]).sum())
    if astray:
        return phrase("{0} ids stand at more than one place", astray)
    places = table[["x", "y"]].round(2).drop_duplicates()
    if len(spread) > 1.05 * len(places):
        return phrase("{0} ids for {1} places", len(spread), len(places))
    return None


def _id_texts(column: "pd.Series[Any]") -> npt.NDArray[np.object_]:
    """Return ids as text; whole numbers that were stored with a decimal point lose it."""
    if pd.api.types.is_float_dtype(column) and (column % 1 == 0).all():
        column = column.astype(np.int64)
    return column.astype(str).to_numpy(dtype=object)
