"""Which district a place lies in."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from servicecircle.analysis.crs import same_crs
from servicecircle.errors import SchemaError

OUTSIDE = "outside"


def district_of(points: pd.DataFrame, districts: gpd.GeoDataFrame, name: str) -> pd.Series:
    """Return the id of the district each point lies in, `OUTSIDE` where in none.

    Of overlapping districts the first in the table counts; a point on a border belongs to the first
    district it touches.

    Raises
    ------
    SchemaError
        If the points have no geometry.
    CRSError
        If the two layers are not in one metric CRS.
    """
    if not isinstance(points, gpd.GeoDataFrame):
        raise SchemaError(f"{name} has no geometry, so it cannot be told by district.")
    same_crs(points, name, districts.crs, "districts")
    # The tree holds the points and is asked with the few polygons, each prepared once: far quicker than the other way.
    district, point = shapely.STRtree(points.geometry.to_numpy()).query(
        districts.geometry.to_numpy(), predicate="intersects"
    )
    first = np.full(len(points), len(districts))
    np.minimum.at(first, point, district)
    ids = np.append(districts.index.to_numpy(dtype=object), OUTSIDE)
    return pd.Series(ids[first], index=points.index, name="district")
