"""The commands that take layers: streets, demand, centers."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from servicecircle.cli.app import app
from servicecircle.cli.limits import METRES, MINUTES, SPEED, between, minutes_of
from servicecircle.cli.saying import Progress, number, progress, say, say_coverage, say_plan, warn
from servicecircle.errors import InfeasibleError

if TYPE_CHECKING:
    import geopandas as gpd

    from servicecircle.analysis.coverage import Coverage
    from servicecircle.inputs.elevation import Elevation
    from servicecircle.inputs.issues import RowIssue
    from servicecircle.network.walk import WalkNetwork


def _datum(text: str) -> str:
    from servicecircle.inputs.datum import datum_named, zone_named

    if datum_named(text) is None and zone_named(text) is None:
        raise typer.BadParameter(f"{text!r} is not one of wgs84, cgcs2000, gcj02, bd09, EPSG:4513 to EPSG:4554.")
    return text


StreetsFile = Annotated[Path, typer.Argument(help="Streets: .osm.pbf .osm .gpkg .shp .geojson .parquet .graphml")]
DemandFile = Annotated[Path, typer.Argument(help="Where people live: points or polygons with people, or a raster.")]
CentersFile = Annotated[Path, typer.Argument(help="Existing centers: .csv .xlsx or any vector file.")]
Speed = Annotated[
    float | None,
    typer.Option(callback=SPEED, help="Walking speed in km/h; else the profile's, or 4.0: 1000 m in 15 min."),
]
ProfileOption = Annotated[
    Literal["gb50180", "adult", "elderly", "child", "pram", "wheelchair"] | None,
    typer.Option(help="Who walks: speed, steps, waits at crossings."),
]
Barriers = Annotated[Path | None, typer.Option(help="Points, lines and polygons that shut streets.")]
Slope = Annotated[str | None, typer.Option(help="Terrain raster (.tif) of heights, or z for those of the lines.")]
Snap = Annotated[
    float, typer.Option(callback=METRES, help="Farther than this from every street is off the network, metres.")
]
Minutes = Annotated[float, typer.Option(callback=MINUTES, help="The limit in minutes, inclusive.")]
DatumOption = Annotated[
    str, typer.Option(callback=_datum, help="wgs84, cgcs2000, gcj02, bd09, or a zone: EPSG:4513 to EPSG:4554.")
]
Weight = Annotated[str | None, typer.Option(help="Column of the demand that holds the people.")]
Written = Annotated[Path, typer.Option("--output", "-o", help="File to write.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the options of a command say."""

    streets: Path
    centers: Path
    datum: str
    speed_kmh: float | None
    profile: str | None
    slope: str | None
    barriers: Path | None
    max_snap_m: float
    output: Path

    def network(self, bar: Progress) -> "tuple[WalkNetwork, gpd.GeoDataFrame]":
        """Read streets and centers, after a look at where the answer will be written."""
        from servicecircle.inputs.barriers import read_barriers
        from servicecircle.inputs.elevation import read_elevation
        from servicecircle.inputs.places import read_centers
        from servicecircle.inputs.streets import read_streets
        from servicecircle.network.barriers import shut_streets
        from servicecircle.network.walk import WalkNetwork

        _check_output(self.output)
        issues: list[RowIssue] = []
        bar("streets", 0.0)
        table = read_streets(self.streets, keep_z=self.slope == "z", issues=issues)
        if self.barriers is not None:
            walls = read_barriers(self.barriers, crs=table.crs, issues=issues)
            table = shut_streets(table, walls, name=self.barriers.name, issues=issues)
        hills: Elevation | Literal["z"] | None = None
        if self.slope is not None:
            hills = "z" if self.slope == "z" else read_elevation(self.slope, area=table, issues=issues)
        network = WalkNetwork.from_streets(table, speed_kmh=self.speed_kmh, profile=self.profile, elevation=hills)
        bar("centers", 0.0)
        places = read_centers(self.centers, datum=self.datum, crs=network.crs, issues=issues)
        warn(issues)
        return network, places

    def coverage(
        self, demand: Path, weight: str | None, minutes: float, bar: Progress
    ) -> "tuple[WalkNetwork, Coverage]":
        """Compute who is within the limit."""
        from servicecircle.analysis.coverage import coverage
        from servicecircle.analysis.travel import travel_times
        from servicecircle.inputs.demand import read_demand

        network, places = self.network(bar)
        issues: list[RowIssue] = []
        bar("demand", 0.0)
        people = read_demand(demand, weight=weight, crs=network.crs, issues=issues)
        warn(issues)
        times = travel_times(
            network,
            people,
            places,
            max_minutes=minutes,
            max_snap_m=self.max_snap_m,
            on_progress=lambda done, total: bar("travel times", done / max(total, 1)),
        )
        return network, coverage(times, minutes=minutes)


