"""Reads the people of a packed map with nothing but the format, as a second opinion on the page's own arithmetic."""

from itertools import accumulate
from typing import Any

from .test_map_packing import unpack_numbers


def people_by_reason(data: Any) -> list[float]:
    """Count covered, too far, unreachable and off the network with all centers and no candidate open."""
    people, walks = data["people"], data["walks"]
    weight, off, island = (unpack_numbers(people[key]) for key in ("weight", "off", "island"))
    counts, ahead, step = (unpack_numbers(walks[key]) for key in ("pairs", "demand", "step"))
    near = [float("inf")] * len(weight)
    first = 0
    for place, count in zip(data["places"], counts, strict=True):
        row = accumulate(ahead[first : first + count])
        if not place.get("candidate"):
            for demand, length in zip(row, step[first : first + count], strict=True):
                near[demand] = min(near[demand], length)
        first += count
    entered = {number for place in data["places"] if not place.get("candidate") for number in place["islands"]}
    sums = [0.0, 0.0, 0.0, 0.0]
    for number, units in enumerate(weight):
        if off[number]:
            reason = 3
        elif near[number] <= walks["now"]:
            reason = 0
        else:
            reason = 1 if island[number] - 1 in entered else 2
        sums[reason] += units / people["unit"]
    return sums
