"""Which datum are coordinates in? The streets, and the districts that rows claim, are asked.

A center stands beside a street. Read in the wrong datum it is moved by 0.5 to 1.2 km, and then stands where any
other place of the neighbourhood stands. So for each way to read the file, the distance of each place to its nearest
street is ranked among those of places around it (`CONTROLS` of them, 200 to 1,200 m away): under the right reading
ranks are low, under a wrong one they are any. Ranks, not metres, because a village has few streets and a center many.
"""

from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from servicecircle.inputs.datum import Datum, checked_datum, from_wgs84, to_wgs84
from servicecircle.network.walk import WalkNetwork

FloatArray = npt.NDArray[np.float64]
Reading = Literal["wgs84", "gcj02", "bd09", "swapped"]

READINGS: tuple[Reading, ...] = ("wgs84", "gcj02", "bd09", "swapped")
#: How likely the best reading must be, and how much likelier than chance, before it is suggested.
SURE, ABOVE_CHANCE = 0.99, 100.0
#: Where a place stands that a reading puts nowhere: far from every street.
_NOWHERE = -1e9
#: Places around each place that its distance is compared with.
CONTROLS = 32
#: More rows than these prove nothing that these do not.
_MOST_ROWS = 2_000
#: A center stands no farther than this from a street, metres.
_NEAR_M = 200.0
#: How strongly low ranks prevail is not known beforehand: densities b (1 - rank)^(b - 1), averaged over these b.
_STRENGTHS = np.array([1.5, 2.0, 3.0, 4.0, 6.0])
#: Share of the claims of a district that are wrong for other reasons.
_WRONG_CLAIMS = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class DatumFit:
    """How likely each reading of the coordinates is.

    Attributes
    ----------
    rows
        Places that were asked about.
    said
        The reading in force.
    likelihood
        Reading -> its probability, all readings being equally likely beforehand; they add to 1.
    sure
        Whether the evidence is strong: the best reading has a probability of at least `SURE`, and the streets
        and claims are at least `ABOVE_CHANCE` times likelier under it than by chance.
    apart
        Whether the datums of China put the places apart; outside China all are WGS 84.
    """

    rows: int
    said: Reading
    likelihood: dict[Reading, float]
    sure: bool
    apart: bool

    @property
    def best(self) -> Reading:
        """The likeliest reading; of equals the one in force."""
        most = max(self.likelihood.values())
        return (
            self.said if self.likelihood[self.said] == most else max(self.likelihood, key=self.likelihood.__getitem__)
        )

    @property
    def suggested(self) -> Reading | None:
        """The reading to use in place of the one in force, None unless the evidence is strong for another."""
        return self.best if self.sure and self.best != self.said else None


