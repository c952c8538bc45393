from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from servicecircle.analysis.siting.deadline import Deadline
from servicecircle.analysis.siting.prices import Prices
from servicecircle.analysis.siting.savings import Allowed, greedy, interchanged, savings


@st.composite
def problems(draw):
    """Draw what up to six sites spare up to eight places, and how many may open."""
    places, sites = draw(st.integers(1, 8)), draw(st.integers(1, 6))
    spared = draw(
        st.lists(
            st.lists(st.sampled_from([0.0, 1.0, 2.0, 5.0, 9.0]), min_size=sites, max_size=sites),
            min_size=places,
            max_size=places,
        )
    )
    place, site = np.nonzero(np.array(spared))
    return savings(place, site, np.array(spared)[place, site], sites), draw(st.integers(1, sites))


@given(problems(), st.integers(0, 100), st.integers(0, 70))
def test_no_prices_prove_too_much(problem_and_count, seed, steps) -> None:
    """After any number of steps from any prices the bound holds, and what is decided is so in every better plan."""
    problem, count = problem_and_count
    plans = [np.array(chosen) for chosen in combinations(range(problem.sites), count)]
    values = [problem.saved(chosen) for chosen in plans]
    start = np.random.default_rng(seed).random(problem.places) * 10
    prices = Prices(problem, count, start, length=1.0)
    for _ in range(steps):
        if not prices.still:
            prices.step(0.9 * max(values))
        assert prices.bound >= max(values) - 1e-9
        assert prices.evaluated(prices.price)[0] >= max(values) - 1e-9
    for wanted in (0.5 * max(values), 0.9 * max(values)):
        opened, closed = prices.decided(wanted)
        for chosen, value in zip(plans, values, strict=True):
            if value > wanted + 1e-9:
                assert not closed[chosen].any()
                assert np.isin(np.flatnonzero(opened), chosen).all()


@given(problems(), st.randoms(use_true_random=False))
def test_no_exchange_is_left_that_saves_more(problem_and_count, random) -> None:
    """From any start, exchanges end where no single one helps, and never below the start."""
    problem, count = problem_and_count
    apart = np.zeros((problem.sites, problem.sites), dtype=bool)
    for _ in range(random.randint(0, 2)):
        one, other = random.randrange(problem.sites), random.randrange(problem.sites)
        apart[one, other] = apart[other, one] = one != other
    allowed = Allowed(count=count, required=np.zeros(0, dtype=np.int64), apart=sparse.csr_array(apart))
    start = allowed.first(np.array(random.sample(range(problem.sites), count)))
    for plan in (
        interchanged(problem, start, allowed, Deadline()),
        interchanged(problem, greedy(problem, allowed), allowed, Deadline()),
    ):
        assert not apart[np.ix_(plan, plan)].any()
        for slot in range(len(plan)):
            for site in range(problem.sites):
                other = np.array([*np.delete(plan, slot), site])
                if len(set(other)) == len(plan) and not apart[np.ix_(other, other)].any():
                    assert problem.saved(other) <= problem.saved(plan) + 1e-9
    assert problem.saved(interchanged(problem, start, allowed, Deadline())) >= problem.saved(start) - 1e-9
