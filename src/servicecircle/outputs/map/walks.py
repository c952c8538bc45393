"""The demand of the map and its walks, packed so that the page decides exactly as the library does.

A walk is kept as the number of the first step that is not shorter. Steps are a twentieth of a minute apart, and
every limit the page offers is one of them: so `step <= limit` in the page is `walk_min <= minutes` here,
whatever the walk. People are kept as whole numbers of a unit that divides their weights.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from servicecircle.analysis.coverage import Coverage
from servicecircle.analysis.gaps import usual_cell_m
from servicecircle.analysis.times import TravelTimes
from servicecircle.analysis.what_if import LONGEST_MIN, NOWHERE, WhatIf
from servicecircle.outputs.map.packing import pack_numbers, pack_shapes, zigzag

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Steps in a minute.
STEPS = 20
#: The shortest limit one can ask about, minutes.
SHORTEST_MIN = 5
#: Walks that differ by less are equally long, as in `travel_times`.
TIE_DECIMALS = 9
#: Units that weights are tried in before a millionth of a person is taken.
_UNITS = (1, 10, 100, 1000)
_SMALLEST_UNIT = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """Walks between facilities (numbered as on the page) and demand (numbered as on the page)."""

    facility: IntArray
    demand: IntArray
    minutes: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Limits:
    """The limits the page offers and the steps between them.

    Attributes
    ----------
    steps
        Minutes of each step, ascending.
    offered
        Numbers of the steps that can be the limit.
    now
        Number of the step that is the limit in force.
    """

    steps: FloatArray
    offered: IntArray
    now: int

    def step(self, minutes: npt.ArrayLike) -> IntArray:
        """Return the first step that is not shorter than each walk; the number of steps for longer ones."""
        return np.searchsorted(self.steps, np.asarray(minutes, dtype=np.float64), side="left").astype(np.int64)


def limits(cover: Coverage, drawn: list[float], longest: float) -> Limits:
    """Offer whole minutes from 5 to `longest`, the walking times drawn, and the limit in force."""
    offered = {float(m) for m in range(SHORTEST_MIN, int(longest) + 1)} | {m for m in drawn if m <= longest}
    offered.add(cover.minutes)
    steps = np.unique(np.concatenate([np.arange(int(max(offered) * STEPS) + 1) / STEPS, sorted(offered)]))
    numbers = np.searchsorted(steps, sorted(offered)).astype(np.int64)
    return Limits(steps=steps, offered=numbers, now=int(np.searchsorted(steps, cover.minutes)))


def longest_limit(cover: Coverage, known: WhatIf | None) -> float:
    """Return how far the limit can be moved."""
    return max(cover.minutes, LONGEST_MIN if known is None else min(known.centers.max_minutes, LONGEST_MIN))


def place_order(xy: FloatArray) -> IntArray:
    """Order places along a curve that fills the plane, so that neighbours stand together and pack well."""
    if not len(xy):
        return np.empty(0, dtype=np.int64)
    span = np.maximum(np.ptp(xy, axis=0).max(), 1e-9)
    cell = ((xy - xy.min(axis=0)) / span * 65535).astype(np.uint64)
    code = np.zeros(len(xy), dtype=np.uint64)
    for bit in range(16):
        for axis in range(2):
            code |= ((cell[:, axis] >> np.uint64(bit)) & np.uint64(1)) << np.uint64(2 * bit + axis)
    return np.lexsort((xy[:, 1], xy[:, 0], code)).astype(np.int64)


def pack_people(
    cover: Coverage, degrees: FloatArray, order: IntArray, known: WhatIf | None, home: IntArray, cell_m: float | None
) -> dict[str, Any]:
    """Pack the demand in `order`: places, people, why one is left out, district, and cells for the gaps.

    `degrees` are longitude and latitude, `home` is the row of the district of each demand row, -1 for none.
    """
    table = cover.demand.iloc[order]
    weight = table["weight"].to_numpy(dtype=np.float64)
    unit = next((u for u in _UNITS if np.allclose(weight * u, np.rint(weight * u), rtol=0, atol=1e-7)), _SMALLEST_UNIT)
    large = float(np.quantile(weight[weight > 0], 0.95)) if (weight > 0).any() else 1.0
    xy = shapely.get_coordinates(table.geometry.to_numpy())
    cells = _cells(xy, degrees[order], cell_m or usual_cell_m(cover.demand))
    return {
        "shapes": pack_shapes(degrees[order], len(order), 1),
        "weight": pack_numbers(np.rint(weight * unit)),
        "unit": unit,
        "large": large * unit,
        "off": pack_numbers(table["reason"].to_numpy() == "off_network"),
        "island": pack_numbers(_islands(cover, known)[order] + 1),
        "district": pack_numbers(home[order] + 1),
        **cells,
    }


def _islands(cover: Coverage, known: WhatIf | None) -> IntArray:
    """Part of the streets from which each demand row can be reached; none where no center ever is."""
    if known is None:
        return np.where(np.isfinite(cover.demand["walk_min"]), 0, NOWHERE).astype(np.int64)
    # One-way foot paths may leave a place without a way although its streets hang together with those of a center.
    entered = np.array(sorted({island for row in known.center_islands for island in row}), dtype=np.int64)
    alone = np.isinf(known.centers.nearest_minutes) & np.isin(known.demand_island, entered)
    return np.where(alone, NOWHERE, known.demand_island)


def _cells(xy: FloatArray, degrees: FloatArray, side: float) -> dict[str, Any]:
    """Pack the cells gaps are made of, in the order `analysis.gaps` has them, and the cell of each place."""
    grid, first, of_place = np.unique(
        np.floor(xy / side).astype(np.int64), axis=0, return_index=True, return_inverse=True
    )
    off = (grid + 0.5) * side - xy[first]
    # A cell is some hundred metres wide: there the way from a place to the middle is the same in degrees.
    lat = degrees[first, 1]
    middle = degrees[first] + off / 111_320.0 / np.column_stack([np.cos(np.radians(lat)), np.ones(len(lat))])
    low = grid.min(axis=0) if len(grid) else np.zeros(2, dtype=np.int64)
    at = grid - low
    east = np.diff(at[:, 0], prepend=0)
    north = np.where(east > 0, at[:, 1], np.diff(at[:, 1], prepend=0))
    return {
        "cell_m": side,
        "cells": pack_shapes(middle, len(middle), 1),
        "cell_east": pack_numbers(east),
        "cell_north": pack_numbers(north),
        "cell": pack_numbers(zigzag(np.diff(of_place.ravel(), prepend=0))),
    }


def page_pairs(times: TravelTimes, number: IntArray, order: IntArray) -> Pairs:
    """Return the pairs of travel times; `number` is the page's number of each facility, `order` that of the demand."""
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    facility = np.repeat(number, np.diff(times.indptr))
    return Pairs(facility=facility, demand=place[times.demand_index], minutes=times.minutes)


