"""Every public function takes numbers for its numbers, and refuses anything else in one line that names the option."""

import inspect
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import servicecircle as sc
from tests.network.streets import CRS, point_table, street_table

ROOMY = {"capacity": [50.0, 50.0]}
FILE = Path(__file__).with_name("no such file.csv")


@pytest.fixture(scope="module")
def city() -> SimpleNamespace:
    """One street of 2 km with homes, two centers and two candidates."""
    streets = street_table([[(0, 0), (1000, 0)], [(1000, 0), (2000, 0)]])
    network = sc.WalkNetwork.from_streets(streets, speed_kmh=4.8)
    homes = point_table([(100 * i, 10) for i in range(21)], weight=np.full(21, 10.0))
    centers, sites = point_table([(0, 0), (200, 0)], **ROOMY), point_table([(1500, 0), (1900, 0)], **ROOMY, cost=[1, 2])
    times = sc.travel_times(network, homes, centers, max_minutes=30)
    new = sc.travel_times(network, homes, sites, max_minutes=30)
    return SimpleNamespace(
        streets=streets, network=network, homes=homes, centers=centers, sites=sites, times=times, new=new,
        cover=sc.coverage(times, minutes=5.0), plan=sc.solve_mclp(new, count=1, minutes=5.0),
        wall=gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 9), (9, 9)])], index=["w"], crs=CRS),
        north=street_table([[(500, 0), (500, 300)]]),
    )  # fmt: skip


#: name of the option -> (what is called with it, a number that works, what works beside numbers)
DOORS: dict[str, tuple[Callable[[SimpleNamespace, Any], Any], float, tuple[Any, ...]]] = {}


def door(option: str, call: Callable[[SimpleNamespace, Any], Any], good: float, *also: Any) -> None:
    """Add a door to the table; what stands before a dot tells doors of one option apart."""
    DOORS[option] = (call, good, also)


def _times(c: SimpleNamespace, **options: Any) -> object:
    return sc.travel_times(c.network, c.homes, c.centers, **options)


SOLVERS = {
    name: getattr(sc, name)
    for name in ("solve_mclp", "solve_pmedian", "solve_pcenter", "solve_cmclp", "solve_cpmedian", "curve")
}
for solver, solve in SOLVERS.items():
    door(f"{solver}.count", lambda c, v, f=solve: f(c.new, count=v), 1)
    door(f"{solver}.minutes", lambda c, v, f=solve: f(c.new, count=1, minutes=v), 5.0)
    door(f"{solver}.time_limit_s", lambda c, v, f=solve: f(c.new, count=1, time_limit_s=v), 60.0, None, np.inf)
for name in ("solve_pmedian", "solve_cpmedian"):
    door(f"{name}.beyond_min", lambda c, v, f=SOLVERS[name]: f(c.new, count=1, beyond_min=v), 60.0, None)
