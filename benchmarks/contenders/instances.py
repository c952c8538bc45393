"""Seeded location problems of the size and the shape of a city.

A city is 30 x 20 km: twelve quarters of unequal size and width hold three quarters of the people, the rest live
scattered. Walks are straight lines at 80 m a minute, so that 15 minutes are 1,200 m.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.spatial import cKDTree

from servicecircle import TravelTimes

FloatArray = npt.NDArray[np.float64]

SIDES_M = np.array([30_000.0, 20_000.0])
METRES_PER_MINUTE = 80.0
LIMIT_MIN = 15.0
QUARTERS = 12
CENTERS = 40


@dataclass(frozen=True, kw_only=True, eq=False)
class Instance:
    """A location problem.

    Attributes
    ----------
    times
        Walks of at most 15 minutes from the demand to the candidates.
    center_minutes
        Walk of each demand place to the nearest existing center, over any distance.
    count
        How many sites are to be chosen.
    """

    times: TravelTimes
    center_minutes: FloatArray
    count: int

    @property
    def covered(self) -> npt.NDArray[np.bool_]:
        """Whether an existing center is within the limit."""
        return self.center_minutes <= LIMIT_MIN


def make_instance(demand: int, candidates: int, count: int, *, seed: int = 15) -> Instance:
    """Make a city with so many demand places and candidates; the same numbers make the same city."""
    rng = np.random.default_rng(seed)
    middles = rng.uniform(0.1, 0.9, (QUARTERS, 2)) * SIDES_M
    widths = rng.uniform(800.0, 3000.0, QUARTERS)
    shares = 1.0 / np.arange(1, QUARTERS + 1)
    shares /= shares.sum()

    def places(number: int, scattered: float) -> FloatArray:
        quarter = rng.choice(QUARTERS, number, p=shares)
        inside = middles[quarter] + rng.normal(size=(number, 2)) * widths[quarter, None]
        anywhere = rng.random((number, 2)) * SIDES_M
        chosen = np.where(rng.random(number)[:, None] < scattered, anywhere, inside)
        # Who would live beyond an edge is mirrored into the city.
        return np.abs(SIDES_M - np.abs(SIDES_M - np.abs(chosen)))

    homes, sites, centers = places(demand, 0.25), places(candidates, 0.5), places(CENTERS, 0.25)
    weights = np.ceil(rng.lognormal(2.5, 1.0, demand))
    to_center, _ = cKDTree(centers).query(homes)
    return Instance(
        times=TravelTimes.from_matrix(_walks(homes, sites), weights=weights),
        center_minutes=to_center / METRES_PER_MINUTE,
        count=count,
    )


def _walks(homes: FloatArray, sites: FloatArray) -> sparse.csc_array:
    """Minutes (demand x candidates) of all walks within the limit."""
    tree = cKDTree(homes)
    rows, minutes = [], []
    for site in sites:
        near = np.array(tree.query_ball_point(site, LIMIT_MIN * METRES_PER_MINUTE, return_sorted=True), dtype=np.int32)
        rows.append(near)
        minutes.append(np.hypot(*(homes[near] - site).T) / METRES_PER_MINUTE)
    starts = np.cumsum([0, *(len(near) for near in rows)])
    return sparse.csc_array((np.concatenate(minutes), np.concatenate(rows), starts), shape=(len(homes), len(sites)))
