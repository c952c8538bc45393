"""Orders of whole numbers."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from servicecircle.inputs.ranges import ascending


@given(st.lists(st.integers(0, 2**32 - 1) | st.integers(0, 31).map(lambda bit: 1 << bit), max_size=60))
def test_numbers_ascend_and_equal_ones_keep_their_order(numbers: list[int]) -> None:
    """Sorting by two halves is the stable sort of the numbers."""
    assert ascending(np.array(numbers, dtype=np.int64)).tolist() == sorted(range(len(numbers)), key=numbers.__getitem__)
