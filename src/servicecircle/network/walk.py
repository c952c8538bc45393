"""`WalkNetwork`: streets that can be walked, numbered for the search."""

from dataclasses import dataclass, replace
from types import NoneType
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS
from scipy import sparse

from servicecircle.errors import checked_kind, checked_number
from servicecircle.inputs.columns import check_layer, check_unique_ids
from servicecircle.inputs.crs import metric_crs
from servicecircle.inputs.elevation import Elevation
from servicecircle.network.connections import components, search_graph
from servicecircle.network.junctions import JunctionGrid, join_ends
from servicecircle.network.profile import WalkProfile
from servicecircle.network.slope import slope_factors
from servicecircle.network.snapping import SnapIndex, Snapped, snap_index
from servicecircle.network.tables import end_labels, line_vertices, point_places, segment_lengths, segment_names

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WalkNetwork:
    """A walking network: street segments between junctions.

    Segments and junctions are numbered by place, not by the order of the table they came from, so
    that results do not depend on it. All arrays are read-only.

    Attributes
    ----------
    crs
        Metric CRS of all coordinates.
    profile
        Who walks.
    slope
        Where the heights come from: the name of a raster, "z" for the lines themselves, "" for level streets.
    ids, names
        Id and street name of each segment (the name is an empty text where there is none).
    start, end
        Junction numbers at both ends of each segment.
    forward_min, backward_min
        Impedance: minutes from start to end, and from end to start.
    length_m
        Geodesic length of each segment.
    xy, offsets
        Vertices, shape (vertices, 2); segment ``s`` has ``xy[offsets[s]:offsets[s + 1]]``.
    usable
        False for segments of components shorter than ``min_component_m`` (digitising crumbs), and for
        those that are closed: the profile cannot walk them at all, or a barrier shuts them.
    component
        Component number of each segment.
    junctions
        Coordinates of the junctions and the grid they are numbered by.
    towards
        Search graph: entry (b, a) holds the minutes from junction a to junction b, the quickest of
        parallel segments, so that a search from a center finds the walks towards it.
    index
        Snapping index of the usable segments.
    """

    crs: CRS
    profile: WalkProfile
    slope: str
    ids: npt.NDArray[np.object_]
    names: npt.NDArray[np.object_]
    start: IntArray
    end: IntArray
    forward_min: FloatArray
    backward_min: FloatArray
    length_m: FloatArray
    xy: FloatArray
    offsets: npt.NDArray[np.int64]
    usable: BoolArray
    component: IntArray
    junctions: JunctionGrid
    towards: sparse.csr_array
    index: SnapIndex

    @classmethod
    def from_streets(
        cls,
        streets: gpd.GeoDataFrame,
        *,
        speed_kmh: float | None = None,
        profile: WalkProfile | str | None = None,
        elevation: "Elevation | Literal['z'] | None" = None,
        min_component_m: float = 500.0,
    ) -> "WalkNetwork":
        """Build the network from a table of street segments.

        Segments meet where they share a junction: the ids in the columns ``u`` and ``v`` where the
        table has them (a bridge and the road below may share a coordinate, not a junction), else end
        points within 1 cm of each other.

        Parameters
        ----------
        streets
            LineStrings in a metric CRS, unique string index; ``length_m`` (geodesic) is computed
            when absent; ``name`` is kept.
        speed_kmh
            Walking speed on level streets and off them, in place of that of the profile.
        profile
            Who walks: the name of a profile ready for use (see `WalkProfile.preset`), or one of your own; by default
            everyone at 4.0 km/h.
        elevation
            Terrain that streets go up and down (see `read_elevation`), or ``"z"`` for the heights of the lines
            themselves; without it all streets are level.
        min_component_m
            Connected components with less street than this are not usable. Streets that are closed join their
            neighbours in this: what lies behind a wall or a flight of steps is no crumb.

        Returns
        -------
        WalkNetwork
            The streets, numbered for the search.

        Raises
        ------
        CRSError
            If the CRS is missing or does not measure in metres.
        SchemaError
            If an id stands twice, or the junction ids have gaps.
        InputError
            If there is no street, a geometry or length cannot be used, or every component is too
            short.
        """
        check_layer("streets", streets)
        checked_kind("profile", profile, WalkProfile, str, NoneType)
        walker = WalkProfile.preset(profile) if isinstance(profile, str) else profile or WalkProfile()
        if speed_kmh is not None:
            walker = replace(walker, speed_kmh=speed_kmh)
        checked_number("min_component_m", min_component_m, "metres of at least 0")
        crs = metric_crs(streets, "streets")
        check_unique_ids(streets, "streets")
        ids = streets.index.to_numpy(dtype=object)
        lines = line_vertices(streets)
        length = segment_lengths(streets, crs)
        slope = None if elevation is None else slope_factors(streets, length, elevation)
        drawn, against = walker.minutes(streets, length, slope)
        order, turned = lines.place_order(length), lines.drawn_backwards()
        ids, names, labels = ids[order], segment_names(streets)[order], end_labels(streets, order)
        forward, backward = (np.where(turned, *ways)[order] for ways in ((against, drawn), (drawn, against)))
        length, turned = length[order], turned[order]
        xy, offsets = lines.rearranged(order, turned)
        del lines, order, slope, drawn, against  # of a large network each array counts
        junctions, start, end = join_ends(xy[offsets[:-1]], xy[offsets[1:] - 1], labels, turned)
        walkable = np.isfinite(np.minimum(forward, backward))
        component, usable = components(len(junctions.xy), start, end, length, walkable, min_component_m)
        network = cls(
            crs=crs,
            profile=walker,
            slope=elevation.name if isinstance(elevation, Elevation) else elevation or "",
            ids=ids,
            names=names,
            start=start,
            end=end,
            forward_min=forward,
            backward_min=backward,
            length_m=length,
            xy=xy,
            offsets=offsets,
            usable=usable,
            component=component,
            junctions=junctions,
            towards=search_graph(len(junctions.xy), start[usable], end[usable], forward[usable], backward[usable]),
            index=snap_index(xy, offsets, usable),
        )
        return network._sealed()

    def _sealed(self) -> "WalkNetwork":
        for name in ("ids", "names", "start", "end", "forward_min", "backward_min", "length_m", "xy", "offsets"):
            getattr(self, name).flags.writeable = False
        for array in (self.usable, self.component, self.junctions.xy):
            array.flags.writeable = False
        return self

    @classmethod
    def from_graph(cls, graph: Any, *, speed_kmh: float | None = None) -> "WalkNetwork":
        """Build the network from a networkx graph as osmnx writes it; see `network.graph`.

        Parameters
        ----------
        graph
            A MultiDiGraph as osmnx writes it.
        speed_kmh
            Walking speed, 4.0 km/h by default.

        Returns
        -------
        WalkNetwork
            The streets, both ways.

        Raises
        ------
        CRSError, InputError
            If the graph names no CRS, a node has no place, a length cannot be used, or there is no edge.
        """
        from servicecircle.network.graph import graph_to_streets

        return cls.from_streets(graph_to_streets(graph), speed_kmh=speed_kmh)

    def to_graph(self) -> Any:
        """Return a networkx MultiDiGraph as osmnx expects it; see `network.graph`.

        Returns
        -------
        networkx.MultiDiGraph
            One edge for each direction that can be walked.
        """
        from servicecircle.network.graph import network_to_graph

        return network_to_graph(self)

    @property
    def speed_kmh(self) -> float:
        """Walking speed of the profile."""
        return self.profile.speed_kmh

    @property
    def metres_per_minute(self) -> float:
        """Walking speed, also off the streets."""
        return self.speed_kmh * 1000.0 / 60.0

    def snap(self, points: gpd.GeoDataFrame | gpd.GeoSeries, name: str, *, max_snap_m: float = 200.0) -> Snapped:
        """Attach each point to the nearest place on a usable segment within `max_snap_m`.

        Parameters
        ----------
        points
            Points in the CRS of the network.
        name
            What errors call them.
        max_snap_m
            Points farther than this from every usable segment attach to none.

        Returns
        -------
        Snapped
            Segment, place along it and metres away, shape (points,) each.

        Raises
        ------
        CRSError
            If the points are not in the CRS of the network.
        SchemaError
            If a geometry is not a point, empty, or not finite.
        """
        checked_number("max_snap_m", max_snap_m, "metres of at least 0")
        return self.index.snap(point_places(points, name, self.crs), max_snap_m)

    def __repr__(self) -> str:
        figures = self.figures()
        return (
            f"WalkNetwork({figures['segments']:,} segments, {figures['junctions']:,} junctions, "
            f"{figures['length_km']:,.0f} km, {self.speed_kmh:g} km/h, {self.crs.to_string()})"
        )

    def lines(self) -> npt.NDArray[np.object_]:
        """Return the segments as LineStrings, in the order of the segment numbers.

        Returns
        -------
        numpy.ndarray
            Shape (segments,).
        """
        number = np.repeat(np.arange(len(self.ids)), np.diff(self.offsets))
        return np.asarray(shapely.linestrings(self.xy, indices=number), dtype=object)

    def figures(self) -> dict[str, float]:
        """Return what the network holds: counts and kilometres of usable streets, dropped crumbs and closed streets.

        Returns
        -------
        dict of str to float
            Counts, and lengths in kilometres.
        """
        closed = np.isinf(np.minimum(self.forward_min, self.backward_min))
        crumb = ~self.usable & ~closed
        used = np.unique(np.concatenate([self.start[self.usable], self.end[self.usable]]))
        return {
            "segments": int(self.usable.sum()),
            "junctions": len(used),
            "length_km": float(self.length_m[self.usable].sum() / 1000.0),
            "components": len(np.unique(self.component[self.usable])),
            "dropped_components": len(np.unique(self.component[crumb])),
            "dropped_km": float(self.length_m[crumb].sum() / 1000.0),
            "closed_segments": int(closed.sum()),
            "closed_km": float(self.length_m[closed].sum() / 1000.0),
        }
