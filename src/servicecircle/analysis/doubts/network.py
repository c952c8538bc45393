"""Streets that can be read but may be wrong for walking: what is missing, cut off or not joined."""

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy import sparse
from scipy.sparse import csgraph

from servicecircle.inputs.issues import Phrase, RowIssue, Sure, issue, phrase
from servicecircle.network.walk import WalkNetwork

#: A dead end this close to another street is probably meant to meet it, metres ...
LINK_M = 8.0
#: ... if no walk as short as this leads there, metres.
WALK_M = 150.0
#: With a smaller share of such streets, a file of a city was made for cars.
FOOT_SHARE = 0.02
#: A warning from this share of people without a usable street on.
LOST_PEOPLE = 0.02
#: OpenStreetMap classes made for walking.
FOOT = frozenset({"footway", "path", "steps", "pedestrian", "corridor", "bridleway", "living_street"})
#: Dead ends that are searched at once.
_BLOCK = 64

IntArray = npt.NDArray[np.integer[Any]]


def network_doubts(
    network: WalkNetwork,
    streets: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    *,
    file: str,
    max_snap_m: float = 200.0,
    margin_m: float = 0.0,
    districts: gpd.GeoDataFrame | None = None,
) -> list[RowIssue]:
    """Return what may be wrong with the streets as a place to walk.

    Parameters
    ----------
    network, streets
        The network, and the table it was built from.
    demand
        Where people live, with ``weight``.
    file
        Name of the file of streets, for the issues.
    max_snap_m
        Farther than this from every usable street is off the network, metres.
    margin_m
        The longest walk: streets have to reach so far beyond the districts.
    districts
        The area of the study; without it that of the demand.

    Raises
    ------
    CRSError
        If the layers are not in one metric CRS.
    """
    return [
        *_people_off(network, demand, max_snap_m, file),
        *_crumbs(network, file),
        *_classes(streets, file),
        *_missing_links(network, file),
        *_edge(network, demand if districts is None else districts, margin_m, file),
    ]


def _street_doubt(file: str, value: tuple[Phrase, ...], problem: str, *, likely: bool = True) -> RowIssue:
    sure: Sure = "likely" if likely else "possible"
    return issue(file, 0, "", value, problem, "doubted", sure)


def _people_off(network: WalkNetwork, demand: gpd.GeoDataFrame, max_snap_m: float, file: str) -> list[RowIssue]:
    weight = demand["weight"].to_numpy()
    off = network.snap(demand, "demand", max_snap_m=max_snap_m).segment < 0
    share = weight[off].sum() / weight.sum() if weight.sum() else 0.0
    if share < LOST_PEOPLE:
        return []
    value = phrase("{0} of people", f"{share:.1%}"), phrase("{0}", f"{weight[off].sum():,.0f}")
    return [_street_doubt(file, value, "people_off_network")]


def _crumbs(network: WalkNetwork, file: str) -> list[RowIssue]:
    figures = network.figures()
    count, kilometres = int(figures["dropped_components"]), figures["dropped_km"]
    value = phrase("{0} of {1} km", count, f"{kilometres:.1f}")
    return [_street_doubt(file, (value,), "dropped_crumbs", likely=False)] if count else []


def _classes(streets: gpd.GeoDataFrame, file: str) -> list[RowIssue]:
    """Doubt a network without ways made for walking: it was cut for cars, and walks come out too long."""
    if "highway" not in streets or not len(streets):
        return []
    metres = streets["length_m"].groupby(streets["highway"].astype(str)).sum()
    share = metres[metres.index.isin(FOOT)].sum() / metres.sum()
    if share >= FOOT_SHARE:
        return []
    most = ", ".join(f"{name} {value / 1000:,.0f} km" for name, value in metres.nlargest(5).items())
    value = phrase("{0} footways; {1}", f"{share:.1%}", most)
    return [_street_doubt(file, (value,), "no_footways")]


def _missing_links(network: WalkNetwork, file: str) -> list[RowIssue]:
    """Doubt dead ends a few metres from a street that is far away on foot."""
    ends, own = _dead_ends(network)
    if not len(ends):
        return []
    lines = network.lines()
    usable = np.flatnonzero(network.usable)
    end, near = shapely.STRtree(lines[usable]).query(shapely.points(ends), predicate="dwithin", distance=LINK_M)
    near = usable[near]
    apart = ~_joined_nearby(network, own, end, near)
    found = []
    for at in np.unique(end[apart]):
        others = near[apart & (end == at)]
        metres = float(shapely.distance(shapely.Point(ends[at]), lines[others]).min())
        place = gpd.GeoSeries(shapely.points(ends[[at]]), crs=network.crs).to_crs(4326)[0]
        said = phrase("{0}, {1}: {2} m apart", f"{place.x:.6f}", f"{place.y:.6f}", f"{metres:.1f}")
        found.append(_street_doubt(file, (said,), "missing_link", likely=False))
    return found


def _dead_ends(network: WalkNetwork) -> tuple[npt.NDArray[np.float64], IntArray]:
    """Return the coordinates and the numbers of the junctions with one street."""
    usable = np.flatnonzero(network.usable)
    junction = np.concatenate([network.start[usable], network.end[usable]])
    vertex = np.concatenate([network.offsets[usable], network.offsets[usable + 1] - 1])
    lonely = np.bincount(junction)[junction] == 1
    return network.xy[vertex[lonely]], junction[lonely]


def _joined_nearby(network: WalkNetwork, junction: IntArray, end: IntArray, segment: IntArray) -> npt.NDArray[np.bool_]:
    """Say for pairs of a dead end (a position in `junction`) and a segment if a walk of `WALK_M` leads to it."""
    usable = network.usable
    count = int(max(network.start.max(), network.end.max())) + 1
    # Of parallel streets the shortest counts; a sparse matrix would add them.
    key = network.start[usable].astype(np.int64) * count + network.end[usable]
    order = np.lexsort((network.length_m[usable], key))
    first = order[np.unique(key[order], return_index=True)[1]]
    graph = sparse.csr_array(
        (network.length_m[usable][first], (network.start[usable][first], network.end[usable][first])),
        shape=(count, count),
    )
    out = np.zeros(len(end), dtype=np.bool_)
    asked = np.unique(end)
    for block in np.array_split(asked, -(-len(asked) // _BLOCK) or 1):
        reached = np.isfinite(csgraph.dijkstra(graph, directed=False, indices=junction[block], limit=WALK_M))
        rows = np.flatnonzero(np.isin(end, block))
        at = np.searchsorted(block, end[rows])
        out[rows] = reached[at, network.start[segment[rows]]] | reached[at, network.end[segment[rows]]]
    return out


def _edge(network: WalkNetwork, area: gpd.GeoDataFrame, margin_m: float, file: str) -> list[RowIssue]:
    """Doubt streets that end where the study does: who lives at its edge may walk outside it."""
    left, bottom, right, top = area.total_bounds
    low, high = network.xy.min(axis=0), network.xy.max(axis=0)
    beyond = {
        "west {0} m": left - low[0],
        "south {0} m": bottom - low[1],
        "east {0} m": high[0] - right,
        "north {0} m": high[1] - top,
    }
    short = tuple(phrase(said, f"{max(metres, 0):.0f}") for said, metres in beyond.items() if metres < margin_m)
    return [_street_doubt(file, short, "streets_end_at_edge", likely=False)] if short else []