door("mclp.budget", lambda c, v: sc.solve_mclp(c.new, count=1, budget=v), 3.0, None)
door("lscp.share", lambda c, v: sc.solve_lscp(c.new, share=v), 0.25, None)
door("lscp.minutes", lambda c, v: sc.solve_lscp(c.new, minutes=v), 5.0)
door("lscp.time_limit_s", lambda c, v: sc.solve_lscp(c.new, time_limit_s=v), 60.0, None, np.inf)
door("alternatives.within", lambda c, v: sc.alternatives(c.new, c.plan, within=v), 0.25)
door("alternatives.budget", lambda c, v: sc.alternatives(c.new, c.plan, budget=v), 3.0, None)
door("alternatives.time_limit_s", lambda c, v: sc.alternatives(c.new, c.plan, time_limit_s=v), 60.0, None, np.inf)
door("rules.backup", lambda c, v: sc.solve_mclp(c.new, count=1, rules=sc.SiteRules(backup=v)), 1)
door(
    "rules.floors",
    lambda c, v: sc.solve_mclp(c.new, count=1, rules=sc.SiteRules(floors={"d": v}, districts=["d"] * 21)),
    0.25,
)
door("rules.weights", lambda c, v: sc.solve_mclp(c.new, count=1, rules=sc.SiteRules(weights=[v] * 21)), 2.0)
door("matrix.minutes", lambda _, v: sc.TravelTimes.from_matrix([[v, v]]), 2.0, np.nan, np.inf, None)
door("matrix.weights", lambda _, v: sc.TravelTimes.from_matrix([[1.0]], weights=[v]), 2.0)
door("matrix.costs", lambda _, v: sc.TravelTimes.from_matrix([[1.0]], costs=[v]), 2.0)
door("cover_matrix.minutes", lambda c, v: c.times.cover_matrix(v), 5.0)
door("coverage.minutes", lambda c, v: sc.coverage(c.times, minutes=v), 5.0)
door("within.minutes", lambda c, v: c.cover.within(v), 5.0, np.inf)
door("offers.minutes", lambda c, v: sc.coverage_by_offer(c.times, minutes=v), 5.0)
door("closing.minutes", lambda c, v: sc.closing(c.times, minutes=v), 5.0)
door("times.max_minutes", lambda c, v: _times(c, max_minutes=v), 5.0)
door("times.max_snap_m", lambda c, v: _times(c, max_snap_m=v), 50.0)
door("network.snap.max_snap_m", lambda c, v: c.network.snap(c.homes, "homes", max_snap_m=v), 50.0)
for name in ("isochrones", "service_area"):
    draw = getattr(sc, name)
    door(f"{name}.minutes", lambda c, v, f=draw: f(c.network, c.centers, minutes=v), 5.0)
    door(f"{name}, listed.minutes", lambda c, v, f=draw: f(c.network, c.centers, minutes=(10.0, v)), 5.0)
    door(f"{name}.reach_m", lambda c, v, f=draw: f(c.network, c.centers, minutes=5, reach_m=v), 50.0)
    door(f"{name}.max_snap_m", lambda c, v, f=draw: f(c.network, c.centers, minutes=5, max_snap_m=v), 150.0)
what_if = partial(lambda c, **options: sc.what_if(c.network, c.times, candidates=c.new, **options))
door("what_if.minutes", lambda c, v: what_if(c, minutes=v), 5.0)
door("what_if, listed.minutes", lambda c, v: what_if(c, minutes=[v]), 5.0)
door("what_if.reach_m", lambda c, v: what_if(c, minutes=[5], reach_m=v), 50.0)
door("what_if.max_snap_m", lambda c, v: what_if(c, minutes=[5], max_snap_m=v), 150.0)
door("what_if.most_candidates", lambda c, v: what_if(c, minutes=[5], most_candidates=v), 1)
door("drawing_cells.reach_m", lambda c, v: sc.drawing_cells(c.network, reach_m=v), 50.0)
door("gaps.cell_m", lambda c, v: sc.gaps(c.cover, cell_m=v), 150.0, None)
door("candidate_sites.spacing_m", lambda c, v: sc.candidate_sites(c.network, sc.gaps(c.cover), spacing_m=v), 150.0)
door("candidate_sites.near_m", lambda c, v: sc.candidate_sites(c.network, sc.gaps(c.cover), near_m=v), 150.0)
door("too_close.metres", lambda c, v: sc.too_close(c.sites, metres=v), 150.0)
door("from_streets.speed_kmh", lambda c, v: sc.WalkNetwork.from_streets(c.streets, speed_kmh=v), 4.0, None)
door("from_streets.min_component_m", lambda c, v: sc.WalkNetwork.from_streets(c.streets, min_component_m=v), 100.0)
door("from_graph.speed_kmh", lambda c, v: sc.WalkNetwork.from_graph(c.network.to_graph(), speed_kmh=v), 4.0, None)
door("profile.speed_kmh", lambda _, v: float(sc.WalkProfile(speed_kmh=v).speed_kmh), 4.0)
door("profile.steps_factor", lambda _, v: float(sc.WalkProfile(steps_factor=v).steps_factor), 2.0, np.inf)
door("profile.crossing_s", lambda _, v: float(sc.WalkProfile(crossing_s=v).crossing_s), 2.0)
door("profile.signal_s", lambda _, v: float(sc.WalkProfile(signal_s=v).signal_s), 2.0)
door("shut_streets.snap_m", lambda c, v: sc.shut_streets(c.streets, c.wall, snap_m=v), 2.0)
door("join_streets.join_m", lambda c, v: sc.join_streets(c.streets, c.north, join_m=v), 2.0)
#: Doors behind which a file or the web would be needed: they refuse before they look.
SHUT = {
    "read_demand.total": lambda v: sc.read_demand(FILE, total=v),
    "fetch_streets.margin_m": lambda v: sc.fetch_streets("Nowhere", margin_m=v),
}
ODD = (10**400, "5", "x", np.nan, np.inf, True, np.True_, None, pd.NA, -1, 2 + 1j, {"a": 5}, np.array([[5.0, 5.0]]))


