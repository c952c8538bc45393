"""`read_barriers`: walls, building sites and floods that shut streets."""

from pathlib import Path

import geopandas as gpd
import pandas as pd

from servicecircle.errors import DataSourceError
from servicecircle.inputs.crs import CRSLike, to_metric
from servicecircle.inputs.datum import checked_datum, shifted
from servicecircle.inputs.issues import RowIssue, report
from servicecircle.inputs.layers import DRIVERS, is_vector, read_layer
from servicecircle.inputs.paths import checked_path


def read_barriers(
    file: str | Path,
    *,
    datum: str = "wgs84",
    crs: CRSLike | None = None,
    issues: list[RowIssue] | None = None,
) -> gpd.GeoDataFrame:
    """Read points, lines and polygons that shut streets, for `shut_streets`.

    Parameters
    ----------
    file
        A vector file; its features may be of all three kinds.
    datum
        What the coordinates are in, as in `read_centers`.
    crs
        Metric CRS to project to, that of the streets.
    issues
        List that receives the features without geometry; without one it is logged.

    Returns
    -------
    gpd.GeoDataFrame
        Index ``id``: the number of the row, as text; columns as they are.

    Raises
    ------
    DataSourceError, InputError, CRSError
        If the file is missing, damaged or no vector file, holds no feature, or has no CRS.
    """
    path = checked_path(file)
    if not is_vector(path):
        raise DataSourceError(f"{path.name}: unknown kind of file. Use one of {' '.join(DRIVERS)}")
    found: list[RowIssue] = []
    layer = shifted(read_layer(path, ("point", "line", "polygon"), found), checked_datum(datum))
    layer = to_metric(layer, crs, name=path.name)
    report(issues, found)
    return layer.set_axis(pd.Index(layer.index.astype(str), name="id"))
