"""Ranges of numbers, one after the other, without a loop."""

from typing import Any

import numpy as np
import numpy.typing as npt


def ranges(begin: npt.NDArray[Any], stop: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return all numbers of the ranges ``begin[i]`` to ``stop[i]`` (exclusive), one after the other."""
    length = np.maximum(stop - begin, 0)
    shift: npt.NDArray[np.int64] = np.repeat(begin - (np.cumsum(length) - length), length)
    return np.arange(len(shift), dtype=np.int64) + shift
