import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import sparse

import servicecircle as sc

matrices = arrays(float, array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=6), elements=st.integers(0, 4)).map(
    lambda minutes: np.where(minutes == 4, np.inf, minutes)
)


@given(matrices)
def test_every_form_of_a_matrix_makes_the_same_travel_times(minutes) -> None:
    """Dense, sparse by rows, by columns and out of order; the nearest is the first of equals."""
    reached = np.nonzero(np.isfinite(minutes))
    entries = sparse.coo_array((minutes[reached], reached), shape=minutes.shape)
    disorder = entries.tocsc()
    for column in range(minutes.shape[1]):
        part = slice(disorder.indptr[column], disorder.indptr[column + 1])
        disorder.data[part], disorder.indices[part] = disorder.data[part][::-1], disorder.indices[part][::-1]
    disorder.has_sorted_indices = False
    stored_inf = sparse.coo_array((minutes.ravel(), np.indices(minutes.shape).reshape(2, -1)), shape=minutes.shape)
    for form in (minutes, entries, entries.tocsr(), entries.tocsc(), disorder, stored_inf.tocsr()):
        times = sc.TravelTimes.from_matrix(form)
        back = np.full(minutes.shape, np.inf)
        facility = np.repeat(np.arange(minutes.shape[1]), np.diff(times.indptr))
        back[times.demand_index, facility] = times.minutes
        assert np.array_equal(back, minutes)
        if minutes.size:
            near = np.where(np.isfinite(minutes).any(axis=1), minutes.argmin(axis=1), -1)
            assert np.array_equal(times.nearest_facility, near)
            assert np.array_equal(times.nearest_minutes, minutes.min(axis=1))


def test_a_matrix_given_as_sparse_columns_stays_the_callers_own() -> None:
    """The arrays of the travel times are frozen, those of the matrix are not."""
    matrix = sparse.csc_array(np.array([[1.0, 2.0], [3.0, 0.5]]))
    times = sc.TravelTimes.from_matrix(matrix)
    matrix.data[0] = 9.0
    assert times.minutes[0] == 1.0
    with pytest.raises(sc.InputError, match="-1"):
        sc.TravelTimes.from_matrix([[-1.0]])