def datum_fit(
    network: WalkNetwork,
    places: gpd.GeoDataFrame,
    *,
    datum: str = "wgs84",
    districts: gpd.GeoDataFrame | None = None,
) -> DatumFit:
    """Say which datum the coordinates of places are likely to be in. Nothing is converted.

    Parameters
    ----------
    network
        The streets, in the right place.
    places
        Points as they were read with `datum`, in the CRS of the network. A column ``district`` says which
        district, by name or id, each row claims to lie in.
    datum
        What they were read as.
    districts
        The districts that rows claim, in the right place.

    Returns
    -------
    DatumFit
        Outside China, GCJ-02 and BD-09 are WGS 84, and the three share its likelihood.

    Raises
    ------
    InputError
        If there is no such datum.
    CRSError
        If the layers are not in one metric CRS.
    """
    said = _reading(datum)
    some = places.iloc[:: -(-len(places) // _MOST_ROWS) or 1]
    read = {reading: _reread(some.geometry, said, reading) for reading in READINGS}
    support = [_support(network, some.set_geometry(points), districts) for points in read.values()]
    return _judged(len(some), said, read, np.array(support))


def districts_datum_fit(districts: gpd.GeoDataFrame, places: gpd.GeoDataFrame, *, datum: str = "wgs84") -> DatumFit:
    """Say which datum district outlines are likely to be in, by the places that claim to lie in them.

    Parameters
    ----------
    districts
        Polygons as they were read with `datum`.
    places
        Points in the right place, in the CRS of the districts, with a column ``district`` that names one.
    datum
        What the outlines were read as.

    Returns
    -------
    DatumFit
        Only places near an outline tell readings apart; without any, it is not sure.

    Raises
    ------
    InputError
        If there is no such datum.
    """
    said = _reading(datum)
    readings: tuple[Reading, ...] = ("wgs84", "gcj02", "bd09")
    read = {reading: _reread(districts.geometry, said, reading) for reading in readings}
    own = shapely.get_coordinates(places.geometry.to_numpy())
    support = [_claims(places, districts.set_geometry(shapes), own, own[:, None] + _RING) for shapes in read.values()]
    return _judged(len(places), said, read, np.array(support))


def _reading(datum: str) -> Reading:
    known = checked_datum(datum)
    return "wgs84" if known == "cgcs2000" else known


def _judged(rows: int, said: Reading, read: dict[Reading, gpd.GeoSeries], support: FloatArray) -> DatumFit:
    """Turn support into likelihoods; readings that put everything in the same place count once."""
    names = list(read)
    same = [next(j for j in range(i + 1) if _equal(read[names[i]], read[names[j]])) for i in range(len(names))]
    first = np.array([i == j for i, j in enumerate(same)])
    odds = np.where(first, np.exp(support - support.max()), 0.0)
    share = odds / odds.sum()
    likelihood = {name: float(share[j] / same.count(j)) for name, j in zip(names, same, strict=True)}
    best = int(np.argmax(share))
    sure = bool(share[best] >= SURE and support[best] >= np.log(ABOVE_CHANCE))
    apart = len({place for name, place in zip(names, same, strict=True) if name != "swapped"}) > 1
    return DatumFit(rows=rows, said=said, likelihood=likelihood, sure=sure, apart=apart)


def _equal(a: gpd.GeoSeries, b: gpd.GeoSeries) -> bool:
    first, second = (shapely.get_coordinates(series.to_numpy()) for series in (a, b))
    return bool(np.allclose(first, second, atol=0.01, rtol=0))


def _reread(shapes: gpd.GeoSeries, said: Reading, reading: Reading) -> gpd.GeoSeries:
    """Return shapes that were read as `said` as they would lie if read as `reading`."""
    if reading == said:
        return shapes

    def move(xy: FloatArray) -> FloatArray:
        lon, lat = from_wgs84(xy[:, 0], xy[:, 1], _datum(said))
        if reading == "swapped":
            # A longitude may be no latitude at all; at the pole it is far from every street too.
            return np.column_stack([lat, np.clip(lon, -90.0, 90.0)])
        return np.column_stack(to_wgs84(lon, lat, _datum(reading)))

    degrees = shapes.to_crs(4326)
    return gpd.GeoSeries(shapely.transform(degrees.to_numpy(), move), index=shapes.index, crs=4326).to_crs(shapes.crs)


def _datum(reading: Reading) -> Datum:
    return "wgs84" if reading == "swapped" else reading


def _support(network: WalkNetwork, places: gpd.GeoDataFrame, districts: gpd.GeoDataFrame | None) -> float:
    """Return the logarithm of how much likelier streets and claims are at these places than around them."""
    own = shapely.get_coordinates(places.geometry.to_numpy())
    own = np.where(np.isfinite(own).all(axis=1)[:, None], own, _NOWHERE)
    around = own[:, None] + _RING
    log_rank = np.log1p(-_ranks(network, own, around))
    each = len(own) * np.log(_STRENGTHS) + (_STRENGTHS - 1.0) * log_rank.sum()
    streets = float(np.logaddexp.reduce(each) - np.log(len(_STRENGTHS)))
    return streets + (0.0 if districts is None else _claims(places, districts, own, around))


def _claims(places: gpd.GeoDataFrame, districts: gpd.GeoDataFrame, own: FloatArray, around: FloatArray) -> float:
    """Return the same for the claims of a known district alone."""
    shapes = dict(zip(districts["name"].astype(str), districts.geometry, strict=True))
    shapes |= dict(zip(districts.index.astype(str), districts.geometry, strict=True))
    claimed = places["district"].astype(str).to_numpy() if "district" in places else np.array([], dtype=str)
    total = 0.0
    for name in np.unique(claimed):
        if name in shapes:
            rows = claimed == name
            here = shapely.contains_xy(shapes[name], own[rows])
            there = shapely.contains_xy(shapes[name], around[rows].reshape(-1, 2)).reshape(-1, CONTROLS).mean(axis=1)
            # A claim may be wrong for other reasons, here as there.
            right, chance = (_WRONG_CLAIMS + (1.0 - 2.0 * _WRONG_CLAIMS) * share for share in (here, there))
            total += float(np.log(right / chance).sum())
    return total


def _ranks(network: WalkNetwork, own: FloatArray, around: FloatArray) -> FloatArray:
    """Return where each place's distance to a street stands among those around it, 0 to 1, shape (places,)."""
    here = network.index.snap(own, _NEAR_M).distance_m
    there = network.index.snap(around.reshape(-1, 2), _NEAR_M).distance_m.reshape(-1, CONTROLS)
    # Only places where a center could stand compare: else the edge of a city would make every place in it look right.
    possible = np.isfinite(there)
    below = np.sum(possible & (there < here[:, None]), axis=1) + 0.5 * np.sum(
        possible & (there == here[:, None]), axis=1
    )
    rank = (below + 0.5) / (possible.sum(axis=1) + 1)
    # Where no street is near, no center can stand.
    return np.asarray(np.where(np.isfinite(here), rank, 1.0 - 0.5 / (CONTROLS + 1)))


def _ring(places: int) -> FloatArray:
    """Return steps of 200 to 1,200 m in all directions, evenly over the area (a sunflower's seeds)."""
    number = np.arange(places)
    metres = 200.0 + 1_000.0 * np.sqrt((number + 0.5) / places)
    angle = number * np.pi * (3.0 - np.sqrt(5.0))
    return np.column_stack([metres * np.cos(angle), metres * np.sin(angle)])


_RING = _ring(CONTROLS)