def refused(option: str, call: Callable[[Any], Any], value: object) -> None:
    """Ask that a value is refused by name in one line that repeats it."""
    with pytest.raises(sc.InputError) as caught:
        call(value)
    said = str(caught.value)
    assert option.rsplit(".", 1)[1] in said, said
    assert "expected" in said or "every value must be" in said, said
    assert "\n" not in said


@pytest.mark.parametrize("option", DOORS)
def test_what_is_no_number_is_refused_by_name(city: SimpleNamespace, option: str) -> None:
    """Texts, NaN, inf, truth values, None and tables are no numbers, and end in no error of a library."""
    call, _, also = DOORS[option]
    for value in ODD:
        if any(value is good for good in also):
            call(city, value)
        elif not (isinstance(value, np.ndarray) and ".minutes" in option):
            refused(option, partial(call, city), value)


@pytest.mark.parametrize("option", DOORS)
def test_numbers_of_numpy_are_numbers(city: SimpleNamespace, option: str) -> None:
    """What comes out of an array counts as the same number of Python."""
    call, good, _ = DOORS[option]
    whole = isinstance(good, int)
    for kind in (np.int64, np.int32, np.uint8) if whole else (np.float64, np.float32):
        assert repr(call(city, kind(good)))[:300] == repr(call(city, good))[:300]


@pytest.mark.parametrize("option", SHUT)
def test_options_are_asked_before_files(option: str) -> None:
    """A wrong number is told though there is no such file."""
    for value in ODD:
        if value is not None or "total" not in option:
            refused(option, SHUT[option], value)


def test_every_number_of_a_public_function_has_a_door_here() -> None:
    """A new option that is a number is added to this table."""
    known = {option.rsplit(".", 1)[1] for option in (*DOORS, *SHUT)}
    for name in sc.__all__:
        thing = getattr(sc, name)
        if inspect.isfunction(thing):
            for option in inspect.signature(thing).parameters.values():
                if str(option.annotation).split(" | ")[0] in ("<class 'float'>", "<class 'int'>", "float", "int"):
                    assert option.name in known, f"{name}({option.name}=)"


#: argument -> (what is called with it, the kinds it may be): the order of arguments is easily mixed up in a notebook
KINDS: dict[str, tuple[Callable[[SimpleNamespace, Any], Any], tuple[type, ...]]] = {}
NOTHING = type(None)


def kind(argument: str, call: Callable[[SimpleNamespace, Any], Any], *may_be: type) -> None:
    """Add an argument to the table."""
    KINDS[argument] = (call, may_be)


for solver, solve in SOLVERS.items():
    kind(f"{solver}.times", lambda _, v, f=solve: f(v, count=1), sc.TravelTimes)
