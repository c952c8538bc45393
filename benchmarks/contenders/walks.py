"""Which demand each center reaches, and the nearest center of every demand point."""

import numpy as np
from contenders.contender import Contender, metres, percent
from contenders.walking_peers import (
    FAR_M,
    Nearest,
    Pairs,
    igraph_graph,
    igraph_nearest,
    igraph_reach,
    nx_exact_nearest,
    nx_exact_reach,
    nx_graph,
    nx_junction_nearest,
    nx_junction_reach,
    pandana_nearest,
    pandana_network,
    pandana_reach,
)
from contenders.worlds import LIMIT_M, LIMIT_MIN, METRES_PER_MINUTE, SPEED_KMH, World

import servicecircle as sc

_EXACT = "the same, places inserted by a program around it"
_JUNCTIONS = "each point moved to its nearest junction, the way there not counted"


# servicecircle


def our_network(world: World) -> sc.WalkNetwork:
    """Build the network from the table of streets."""
    return sc.WalkNetwork.from_streets(world.streets, speed_kmh=SPEED_KMH)


def our_reach(world: World, network: sc.WalkNetwork) -> sc.TravelTimes:
    """Find all pairs within the limit; the nearest centers come with them."""
    return sc.travel_times(network, world.demand, world.centers, max_minutes=LIMIT_MIN)


def our_pairs(_: World, times: sc.TravelTimes) -> Pairs:
    """Write the pairs out."""
    center = np.repeat(np.arange(len(times.facilities)), np.diff(times.indptr))
    return center, times.demand_index.astype(np.int64), times.minutes * METRES_PER_MINUTE


def our_nearest(world: World, network: sc.WalkNetwork) -> sc.TravelTimes:
    """Ask for next to no pairs: the nearest center is found over any distance."""
    return sc.travel_times(network, world.demand, world.centers, max_minutes=1e-3)


def _our_nearest_metres(_: World, times: sc.TravelTimes) -> Nearest:
    return times.nearest_minutes * METRES_PER_MINUTE, times.nearest_facility.astype(np.int64)


# Comparing


def compare_reach(world: World, ours: Pairs, theirs: Pairs) -> dict[str, str]:
    """Say how far a peer's pairs are from ours."""
    keys = [center.astype(np.int64) * len(world.demand) + row for center, row, _ in (ours, theirs)]
    _, mine, other = np.intersect1d(*keys, assume_unique=True, return_indices=True)
    weight = world.demand["weight"].to_numpy()
    covered = [np.isin(np.arange(len(weight)), row) for _, row, _ in (ours, theirs)]
    return {
        "pairs": f"{len(keys[1]):,}",
        "pairs judged otherwise": percent(sum(map(len, keys)) - 2 * len(mine), len(keys[0])),
        "people judged otherwise": percent(weight[covered[0] != covered[1]].sum(), weight.sum()),
        "metres apart, mean / 95th percentile": metres(theirs[2][other] - ours[2][mine]),
    }


def compare_nearest(world: World, ours: Nearest, theirs: Nearest) -> dict[str, str]:
    """Say how far a peer's nearest centers are from ours."""
    weight = world.demand["weight"].to_numpy()
    both = np.isfinite(ours[0]) & np.isfinite(theirs[0])
    otherwise = (ours[0] <= LIMIT_M) != (theirs[0] <= LIMIT_M)
    return {
        "answered": f"{np.isfinite(theirs[0]).sum():,}",
        "another center": percent((ours[1] != theirs[1])[both].sum(), both.sum()),
        "people judged otherwise": percent(weight[otherwise].sum(), weight.sum()),
        "metres apart, mean / 95th percentile": metres((theirs[0] - ours[0])[both]),
    }


_NX, _IGRAPH, _PANDANA, _OURS = ("networkx",), ("igraph",), ("pandana",), ("servicecircle",)

REACH = {
    "servicecircle": Contender(
        question="(the question)", needs=_OURS, prepare=our_network, answer=our_reach, settle=our_pairs
    ),
    "networkx": Contender(question=_JUNCTIONS, needs=_NX, prepare=nx_graph, answer=nx_junction_reach),
    "networkx, exact": Contender(question=_EXACT, needs=_NX, prepare=nx_graph, answer=nx_exact_reach),
    "igraph, exact": Contender(question=_EXACT, needs=_IGRAPH, prepare=igraph_graph, answer=igraph_reach),
    "pandana": Contender(
        question=_JUNCTIONS,
        needs=_PANDANA,
        prepare=pandana_network,
        answer=pandana_reach,
    ),
}

NEAREST = {
    "servicecircle": Contender(
        question="(the question)", needs=_OURS, prepare=our_network, answer=our_nearest, settle=_our_nearest_metres
    ),
    "servicecircle, with all pairs": Contender(
        question="the same and the pairs of the table above",
        needs=_OURS,
        prepare=our_network,
        answer=our_reach,
        settle=_our_nearest_metres,
    ),
    "networkx": Contender(question=_JUNCTIONS, needs=_NX, prepare=nx_graph, answer=nx_junction_nearest),
    "networkx, exact": Contender(question=_EXACT, needs=_NX, prepare=nx_graph, answer=nx_exact_nearest),
    "igraph, exact": Contender(question=_EXACT, needs=_IGRAPH, prepare=igraph_graph, answer=igraph_nearest),
    "pandana": Contender(
        question=f"{_JUNCTIONS}, centers within {FAR_M / 1000:g} km",
        needs=_PANDANA,
        prepare=pandana_network,
        answer=pandana_nearest,
    ),
}
