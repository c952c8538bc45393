"""Ranges and orders of whole numbers, without a loop."""

from typing import Any

import numpy as np
import numpy.typing as npt


def ranges(begin: npt.NDArray[Any], stop: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return all numbers of the ranges ``begin[i]`` to ``stop[i]`` (exclusive), one after the other."""
    length = np.maximum(stop - begin, 0)
    shift: npt.NDArray[np.int64] = np.repeat(begin - (np.cumsum(length) - length), length)
    return np.arange(len(shift), dtype=np.int64) + shift


def ascending(numbers: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return the rows of whole numbers from 0 to 2**32 - 1 in ascending order; equal ones keep theirs.

    By their lower half, then by their upper half: numpy sorts two bytes by counting, which takes a third to a fifth of
    the time that comparing takes.
    """
    order = np.argsort(numbers.astype(np.uint16), kind="stable")
    return order[np.argsort((numbers[order] >> 16).astype(np.uint16), kind="stable")]
