"""Coverage: who is within the limit, who is not, and why not."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from servicecircle.analysis.districts import OUTSIDE, district_of
from servicecircle.analysis.times import TravelTimes
from servicecircle.errors import checked_kind, checked_number
from servicecircle.inputs.columns import check_layer

REASONS = ("covered", "too_far", "unreachable", "off_network")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coverage:
    """Demand with its walk, judged against one limit.

    Attributes
    ----------
    demand
        The demand table with ``walk_min`` (minutes to the nearest center, ``inf`` if none can be
        reached), ``nearest`` (its id, None if none), ``covered`` (walk_min <= minutes) and
        ``reason`` (one of ``covered``, ``too_far``, ``unreachable``, ``off_network``).
    centers
        The centers that were asked about.
    minutes
        The limit, inclusive.
    speed_kmh
        Walking speed in force, None where the minutes came from a matrix.
    total, covered
        People, all and within the limit.
    """

    demand: pd.DataFrame
    centers: pd.DataFrame
    minutes: float
    speed_kmh: float | None
    total: float
    covered: float

    def __repr__(self) -> str:
        share = "" if self.share is None else f" ({self.share:.1%})"
        speed = "" if self.speed_kmh is None else f" at {self.speed_kmh:g} km/h"
        return (
            f"Coverage({self.covered:,.0f} of {self.total:,.0f} people{share} within {self.minutes:g} minutes{speed}, "
            f"{len(self.centers)} centers)"
        )

    @property
    def share(self) -> float | None:
        """Share of people covered (0 to 1); None when there is no demand."""
        return self.covered / self.total if self.total > 0 else None

    @property
    def reasons(self) -> dict[str, float]:
        """People by reason, in the order of `REASONS`; they add up to `total`."""
        people = self.demand.groupby("reason", observed=False)["weight"].sum()
        return {reason: float(people.get(reason, 0.0)) for reason in REASONS}

    def within(self, minutes: float) -> float:
        """People whose walk is at most `minutes`.

        Parameters
        ----------
        minutes
            The limit, inclusive; with ``inf`` everyone counts who can walk to a center at all.

        Returns
        -------
        float
            People.

        Raises
        ------
        InputError
            If `minutes` is not a number of at least 0.
        """
        checked_number("minutes", minutes, "a number of at least 0", endless=True)
        return float(self.demand.loc[self.demand["walk_min"] <= minutes, "weight"].sum())

    def by(self, districts: gpd.GeoDataFrame) -> pd.DataFrame:
        """Coverage of each district.

        Parameters
        ----------
        districts
            Polygons with ``name``, in the CRS of the demand. A point in two districts counts in the
            first of them; people and centers in none make an extra row with the id ``outside``.

        Returns
        -------
        pandas.DataFrame
            Index: district id. Columns ``name, total, covered, share, too_far, unreachable,
            off_network, walk_min, centers``; ``share`` and ``walk_min`` (the mean walk of those who
            can walk to a center, minutes) are NaN where there are no people; `centers` counts the
            centers inside.

        Raises
        ------
        CRSError
            If demand or centers have places, but not in the CRS of the districts.
        SchemaError
            If they have no places.
        """
        check_layer("districts", districts, "name")
        place = district_of(self.demand, districts, "demand")
        home = district_of(self.centers, districts, "centers")
        people = (
            self.demand.assign(district=place)
            .pivot_table(index="district", columns="reason", values="weight", aggfunc="sum", observed=False)
            .reindex(columns=list(REASONS))
            .fillna(0.0)
        )
        ids = [*districts.index, *([OUTSIDE] if OUTSIDE in people.index or (home == OUTSIDE).any() else [])]
        table = people.reindex(ids).fillna(0.0)
        # Names that are objects stay so: a text column cannot hold half a letter of a damaged name.
        named = object if districts["name"].dtype == object else None
        names = pd.Series([*districts["name"], OUTSIDE][: len(ids)], index=table.index, dtype=named)
        table.insert(0, "name", names)
        table.insert(1, "total", table[list(REASONS)].sum(axis=1))
        table.insert(3, "share", (table["covered"] / table["total"]).where(table["total"] > 0))
        table["walk_min"] = mean_walk(self.demand, place).reindex(ids)
        table["centers"] = home.value_counts().reindex(ids).fillna(0).astype(int)
        table.index.name = "id"
        table.columns.name = None
        return table


def mean_walk(demand: pd.DataFrame, groups: pd.Series) -> pd.Series:
    """Mean walk in minutes of each group, weighted by people, over those who have a walk."""
    reached = np.isfinite(demand["walk_min"])
    weight = demand["weight"].where(reached, 0.0)
    walked = (demand["walk_min"].where(reached, 0.0) * weight).groupby(groups).sum()
    people = weight.groupby(groups).sum()
    return (walked / people).where(people > 0)


def coverage(times: TravelTimes, *, minutes: float = 15.0) -> Coverage:
    """Judge every demand row against the limit.

    Parameters
    ----------
    times
        Travel times to the existing centers.
    minutes
        The limit; a walk of exactly this length is covered.

    Returns
    -------
    Coverage
        The demand with ``walk_min``, ``nearest``, ``covered`` and ``reason``, and the people that are covered.

    Raises
    ------
    InputError
        If `minutes` is not above 0 or is beyond what `times` holds.
    """
    checked_kind("times", times, TravelTimes)
    times.check_limit(minutes)
    walk = times.nearest_minutes
    covered = walk <= minutes
    reason = np.select(
        [covered, times.off_network, ~np.isfinite(walk)], ["covered", "off_network", "unreachable"], "too_far"
    )
    ids = np.array([*times.facilities.index, None], dtype=object)
    demand = times.demand.assign(
        walk_min=walk,
        nearest=pd.Series(ids[times.nearest_facility], index=times.demand.index, dtype=object),
        covered=covered,
        reason=pd.Categorical(reason, categories=list(REASONS)),
    )
    weights = times.weights
    return Coverage(
        demand=demand,
        centers=times.facilities,
        minutes=float(minutes),
        speed_kmh=times.speed_kmh,
        total=float(weights.sum()),
        covered=float(weights[covered].sum()),
    )


def catchments(cover: Coverage) -> pd.DataFrame:
    """Return what each center's catchment holds: the demand whose nearest center it is.

    Parameters
    ----------
    cover
        Who walks where, as `coverage` tells it.

    Returns
    -------
    pandas.DataFrame
        Index: center id, in the order of the centers. ``weight`` (people in the catchment),
        ``covered`` (those within the limit), ``walk_min`` (their mean walk, minutes; NaN if empty).

    Raises
    ------
    InputError
        If it is no `Coverage`.
    """
    checked_kind("cover", cover, Coverage)
    near = cover.demand["nearest"]
    weight = cover.demand["weight"].groupby(near).sum()
    within = cover.demand["weight"].where(cover.demand["covered"], 0.0).groupby(near).sum()
    table = pd.DataFrame({"weight": weight, "covered": within}).reindex(cover.centers.index).fillna(0.0)
    table["walk_min"] = mean_walk(cover.demand, near).reindex(cover.centers.index)
    table.index.name = "id"
    return table