@app.command("isochrones")
def isochrones_command(
    streets: StreetsFile,
    centers: CentersFile,
    minutes: Annotated[str, typer.Option(help="Walking times, separated by commas.")] = "5,10,15",
    speed_kmh: Speed = None,
    profile: ProfileOption = None,
    slope: Slope = None,
    barriers: Barriers = None,
    reach_m: Annotated[float, typer.Option(callback=METRES, help="Drawn distance from a street, metres.")] = 100.0,
    max_snap_m: Snap = 200.0,
    datum: DatumOption = "wgs84",
    output: Written = Path("isochrones.gpkg"),
) -> None:
    """Draw the area within given walks of each center."""
    from servicecircle.analysis.isochrones import isochrones

    limits = minutes_of(minutes)
    asked = _Asked(
        streets=streets,
        centers=centers,
        datum=datum,
        speed_kmh=speed_kmh,
        profile=profile,
        slope=slope,
        barriers=barriers,
        max_snap_m=max_snap_m,
        output=output,
    )
    with progress() as bar:
        network, places = asked.network(bar)
        rings = isochrones(
            network,
            places,
            minutes=limits,
            reach_m=reach_m,
            max_snap_m=max_snap_m,
            on_progress=lambda done, total: bar("isochrones", done / max(total, 1)),
        )
    _write_layer(rings, "isochrones", output)
    say(f"{number(len(places))} centers · {minutes} minutes at {network.speed_kmh:g} km/h\nisochrones {output}")


@app.command("coverage", short_help="Say who is within the limit.")
def coverage_command(
    streets: StreetsFile,
    demand: DemandFile,
    centers: CentersFile,
    minutes: Minutes = 15.0,
    speed_kmh: Speed = None,
    profile: ProfileOption = None,
    slope: Slope = None,
    barriers: Barriers = None,
    max_snap_m: Snap = 200.0,
    weight: Weight = None,
    datum: DatumOption = "wgs84",
    output: Written = Path("coverage.gpkg"),
) -> None:
    """Say who is within the limit, and write the demand with its walk."""
    asked = _Asked(
        streets=streets,
        centers=centers,
        datum=datum,
        speed_kmh=speed_kmh,
        profile=profile,
        slope=slope,
        barriers=barriers,
        max_snap_m=max_snap_m,
        output=output,
    )
    with progress() as bar:
        _, cover = asked.coverage(demand, weight, minutes, bar)
    _write_layer(cover.demand, "demand", output)
    say_coverage(cover)
    say(f"demand     {output}")


@app.command("gaps", short_help="Find where the people outside the limit live.")
def gaps_command(
    streets: StreetsFile,
    demand: DemandFile,
    centers: CentersFile,
    minutes: Minutes = 15.0,
    speed_kmh: Speed = None,
    profile: ProfileOption = None,
    slope: Slope = None,
    barriers: Barriers = None,
    max_snap_m: Snap = 200.0,
    weight: Weight = None,
    datum: DatumOption = "wgs84",
    output: Written = Path("gaps.gpkg"),
) -> None:
    """Find the contiguous areas of people outside the limit, ranked by people."""
    from servicecircle.analysis.gaps import gaps

    asked = _Asked(
        streets=streets,
        centers=centers,
        datum=datum,
        speed_kmh=speed_kmh,
        profile=profile,
        slope=slope,
        barriers=barriers,
        max_snap_m=max_snap_m,
        output=output,
    )
    with progress() as bar:
        _, cover = asked.coverage(demand, weight, minutes, bar)
        found = gaps(cover)
    _write_layer(found, "gaps", output)
    say_coverage(cover)
    for key, gap in found.head(10).iterrows():
        walk = f"{gap['walk_min']:.0f} min" if gap["walk_min"] < float("inf") else "no walk"
        say(f"{key:<10} {number(gap['weight']):>9} people   longest walk {walk}")
    say(f"gaps       {output}" + (f"   ({len(found)} in all)" if len(found) > 10 else ""))


