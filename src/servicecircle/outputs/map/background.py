"""`MapBackground`: what a map shows beneath its results, so that one sees where one is."""

from dataclasses import dataclass

import geopandas as gpd

from servicecircle.network.walk import WalkNetwork
from servicecircle.outputs.map.base_map import BaseMap


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MapBackground:
    """The places around the results of a map.

    Attributes
    ----------
    streets
        The network whose streets are drawn.
    districts
        Polygons with ``name``: outlines and the district table.
    water
        Polygons, as `read_water` returns them.
    tiles
        Tiles of a map server behind everything; by default none, and no server is asked.
    """

    streets: WalkNetwork | None = None
    districts: gpd.GeoDataFrame | None = None
    water: gpd.GeoDataFrame | None = None
    tiles: BaseMap | None = None
