"""Small random questions about walks to sites, and every plan that keeps their rules."""

from itertools import combinations

import numpy as np
from hypothesis import strategies as st

import servicecircle as sc
from servicecircle.analysis.siting.rules import SiteRules

INF = np.inf
MINUTES = st.sampled_from([0.0, 3.0, 4.0, 10.0, 15.0, 20.0, INF])


@st.composite
def instances(draw):
    """Small random problems: minutes, people, walks to existing centers, count and rules."""
    demand, sites = draw(st.integers(1, 8)), draw(st.integers(1, 6))
    minutes = draw(st.lists(st.lists(MINUTES, min_size=sites, max_size=sites), min_size=demand, max_size=demand))
    weights = draw(st.lists(st.sampled_from([0.0, 1.0, 2.5, 40.0]), min_size=demand, max_size=demand))
    centers = draw(st.lists(st.sampled_from([2.0, 12.0, 25.0, INF]), min_size=demand, max_size=demand))
    ids = st.integers(0, sites - 1)
    apart = draw(st.sets(st.tuples(ids, ids).filter(lambda pair: pair[0] < pair[1]), max_size=3)) if sites > 1 else ()
    required, forbidden = draw(st.sets(ids, max_size=1)), draw(st.sets(ids, max_size=2))
    rules = {"required": required, "forbidden": forbidden - required, "apart": set(apart)}
    return np.array(minutes), np.array(weights), np.array(centers), draw(st.integers(1, 6)), rules


def to_centers(walk):
    """Travel times from every demand place to a center of its own."""
    return sc.TravelTimes.from_matrix(np.where(np.eye(len(walk)) > 0, walk, INF))


def named(rules):
    """Rules with ids in place of numbers."""
    pairs = [(str(one), str(other)) for one, other in rules["apart"]]
    return SiteRules(required=[*map(str, rules["required"])], forbidden=[*map(str, rules["forbidden"])], apart=pairs)


def plans(sites, count, rules):
    """Every plan that is allowed."""
    for size in range(count + 1):
        for chosen in combinations(range(sites), size):
            clash = any(one in chosen and other in chosen for one, other in rules["apart"])
            if not clash and rules["required"] <= set(chosen) and not rules["forbidden"] & set(chosen):
                yield list(chosen)
