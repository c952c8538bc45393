"""A small study result one can check by hand, for every test of the outputs.

Streets are a grid of 200 m blocks, 3000 m by 2000 m, so a walk is the distance along both axes; people
live at crossings. At 4.0 km/h 15 minutes are 1000 m. There is an island across the water whose
people cannot walk to any center, and a farm far from every street.
"""

from functools import cache
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import LineString, Point, Polygon

from servicecircle.analysis.coverage import REASONS, Coverage, coverage
from servicecircle.analysis.gaps import gaps as find_gaps
from servicecircle.analysis.siting.mclp import solve_mclp
from servicecircle.analysis.siting.plan import SitePlan
from servicecircle.analysis.travel import travel_times
from servicecircle.analysis.what_if import LONGEST_MIN, what_if
from servicecircle.inputs.issues import RowIssue
from servicecircle.network.walk import WalkNetwork
from servicecircle.outputs.report import report_html
from servicecircle.outputs.result import StudyResult

CRS = "EPSG:32649"
EAST, NORTH = 432_000.0, 2_215_000.0
SPEED_KMH = 4.0
METRES_PER_MINUTE = SPEED_KMH * 1000 / 60
MINUTES = (5.0, 10.0, 15.0)
HOSTILE = "</script><img src=x onerror=alert(1)>{{7*7}}{% x %}${1}"
FORMULA = '=HYPERLINK("http://x")'

CENTERS = {
    "007": ("海秀镇便民服务中心", "镇街", "社区", (400, 400)),
    "C2": ("博爱社区服务站", "社区", "社区", (1000, 1400)),
    "C3": ("国贸商圈服务点", "社区", "商圈", (1400, 600)),
    "C4": ("高新园区服务中心", "区", "园区", (2000, 1600)),
    "NA": ("新埠村服务点", "村", "村庄", (600, 1000)),
}


def at(x: float, y: float) -> Point:
    """Place a point on the grid, metres from its south-west corner."""
    return Point(EAST + x, NORTH + y)


def streets() -> gpd.GeoDataFrame:
    """Lay out the grid, an island of 1200 m and a crumb of 50 m."""
    lines = [[(x, y), (x + 200, y)] for y in range(0, 2001, 200) for x in range(0, 3000, 200)]
    lines += [[(x, y), (x, y + 200)] for x in range(0, 3001, 200) for y in range(0, 2000, 200)]
    lines += [[(3600, y), (3600, y + 300)] for y in range(200, 1400, 300)]
    lines += [[(3300, 1900), (3350, 1900)]]
    geometry = [LineString([(EAST + x, NORTH + y) for x, y in line]) for line in lines]
    index = pd.Index([f"s{i}" for i in range(len(lines))], name="id")
    length = [line.length for line in geometry]
    return gpd.GeoDataFrame(
        {"length_m": length, "highway": "residential", "name": "龙华路"}, geometry=geometry, index=index, crs=CRS
    )


def centers() -> gpd.GeoDataFrame:
    """Place five centers, one with the id ``007`` and one with the id ``NA``."""
    rows = list(CENTERS.values())
    data = {"name": [r[0] for r in rows], "tier": [r[1] for r in rows], "kind": [r[2] for r in rows]}
    index = pd.Index(list(CENTERS), name="id")
    return gpd.GeoDataFrame(data, geometry=[at(*r[3]) for r in rows], index=index, crs=CRS)


def demand() -> gpd.GeoDataFrame:
    """Place people at crossings 400 m apart (48 rows), two places on the island and one farm."""
    places = [(x, y) for y in range(0, 2001, 400) for x in range(0, 2801, 400)]
    weights = [60.0 + (i * 37) % 90 + 0.3 for i in range(len(places))]
    places += [(3600, 500), (3600, 800), (1200, -900)]
    weights += [41.5, 30.25, 12.6]
    index = pd.Index([f"d{i}" for i in range(len(places))], name="id")
    return gpd.GeoDataFrame({"weight": weights}, geometry=[at(*p) for p in places], index=index, crs=CRS)