def nearest_pairs(cover: Coverage, number: IntArray, order: IntArray) -> Pairs:
    """Return each demand row's walk to its nearest center, however long."""
    row = cover.centers.index.get_indexer(pd.Index(cover.demand["nearest"].iloc[order]))
    found = np.flatnonzero(row >= 0)
    walk = cover.demand["walk_min"].to_numpy(dtype=np.float64)[order]
    return Pairs(facility=number[row[found]], demand=found, minutes=walk[found])


def pack_walks(pairs: list[Pairs], nearest: Pairs, bounds: Limits, facilities: int) -> dict[str, Any]:
    """Pack all pairs within the steps, and the nearest center of those who walk farther to it.

    The pairs stand facility by facility. The page sorts those of each place by step and facility; where the
    walks themselves say another order, `turned` lists it.
    """
    facility = np.concatenate([p.facility for p in pairs])
    demand = np.concatenate([p.demand for p in pairs])
    minutes = np.concatenate([p.minutes for p in pairs])
    step = bounds.step(minutes)
    keep = step < len(bounds.steps)
    facility, demand, minutes, step = facility[keep], demand[keep], minutes[keep], step[keep]
    by_facility = np.lexsort((demand, facility))
    counts = np.bincount(facility, minlength=facilities)
    sorted_demand = demand[by_facility]
    start = np.cumsum(counts) - counts
    ahead = np.diff(sorted_demand, prepend=0)
    ahead[start[counts > 0]] = sorted_demand[start[counts > 0]]
    far = bounds.step(nearest.minutes) == len(bounds.steps)
    return {
        "steps": STEPS,
        "odd": [float(m) for m in bounds.steps if not float(m * STEPS).is_integer()],
        "count": len(bounds.steps),
        "offered": bounds.offered.tolist(),
        "now": bounds.now,
        "pairs": pack_numbers(counts),
        "demand": pack_numbers(ahead),
        "step": pack_numbers(step[by_facility]),
        "turned": pack_numbers(_turned(facility, demand, minutes, step)),
        "far": pack_numbers(np.diff(nearest.demand[far], prepend=0)),
        "far_facility": pack_numbers(nearest.facility[far]),
        "far_step": pack_numbers(np.ceil(nearest.minutes[far] * STEPS)),
    }


def _turned(facility: IntArray, demand: IntArray, minutes: FloatArray, step: IntArray) -> IntArray:
    """For each place whose walks of one step are in another order: its number, their count, the right order."""
    as_page = np.lexsort((facility, step, demand))
    exact = np.lexsort((facility, np.round(minutes, TIE_DECIMALS), demand))
    places = np.unique(demand[as_page[as_page != exact]])
    rank = np.empty(len(demand), dtype=np.int64)
    rank[as_page] = np.arange(len(demand))
    first = np.searchsorted(demand[as_page], places, side="left")
    last = np.searchsorted(demand[as_page], places, side="right")
    rows = [
        np.concatenate([[place, high - low], rank[exact[low:high]] - low])
        for place, low, high in zip(places, first, last, strict=True)
    ]
    return np.concatenate([*rows, np.empty(0, dtype=np.int64)]).astype(np.int64)
