import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import servicecircle as sc
from servicecircle.network.threads import THREADS, side_by_side
from tests.network.streets import network_of, point_table


def test_answers_come_in_the_order_of_the_parts() -> None:
    """A part that takes longer is not overtaken, and parts are worked on at once by several threads."""
    workers = set()

    def work(part: int) -> int:
        workers.add(threading.get_ident())
        time.sleep(0.02 if part % 2 == 0 else 0.001)
        return part * part

    assert list(side_by_side(work, range(12))) == [part * part for part in range(12)]
    assert 1 < len(workers) <= THREADS


def test_parts_are_begun_only_a_few_ahead() -> None:
    """Whoever stops taking answers stops the work, and memory holds a few answers, not all."""
    begun = []
    answers = side_by_side(begun.append, range(100))
    next(answers)
    answers.close()
    assert len(begun) <= 2 * THREADS + 1


def test_an_error_in_a_part_is_raised_and_ends_the_work() -> None:
    """The first part that fails is the one that is told."""
    begun = []

    def work(part: int) -> None:
        begun.append(part)
        if part == 3:
            raise ValueError("three")

    with pytest.raises(ValueError, match="three"):
        list(side_by_side(work, range(100)))
    assert len(begun) < 15


def test_callers_in_several_threads_get_what_one_would() -> None:
    """A network may be asked from many threads at once: places, pairs and nearest centers are the same bytes."""
    rng = np.random.default_rng(8)
    nodes = rng.uniform(0, 3000, (60, 2))
    network = network_of([[tuple(nodes[a]), tuple(nodes[b])] for a, b in rng.integers(0, 60, (140, 2)) if a != b])
    demand = point_table(rng.uniform(0, 3000, (12_000, 2)), weight=np.ones(12_000))
    centers = point_table(rng.uniform(0, 3000, (90, 2)))

    def found(_: int) -> list[bytes]:
        places = network.snap(demand, "demand", max_snap_m=500)
        times = sc.travel_times(network, demand, centers, max_minutes=12, max_snap_m=500)
        arrays = [places.segment, places.fraction, places.distance_m, times.indptr, times.demand_index]
        return [array.tobytes() for array in [*arrays, times.minutes, times.nearest_minutes, times.nearest_facility]]

    with ThreadPoolExecutor(4) as callers:
        answers = list(callers.map(found, range(8)))
    assert all(answer == found(0) for answer in answers)