def walks(people: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> np.ndarray:
    """Measure minutes along the grid, shape (demand, places)."""
    across = np.abs(people.geometry.x.to_numpy()[:, None] - places.geometry.x.to_numpy()[None, :])
    along = np.abs(people.geometry.y.to_numpy()[:, None] - places.geometry.y.to_numpy()[None, :])
    return (across + along) / METRES_PER_MINUTE


def grid_coverage() -> Coverage:
    """Judge the demand at 15 minutes, all four reasons present."""
    people, places = demand(), centers()
    minutes = walks(people, places)
    walk = minutes.min(axis=1)
    nearest = np.array(places.index, dtype=object)[minutes.argmin(axis=1)]
    walk[-3:] = np.inf
    nearest[-3:] = None
    reason = np.where(walk <= MINUTES[-1], "covered", "too_far").astype(object)
    reason[-3:] = ["unreachable", "unreachable", "off_network"]
    table = people.assign(
        walk_min=walk,
        nearest=pd.array(nearest, dtype=object),
        covered=walk <= MINUTES[-1],
        reason=pd.Categorical(reason, categories=list(REASONS)),
    )
    return Coverage(
        demand=table,
        centers=places,
        minutes=MINUTES[-1],
        speed_kmh=SPEED_KMH,
        total=float(table["weight"].sum()),
        covered=float(table.loc[table["covered"], "weight"].sum()),
    )


def diamond(x: float, y: float, minutes: float) -> Polygon:
    """Draw what one reaches along a fine grid, kept within 100 m of the streets."""
    reach = minutes * METRES_PER_MINUTE
    corners = [(x - reach, y), (x, y + reach), (x + reach, y), (x, y - reach)]
    land = shapely.box(EAST - 100, NORTH - 100, EAST + 3100, NORTH + 2100)
    return Polygon([(EAST + a, NORTH + b) for a, b in corners]).intersection(land)


def isochrones() -> gpd.GeoDataFrame:
    """Draw three rings around each center."""
    rows = [(key, minutes, diamond(*row[3], minutes)) for key, row in CENTERS.items() for minutes in MINUTES]
    data = {"center": [r[0] for r in rows], "minutes": [r[1] for r in rows]}
    index = pd.Index([f"{r[0]}-{r[1]:g}" for r in rows], name="id")
    return gpd.GeoDataFrame(data, geometry=[r[2] for r in rows], index=index, crs=CRS)


def service_area(rings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Join the rings of all centers, one row for each walking time."""
    parts = [shapely.union_all(rings.geometry[rings["minutes"] == m].to_numpy()) for m in MINUTES]
    index = pd.Index([f"{m:g}" for m in MINUTES], name="id")
    return gpd.GeoDataFrame({"minutes": list(MINUTES)}, geometry=parts, index=index, crs=CRS)


def districts() -> gpd.GeoDataFrame:
    """Draw two districts that meet at 1700 m; the farm and the island lie outside of both."""
    boxes = [(-150, -150, 1700, 2150), (1700, -150, 3200, 2150)]
    geometry = [shapely.box(EAST + a, NORTH + b, EAST + c, NORTH + d) for a, b, c, d in boxes]
    index = pd.Index(["460105", "460106"], name="id")
    return gpd.GeoDataFrame({"name": ["秀英区", "龙华区"]}, geometry=geometry, index=index, crs=CRS)


def gaps(cover: Coverage) -> gpd.GeoDataFrame:
    """Outline the two corners out of reach, the one with more people first."""
    too_far = cover.demand[cover.demand["reason"] == "too_far"]
    east = too_far.geometry.x > EAST + 1700
    rows = []
    for part, district in ((too_far[east], "460106"), (too_far[~east], "460105")):
        worst = part["walk_min"].idxmax()
        area = shapely.union_all(part.geometry.to_numpy()).buffer(230).buffer(-100)
        rows.append((float(part["weight"].sum()), *part.loc[worst, ["walk_min", "nearest"]], district, area))
    rows.sort(key=lambda row: -row[0])
    data = {
        "weight": [r[0] for r in rows],
        "share": [r[0] / cover.total for r in rows],
        "walk_min": [r[1] for r in rows],
        "nearest": pd.array([r[2] for r in rows], dtype=object),
        "district": pd.array([r[3] for r in rows], dtype=object),
    }
    index = pd.Index(["1", "2"], name="id")
    return gpd.GeoDataFrame(data, geometry=[r[4] for r in rows], index=index, crs=CRS)


def candidates() -> gpd.GeoDataFrame:
    """Place six sites for a new center."""
    places = [(2600, 400), (2800, 800), (2400, 0), (0, 1800), (1600, 2000), (2800, 2000)]
    index = pd.Index([f"K{i + 1}" for i in range(len(places))], name="id")
    names = ["滨江地块", "东湖地块", "南门地块", "西城地块", "北站地块", "东站地块"]
    return gpd.GeoDataFrame({"name": names}, geometry=[at(*p) for p in places], index=index, crs=CRS)


def plan(cover: Coverage, places: gpd.GeoDataFrame) -> SitePlan:
    """Pick the two best sites by trying; the bound is a little above what they reach."""
    reach = walks(cover.demand, places) <= MINUTES[-1]
    reach[-3:] = False
    weight, served = cover.demand["weight"].to_numpy(), cover.demand["covered"].to_numpy().copy()
    chosen, gains, after = [], [], [cover.covered]
    for _ in range(2):
        gain = (reach & ~served[:, None]).T @ weight
        best = int(gain.argmax())
        served |= reach[:, best]
        chosen.append(places.index[best])
        gains.append(float(gain[best]))
        after.append(after[-1] + float(gain[best]))
    shares = [people / cover.total for people in after]
    sites = places.loc[chosen].assign(rank=[1, 2], gain=gains, share_after=shares[1:])
    bound = after[-1] * 1.001
    open_sites = np.array([places.index.get_loc(key) for key in chosen])
    by_site = served & ~cover.demand["covered"].to_numpy()
    allocation = pd.DataFrame(
        {
            "facility": np.where(
                by_site, np.array(chosen)[reach[:, open_sites].argmax(axis=1)], cover.demand["nearest"]
            ),
            "kind": np.where(by_site, "site", "center"),
            "weight": weight,
            "walk_min": np.where(by_site, MINUTES[-1], cover.demand["walk_min"]),
        },
        index=cover.demand.index,
    )[served]
    return SitePlan(
        problem="mclp",
        sites=sites,
        covered=after[-1],
        total=cover.total,
        objective=after[-1],
        bound=bound,
        gap=(bound - after[-1]) / after[-1],
        status="feasible",
        curve=pd.DataFrame({"sites": [0, 1, 2], "covered": after, "share": shares}),
        minutes=MINUTES[-1],
        allocation=allocation,
        uncovered=pd.DataFrame({"weight": weight, "reachable": reach.any(axis=1)}, index=cover.demand.index)[~served],
        seconds=0.0,
    )


def what_if_result(language: Literal["zh", "en"] = "zh", **changes: object) -> StudyResult:
    """Compute the study of the grid by the library itself, with all the walks behind the switches of the map."""
    network = WalkNetwork.from_streets(streets(), speed_kmh=SPEED_KMH)
    people, sites = demand(), candidates()
    places = centers().assign(
        functions=["展示,服务", "服务、人才", "文化", "展示;文化", None], capacity=[900.0, 500.0, 0.0, None, 60.0]
    )
    times = travel_times(network, people, places, max_minutes=LONGEST_MIN)
    cover = coverage(times, minutes=MINUTES[-1])
    walks = travel_times(network, people, sites, max_minutes=MINUTES[-1])
    best = solve_mclp(walks, count=2, minutes=MINUTES[-1], covered=cover)
    fields: dict[str, object] = {
        "network": network,
        "coverage": cover,
        "gaps": find_gaps(cover, districts=districts()),
        "plan": best,
        "what_if": what_if(network, times, candidates=walks, plan=best, minutes=MINUTES),
    }
    return study_result(language, **(fields | changes))


ISSUES = (
    RowIssue(
        file="centers.csv", row=17, column="经度", value="11O.35", problem="missing_coordinate", action="left out"
    ),
    RowIssue(file="centers.csv", row=23, column="id", value=FORMULA, problem="missing_coordinate", action="left out"),
    RowIssue(file="population.tif", row=0, column="", value="-3", problem="a_code_without_text", action="doubted"),
)


def study_result(language: Literal["zh", "en"] = "zh", **changes: object) -> StudyResult:
    """Build the whole result; `changes` replace fields."""
    cover, rings = grid_coverage(), isochrones()
    fields: dict[str, object] = {
        "name": "海口 15分钟服务圈",
        "language": language,
        "minutes": MINUTES,
        "network": WalkNetwork.from_streets(streets(), speed_kmh=SPEED_KMH),
        "coverage": cover,
        "isochrones": rings,
        "service_area": service_area(rings),
        "gaps": gaps(cover),
        "districts": districts(),
        "candidates": candidates(),
        "plan": plan(cover, candidates()),
        "issues": ISSUES,
        "sources": ("© OpenStreetMap contributors (ODbL)",),
        "max_snap_m": 200.0,
        "min_component_m": 500.0,
        "estimated": (cover.total, 51),
    }
    return StudyResult(**(fields | changes))


@cache
def report(language: Literal["zh", "en"] = "zh") -> bytes:
    """Make the report of the whole result, once for all tests that only read it."""
    return report_html(study_result(language))


def hostile_result(language: Literal["zh", "en"] = "en") -> StudyResult:
    """Build the same result with names that try to become markup, template, formula or mathematics."""
    honest = study_result(language)
    names = [HOSTILE, FORMULA, "$x$ \\frac", "@SUM(A1)", "+1"]
    places = honest.coverage.centers.assign(name=names)
    assert honest.districts is not None
    assert honest.candidates is not None
    assert honest.plan is not None
    cover = honest.coverage
    changed = Coverage(
        demand=cover.demand,
        centers=places,
        minutes=cover.minutes,
        speed_kmh=cover.speed_kmh,
        total=cover.total,
        covered=cover.covered,
    )
    named = honest.candidates.assign(name=HOSTILE)
    return study_result(
        language,
        name=HOSTILE,
        coverage=changed,
        districts=honest.districts.assign(name=[HOSTILE, FORMULA]),
        candidates=named,
        plan=plan(cover, named),
        sources=(HOSTILE,),
    )
