"""The door check of every analysis: one metric CRS, or a clear error."""

import geopandas as gpd
from pyproj import CRS

from servicecircle.errors import CRSError
from servicecircle.inputs.crs import metric_crs


def same_crs(layer: gpd.GeoDataFrame, name: str, other: CRS | None, other_name: str) -> CRS:
    """Return the CRS of `layer`, or raise `CRSError` unless it is metric and equals `other`."""
    crs = metric_crs(layer, name)
    if other is None or CRS(other) != crs:
        found = "no CRS" if other is None else CRS(other).to_string()
        how = "set_crs(...)" if other is None else f"to_crs({name}.crs)"
        msg = f"{name} is in {crs.to_string()}, {other_name} in {found}. Type {other_name} = {other_name}.{how}"
        raise CRSError(msg)
    return crs
