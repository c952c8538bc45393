"""Which district a place lies in."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from servicecircle.analysis.crs import same_crs

OUTSIDE = "outside"


def district_of(points: pd.DataFrame, districts: gpd.GeoDataFrame, name: str) -> pd.Series:
    """Return the id of the district each point lies in, `OUTSIDE` where in none.

    Of overlapping districts the first in the table counts; a point on a border belongs to the first
    district it touches.

    Raises
    ------
    CRSError
        If the two layers are not in one metric CRS.
    """
    if not isinstance(points, gpd.GeoDataFrame):
        msg = f"{name} has no geometry, so it cannot be told by district."
        raise TypeError(msg)
    same_crs(points, name, districts.crs, "districts")
    tree = shapely.STRtree(districts.geometry.to_numpy())
    point, district = tree.query(points.geometry.to_numpy(), predicate="intersects")
    first = np.full(len(points), len(districts))
    np.minimum.at(first, point, district)
    ids = np.append(districts.index.to_numpy(dtype=object), OUTSIDE)
    return pd.Series(ids[first], index=points.index, name="district")
