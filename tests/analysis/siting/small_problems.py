"""Small random questions about sites with all kinds of rules, and every plan that keeps them, by trying all subsets."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

import servicecircle as sc
from servicecircle.analysis.siting.rules import SiteRules


@dataclass(frozen=True, kw_only=True, eq=False)
class SmallProblem:
    """Who is reached by which candidate and center, and the rules of a plan; ids are the numbers as text."""

    reach: npt.NDArray[np.bool_]
    by_center: npt.NDArray[np.bool_]
    people: npt.NDArray[np.float64]
    cost: npt.NDArray[np.float64]
    rules: dict[str, Any] = field(default_factory=dict)

    @property
    def times(self) -> sc.TravelTimes:
        """Travel times to the candidates."""
        return self._times(self.reach, self.cost)

    @property
    def centers(self) -> sc.TravelTimes:
        """Travel times to the centers."""
        return self._times(self.by_center, None)

    @property
    def site_rules(self) -> SiteRules:
        """The rules as the solvers take them."""
        return SiteRules(**self.rules)

    @property
    def worth(self) -> npt.NDArray[np.float64]:
        """What each demand row counts."""
        return np.asarray(self.rules.get("weights", self.people), dtype=float)

    def _times(self, reach, cost):
        minutes = np.where(reach, 5.0, np.inf).reshape(reach.shape)
        return sc.TravelTimes.from_matrix(minutes, weights=self.people, costs=cost)

    def covered(self, sites: list[int]) -> npt.NDArray[np.bool_]:
        """Who is covered when these candidates are open."""
        return self.reach[:, sites].sum(axis=1) + self.by_center.sum(axis=1) >= self.rules.get("backup", 1)

    def allowed(self) -> Iterator[tuple[list[int], npt.NDArray[np.bool_]]]:
        """Yield every plan that keeps the rules, and whom it covers."""
        rules, number = self.rules, self.reach.shape[1]
        required, forbidden = ({int(key) for key in rules.get(name, ())} for name in ("required", "forbidden"))
        apart = {frozenset(map(int, pair)) for pair in rules.get("apart", ())}
        for subset in range(2**number):
            sites = [site for site in range(number) if subset >> site & 1]
            if not required <= set(sites) or forbidden & set(sites):
                continue
            if any(frozenset(pair) in apart for pair in combinations(sites, 2)):
                continue
            covered = self.covered(sites)
            if all(self._share(covered, name) >= share - 1e-9 for name, share in rules.get("floors", {}).items()):
                yield sites, covered

    def _share(self, covered, name) -> float:
        inside = np.asarray(self.rules["districts"]) == name
        return float(self.people[inside & covered].sum() / self.people[inside].sum())


def small_problem(seed: int) -> SmallProblem:
    """Make a problem; each kind of rule is in about a third of them."""
    rng = np.random.default_rng(seed)
    demand, sites, centers = rng.integers(1, 14), rng.integers(1, 8), rng.integers(0, 3)
    people = rng.choice([0, 1, 2.5, 7, 40], demand).astype(float)
    ids = [str(site) for site in range(sites)]
    rules: dict[str, Any] = {}
    if rng.random() < 0.3:
        rules["required"] = [str(key) for key in rng.choice(ids, min(sites, rng.integers(1, 3)), replace=False)]
    if rng.random() < 0.3:
        picked = rng.choice(ids, min(sites, 2), replace=False)
        rules["forbidden"] = [str(key) for key in picked if key not in rules.get("required", [])]
    if rng.random() < 0.4 and sites > 1:
        pairs = list(combinations(ids, 2))
        rules["apart"] = [pairs[k] for k in rng.choice(len(pairs), min(len(pairs), rng.integers(1, 6)), replace=False)]
    if rng.random() < 0.4:
        rules["backup"] = int(rng.integers(2, 4))
    districts = rng.choice(["a", "b", "c"], demand)
    lived_in = [name for name in "ab" if people[districts == name].sum() > 0]
    if rng.random() < 0.4 and lived_in:
        rules |= {"floors": {name: float(rng.choice([0, 0.3, 0.5, 0.8, 1.0])) for name in lived_in}}
        rules |= {"districts": districts}
    if rng.random() < 0.3:
        rules["weights"] = rng.choice([0.0, 1.0, 3.0, 10.0], demand)
    return SmallProblem(
        reach=rng.random((demand, sites)) < rng.choice([0.2, 0.35, 0.5]),
        by_center=rng.random((demand, centers)) < 0.3,
        people=people,
        cost=rng.choice([0, 1, 2, 3.5, 5], sites),
        rules=rules,
    )