kind("solve_lscp.times", lambda _, v: sc.solve_lscp(v), sc.TravelTimes)
kind("solve_cmclp.centers", lambda c, v: sc.solve_cmclp(c.new, count=1, centers=v), sc.TravelTimes, NOTHING)
kind("alternatives.times", lambda c, v: sc.alternatives(v, c.plan), sc.TravelTimes)
kind("alternatives.plan", lambda c, v: sc.alternatives(c.new, v), sc.SitePlan)
kind("candidate_sites.network", lambda c, v: sc.candidate_sites(v, sc.gaps(c.cover)), sc.WalkNetwork)
kind("candidate_sites.gaps", lambda c, v: sc.candidate_sites(c.network, v), gpd.GeoDataFrame)
kind("catchments.cover", lambda _, v: sc.catchments(v), sc.Coverage)
kind("closing.times", lambda _, v: sc.closing(v), sc.TravelTimes)
kind("closing.candidates", lambda c, v: sc.closing(c.times, candidates=v), sc.TravelTimes, NOTHING)
kind("coverage.times", lambda _, v: sc.coverage(v), sc.TravelTimes)
kind("coverage_by_offer.times", lambda _, v: sc.coverage_by_offer(v), sc.TravelTimes)
kind("Coverage.by.districts", lambda c, v: c.cover.by(v), gpd.GeoDataFrame)
kind("coverage_map.coverage", lambda _, v: sc.coverage_map(v), sc.Coverage)
kind("coverage_map.isochrones", lambda c, v: sc.coverage_map(c.cover, isochrones=v), gpd.GeoDataFrame, NOTHING)
kind("coverage_map.gaps", lambda c, v: sc.coverage_map(c.cover, gaps=v), gpd.GeoDataFrame, NOTHING)
kind("coverage_map.plan", lambda c, v: sc.coverage_map(c.cover, plan=v), sc.SitePlan, NOTHING)
kind("coverage_map.what_if", lambda c, v: sc.coverage_map(c.cover, what_if=v), NOTHING)
kind("coverage_map.background", lambda c, v: sc.coverage_map(c.cover, background=v), NOTHING)
kind("coverage_map.notes", lambda c, v: sc.coverage_map(c.cover, notes=v), NOTHING)
kind("drawing_cells.network", lambda _, v: sc.drawing_cells(v), sc.WalkNetwork)
kind("gaps.coverage", lambda _, v: sc.gaps(v), sc.Coverage)
kind("gaps.districts", lambda c, v: sc.gaps(c.cover, districts=v), gpd.GeoDataFrame, NOTHING)
for name in ("isochrones", "service_area"):
    draw = getattr(sc, name)
    kind(f"{name}.network", lambda c, v, f=draw: f(v, c.centers), sc.WalkNetwork)
    kind(f"{name}.centers", lambda c, v, f=draw: f(c.network, v), gpd.GeoDataFrame)
