"""Who can walk to what a center offers."""

import numpy as np
import pandas as pd
import pytest

from servicecircle.analysis.offers import coverage_by_offer, functions_of
from servicecircle.analysis.times import TravelTimes


@pytest.mark.parametrize(
    "cell", ["展示、服务、人才", "展示;服务；人才", "展示, 服务，人才,", "展示|服务/人才", " 展示 ;服务;人才;展示"]
)
def test_functions_are_told_apart_however_they_are_listed(cell: str) -> None:
    """Chinese and western signs part them, each counts once."""
    assert functions_of(cell) == ("展示", "服务", "人才")


@pytest.mark.parametrize("cell", ["", None, np.nan, pd.NA, ";;"])
def test_a_center_without_functions_has_none(cell: object) -> None:
    """Nothing in the cell is no function."""
    assert functions_of(cell) == ()


def test_a_street_with_two_centers() -> None:
    """Of 10 + 20 + 30 people the first two reach center 0, the last two center 1; both offer tax."""
    minutes = np.array([[5.0, np.inf], [15.0, 12.0], [np.inf, 15.0]])
    times = TravelTimes.from_matrix(minutes, weights=[10, 20, 30])
    times.facilities["functions"] = ["tax; permits", "tax"]
    times.facilities["tier"] = ["A; B", None]
    table = coverage_by_offer(times, minutes=15)
    assert table.drop(columns="share").to_numpy().tolist() == [
        ["tier", "A; B", 1, 30.0],
        ["functions", "tax", 2, 60.0],
        ["functions", "permits", 1, 30.0],
    ]
    assert coverage_by_offer(times, minutes=5)["covered"].tolist() == [10.0, 10.0, 10.0]


def test_without_columns_or_people_nothing_is_claimed() -> None:
    """No column, no rows; no people, no share."""
    times = TravelTimes.from_matrix(np.array([[1.0]]), weights=[0])
    assert coverage_by_offer(times).empty
    times.facilities["kind"] = ["park"]
    assert np.isnan(coverage_by_offer(times)["share"]).all()