@app.command("sites", short_help="Propose the new sites that help most.")
def sites_command(
    streets: StreetsFile,
    demand: DemandFile,
    centers: CentersFile,
    count: Annotated[int, typer.Option(callback=between(1, 1000), help="Most new sites.")] = 10,
    budget: Annotated[
        float | None,
        typer.Option(callback=between(0), help="Most that they may cost, as the candidates' column cost."),
    ] = None,
    target_share: Annotated[
        float | None,
        typer.Option(
            callback=between(0, 1), help="Share of all people to reach (0 to 1) with the fewest sites, not --count."
        ),
    ] = None,
    min_distance_m: Annotated[
        float, typer.Option(callback=between(0), help="Least distance between new sites, metres.")
    ] = 0.0,
    minutes: Minutes = 15.0,
    speed_kmh: Speed = None,
    profile: ProfileOption = None,
    slope: Slope = None,
    barriers: Barriers = None,
    max_snap_m: Snap = 200.0,
    weight: Weight = None,
    datum: DatumOption = "wgs84",
    candidates: Annotated[Path | None, typer.Option(help="Candidates; else generated along streets.")] = None,
    output: Written = Path("sites.gpkg"),
) -> None:
    """Propose the sites that bring most people within the limit, with a proven bound."""
    from servicecircle.analysis.candidates import candidate_sites
    from servicecircle.analysis.gaps import gaps
    from servicecircle.analysis.proposal import propose, spaced
    from servicecircle.analysis.rules import SiteRules
    from servicecircle.analysis.travel import travel_times
    from servicecircle.inputs.places import read_candidates

    if budget is not None and candidates is None:
        raise typer.BadParameter("--budget needs --candidates with a column cost: generated ones have none.")
    if budget is not None and target_share is not None:
        raise typer.BadParameter("--target-share asks for the least cost itself: leave out --budget.")
    asked = _Asked(
        streets=streets,
        centers=centers,
        datum=datum,
        speed_kmh=speed_kmh,
        profile=profile,
        slope=slope,
        barriers=barriers,
        max_snap_m=max_snap_m,
        output=output,
    )
    with progress() as bar:
        network, cover = asked.coverage(demand, weight, minutes, bar)
        bar("sites", 0.0)
        places = (
            candidate_sites(network, gaps(cover))
            if candidates is None
            else read_candidates(candidates, datum=datum, crs=network.crs)
        )
        if not len(places):
            raise InfeasibleError("everyone is within the limit already: there is no gap to serve.")
        people = cover.demand[["weight", "geometry"]]
        times = travel_times(network, people, places, max_minutes=minutes, max_snap_m=max_snap_m)
        plan, fewest = propose(
            times,
            count=count,
            budget=budget,
            target_share=target_share,
            minutes=minutes,
            covered=cover,
            rules=spaced(places, SiteRules(), min_distance_m=min_distance_m) if min_distance_m > 0 else None,
        )
    _write_layer(plan.sites, "sites", output)
    say_coverage(cover)
    say_plan(
        plan,
        cover,
        len(places),
        ruled=budget is not None or min_distance_m > 0,
        fewest=None if fewest is None or target_share is None else (target_share, fewest),
    )
    say(f"sites      {output}")


@app.command(short_help="Fetch the streets of a place by name (needs internet).")
def fetch(
    place: Annotated[str, typer.Argument(help='Place name as OpenStreetMap knows it, such as "Haikou, China".')],
    margin_m: Annotated[
        float, typer.Option(callback=between(0), help="How far beyond the place streets are fetched, metres.")
    ] = 2000.0,
    output: Written = Path("streets.gpkg"),
) -> None:
    """Fetch the walking streets of a place from OpenStreetMap (needs internet and the extra 'fetch')."""
    from servicecircle.inputs.fetch import fetch_streets

    _check_output(output)
    streets = fetch_streets(place, margin_m=margin_m)
    _write_layer(streets, "streets", output)
    say(f"{number(len(streets))} segments of {place}, © OpenStreetMap contributors (ODbL)\nstreets    {output}")


def _check_output(output: Path) -> None:
    """Refuse an output that could not be written before anything is computed."""
    from servicecircle.outputs.layers import check_ending
    from servicecircle.outputs.writing import check_folder

    check_ending(output.suffix)
    check_folder(output.absolute().parent)


def _write_layer(table: Any, name: str, output: Path) -> None:
    from servicecircle.outputs.layers import one_layer
    from servicecircle.outputs.writing import write_whole

    write_whole(output, one_layer(table, name, output.suffix))