kind("isochrones.cells", lambda c, v: sc.isochrones(c.network, c.centers, cells=v), NOTHING)
kind("join_streets.streets", lambda c, v: sc.join_streets(v, c.north), gpd.GeoDataFrame)
kind("join_streets.added streets", lambda c, v: sc.join_streets(c.streets, v), gpd.GeoDataFrame)
kind("node_streets.lines", lambda _, v: sc.node_streets(v), gpd.GeoDataFrame)
kind("shut_streets.streets", lambda c, v: sc.shut_streets(v, c.wall), gpd.GeoDataFrame)
kind("shut_streets.barriers", lambda c, v: sc.shut_streets(c.streets, v), gpd.GeoDataFrame)
kind("too_close.candidates", lambda _, v: sc.too_close(v, metres=5), gpd.GeoDataFrame)
kind("travel_times.network", lambda c, v: sc.travel_times(v, c.homes, c.centers), sc.WalkNetwork)
kind("travel_times.demand", lambda c, v: sc.travel_times(c.network, v, c.centers), gpd.GeoDataFrame)
kind("travel_times.facilities", lambda c, v: sc.travel_times(c.network, c.homes, v), gpd.GeoDataFrame)
kind("what_if.network", lambda c, v: sc.what_if(v, c.times), sc.WalkNetwork)
kind("what_if.times", lambda c, v: sc.what_if(c.network, v), sc.TravelTimes)
kind("what_if.candidates", lambda c, v: sc.what_if(c.network, c.times, candidates=v), sc.TravelTimes, NOTHING)
kind("what_if.plan", lambda c, v: sc.what_if(c.network, c.times, plan=v), sc.SitePlan, NOTHING)
kind("WalkNetwork.from_graph.graph", lambda _, v: sc.WalkNetwork.from_graph(v))
kind("WalkNetwork.from_streets.streets", lambda _, v: sc.WalkNetwork.from_streets(v), gpd.GeoDataFrame)
kind("WalkNetwork.from_streets.profile", lambda c, v: sc.WalkNetwork.from_streets(c.streets, profile=v), str, NOTHING)
kind("WalkNetwork.snap.points", lambda c, v: c.network.snap(v, "points"), gpd.GeoDataFrame, gpd.GeoSeries)


@pytest.mark.parametrize("argument", KINDS)
def test_an_argument_of_another_kind_is_refused_by_name(city: SimpleNamespace, argument: str) -> None:
    """A plain table, a file's name, nothing, or an argument in the place of another is told, and what to do."""
    call, may_be = KINDS[argument]
    plain = pd.DataFrame({"id": ["a"], "weight": [1.0]})
    for value in (None, "homes.csv", 3, [1, 2], plain, city.homes, city.network, city.times, city.cover, city.plan):
        if not isinstance(value, may_be):
            with pytest.raises(sc.InputError) as caught:
                call(city, value)
            assert re.fullmatch(f"{argument.rsplit('.', 1)[1]}: found .+, expected .+[.] .+[.]", str(caught.value))


def test_districts_without_names_are_refused(city: SimpleNamespace) -> None:
    """A table without the column ``name`` is told with the columns it has."""
    for call in (city.cover.by, lambda layer: sc.gaps(city.cover, districts=layer)):
        with pytest.raises(sc.SchemaError, match=r"districts: found the columns .*, expected one called 'name'"):
            call(city.wall)


def _public() -> dict[str, Callable[..., Any]]:
    """Return the public functions, and the methods of public classes."""
    found = {}
    for name in sc.__all__:
        thing = getattr(sc, name)
        if inspect.isfunction(thing):
            found[name] = thing
        elif inspect.isclass(thing) and not issubclass(thing, BaseException):
            own = [key for key, value in vars(thing).items() if callable(value) or isinstance(value, classmethod)]
            found |= {f"{name}.{key}": getattr(thing, key) for key in own if not key.startswith("_")}
    return found


@pytest.mark.parametrize("name", _public())
def test_the_docstring_names_every_argument_and_what_comes_back(name: str) -> None:
    """Parameters are told one by one or several in a line; what takes data says what it refuses; types can be read."""
    function = _public()[name]
    signature = inspect.signature(function)
    parts = re.split(r"\n([A-Z][a-z]+)\n-{3,}\n", inspect.getdoc(function) or "")
    told = dict(zip(parts[1::2], parts[2::2], strict=True))
    lines = [line for line in told.get("Parameters", "").splitlines() if line and not line.startswith(" ")]
    assert {part for line in lines for part in line.split(", ")} == set(signature.parameters) - {"self"}
    assert "Returns" in told or signature.return_annotation is None
    if set(signature.parameters) - {"self"} and name not in UNFAILING:
        assert "Raises" in told
    assert "_Buffer" not in str(signature)


#: What refuses nothing.
UNFAILING = {"Elevation.at", "Study.in_language", "WalkProfile.source"}
