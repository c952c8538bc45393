"""One command per question."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from servicecircle.errors import DataSourceError, InfeasibleError, InputError, OutputError, ServiceCircleError

if TYPE_CHECKING:
    import geopandas as gpd

    from servicecircle.inputs.issues import RowIssue
    from servicecircle.study import Study

app = typer.Typer(
    name="servicecircle",
    help="Who can walk to a public service centre in 15 minutes, who cannot, and where the next centres should go.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

INTERRUPTED = 130

Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
StreetsFile = Annotated[Path, typer.Argument(help="Streets: .osm.pbf .osm .gpkg .shp .geojson .parquet .graphml")]
DemandFile = Annotated[Path, typer.Argument(help="Where people live: points or polygons with people, or a raster.")]
CentersFile = Annotated[Path, typer.Argument(help="Existing centers: .csv .xlsx or any vector file.")]
StudyPath = Annotated[Path, typer.Argument(help="The study file (.toml).")]
Speed = Annotated[float, typer.Option(help="Walking speed in km/h; 4.0 makes 15 minutes 1000 m.")]
Snap = Annotated[float, typer.Option(help="Farther than this from every street is off the network, metres.")]
Minutes = Annotated[float, typer.Option(help="The limit in minutes, inclusive.")]
DatumOption = Annotated[Datum, typer.Option(help="What the coordinates of the centers are in.")]
Weight = Annotated[str | None, typer.Option(help="Column of the demand that holds the people.")]
Written = Annotated[Path, typer.Option("--output", "-o", help="File to write.")]

INIT = """\
# A servicecircle study. Paths are relative to this file. Run it with: servicecircle run {file}
name = "My city"

[inputs]
# Streets: an OpenStreetMap extract (.osm.pbf, .osm), GraphML, or road lines (.gpkg .shp .geojson .parquet).
# Lines that cross without a shared point: streets = {{ file = "roads.shp", noding = "crossings" }}
streets = "city.osm.pbf"
# Centers: a table with name, lon, lat (名称, 经度, 纬度) or a layer of points. Coordinates from a Chinese phone map:
# datum = "gcj02" or "bd09". From the OSM file: centers = {{ osm = "city.osm.pbf", tags = {{ amenity = ["library"] }} }}
centers = {{ file = "centers.xlsx", datum = "wgs84" }}
# Where people live: a population raster, points or polygons with people: {{ file = "blocks.gpkg", weight = "people" }}
# Estimated from OSM buildings: demand = {{ osm = "city.osm.pbf", buildings = true, total = 2873358 }}
demand = "population.tif"
# Optional: the areas that results are reported by. People outside them are left out and counted.
districts = "districts.geojson"
# Optional: places where a new center could open; without them they are generated along streets near the gaps.
# candidates = "parcels.gpkg"

[walk]
minutes = [5, 10, 15]   # the last is the limit
speed_kmh = 4.0         # 4.0: 15 minutes = 1000 m; adult 4.8, elderly 3.6
# profile = "elderly"   # or gb50180 adult child pram wheelchair; delete speed_kmh above to take theirs
# steps_factor = 2.0    # minutes on steps for each minute on a level street of that length; inf: no steps
# max_snap_m = 200      # farther than this from every street is off the network
# min_component_m = 500 # connected streets shorter than this in all are not used

[sites]
count = 10              # new sites to propose; 0 for none
# spacing_m = 200       # about one generated candidate in each square of this side

[output]
folder = "out"
language = "en"         # en or zh
# sources = ["Population: ..."]   # attribution lines shown on map and report
"""


@app.callback()
def root() -> None:
    """Check the installation before any command."""


@app.command(short_help="Run a whole study and write its seven files.")
def run(
    study: StudyPath, folder: Annotated[Path | None, typer.Option(help="Output folder in place of the study's.")] = None
) -> None:
    """Run a whole study: coverage, gaps, proposed sites, map and report."""
    from servicecircle.study import Study

    _run(Study.from_toml(study), folder)


@app.command(short_help="The same for the sample city.")
def demo(
    folder: Annotated[Path, typer.Option(help="Output folder.")] = Path("servicecircle-demo"),
    language: Annotated[Literal["en", "zh"], typer.Option(help="Language of map and report.")] = "en",
) -> None:
    """Run the embedded sample city (real streets of Gothenburg, illustrative centers and residents)."""
    from servicecircle.sample import sample_folder
    from servicecircle.study import Study

    _run(Study.from_toml(sample_folder() / "study.toml").in_language(language), folder)


@app.command()
def init(
    study: Annotated[Path, typer.Argument(help="File to write.")] = Path("study.toml"),
) -> None:
    """Write a commented study file to fill in."""
    from servicecircle.outputs.writing import write_whole

    if study.exists():
        raise OutputError(f"{study}: is there already. Choose another name, or delete it first.")
    write_whole(study, INIT.format(file=study.name).encode())
    _say(f"wrote {study}. Fill in the inputs, then: servicecircle check {study}")


@app.command(short_help="Read all inputs of a study without computing.")
def check(study: StudyPath) -> None:
    """Read all inputs of a study and say what was found, without computing anything."""
    from servicecircle.outputs.problems import problem_text
    from servicecircle.study import Study

    said = Study.from_toml(study)
    with _progress() as progress:
        layers = said.read(on_progress=progress)
    _say(f"{said.file.name} · all inputs can be used · {layers.streets.crs.to_string()}")
    kilometres = layers.streets["length_m"].sum() / 1000
    _say(f"streets     {_number(len(layers.streets))} segments, {_number(kilometres)} km")
    figures = layers.network.figures()
    parts = f"{_number(figures['components'])} connected part(s), {_number(figures['length_km'])} km"
    crumbs = f"{_number(figures['dropped_components'])} crumbs of {_number(figures['dropped_km'])} km not used"
    _say(f"network     {parts}; {crumbs}")
    _say(f"centers     {_number(len(layers.centers))}")
    _say(f"demand      {_number(len(layers.demand))} places, {_number(layers.demand['weight'].sum())} people")
    for name, table in (("districts", layers.districts), ("candidates", layers.candidates)):
        if table is not None:
            _say(f"{name:<11} {_number(len(table))}")
    for issue in layers.issues:
        row = f", row {issue.row}" if issue.row else ""
        column = f", {issue.column}" if issue.column else ""
        _say(f"{issue.action:<11} {issue.file}{row}{column}: {issue.value} ({problem_text(issue.problem, 'en')})")


@app.command("isochrones")
def isochrones_command(
    streets: StreetsFile,
    centers: CentersFile,
    minutes: Annotated[str, typer.Option(help="Walking times, separated by commas.")] = "5,10,15",
    speed_kmh: Speed = 4.0,
    reach_m: Annotated[float, typer.Option(help="Drawn distance from a street, metres.")] = 100.0,
    max_snap_m: Snap = 200.0,
    datum: DatumOption = "wgs84",
    output: Written = Path("isochrones.gpkg"),
) -> None:
    """Draw the area within given walks of each center."""
    from servicecircle.analysis.isochrones import isochrones

    limits = _limits(minutes)
    with _progress() as progress:
        network, places = _network_and(streets, speed_kmh, centers, datum, progress)
        rings = isochrones(
            network,
            places,
            minutes=limits,
            reach_m=reach_m,
            max_snap_m=max_snap_m,
            on_progress=lambda done, total: progress("isochrones", done / max(total, 1)),
        )
    _write_layer(rings, "isochrones", output)
    _say(f"{_number(len(places))} centers · {minutes} minutes at {speed_kmh:g} km/h\nisochrones {output}")


@app.command("coverage", short_help="Say who is within the limit.")
def coverage_command(
    streets: StreetsFile,
    demand: DemandFile,
    centers: CentersFile,
    minutes: Minutes = 15.0,
    speed_kmh: Speed = 4.0,
    max_snap_m: Snap = 200.0,
    weight: Weight = None,
    datum: DatumOption = "wgs84",
    output: Written = Path("coverage.gpkg"),
) -> None:
    """Say who is within the limit, and write the demand with its walk."""
    with _progress() as progress:
        _, cover = _coverage(streets, demand, centers, minutes, speed_kmh, max_snap_m, weight, datum, progress)
    _write_layer(cover.demand, "demand", output)
    _say_coverage(cover)
    _say(f"demand     {output}")


@app.command("gaps", short_help="Find where the people outside the limit live.")
def gaps_command(
    streets: StreetsFile,
    demand: DemandFile,
    centers: CentersFile,
    minutes: Minutes = 15.0,
    speed_kmh: Speed = 4.0,
    max_snap_m: Snap = 200.0,
    weight: Weight = None,
    datum: DatumOption = "wgs84",
    output: Written = Path("gaps.gpkg"),
) -> None:
    """Find the contiguous areas of people outside the limit, ranked by people."""
    from servicecircle.analysis.gaps import gaps

    with _progress() as progress:
        _, cover = _coverage(streets, demand, centers, minutes, speed_kmh, max_snap_m, weight, datum, progress)
        found = gaps(cover)
    _write_layer(found, "gaps", output)
    _say_coverage(cover)
    for key, gap in found.head(10).iterrows():
        walk = f"{gap['walk_min']:.0f} min" if gap["walk_min"] < float("inf") else "no walk"
        _say(f"{key:<10} {_number(gap['weight']):>9} people   longest walk {walk}")
    _say(f"gaps       {output}" + (f"   ({len(found)} in all)" if len(found) > 10 else ""))


@app.command("sites", short_help="Propose the new sites that help most.")
def sites_command(
    streets: StreetsFile,
    demand: DemandFile,
    centers: CentersFile,
    count: Annotated[int, typer.Option(help="Number of new sites.")] = 10,
    minutes: Minutes = 15.0,
    speed_kmh: Speed = 4.0,
    max_snap_m: Snap = 200.0,
    weight: Weight = None,
    datum: DatumOption = "wgs84",
    candidates: Annotated[Path | None, typer.Option(help="Candidates; else generated along streets.")] = None,
    output: Written = Path("sites.gpkg"),
) -> None:
    """Propose the sites that bring most people within the limit, with a proven bound."""
    from servicecircle.analysis.candidates import candidate_sites
    from servicecircle.analysis.gaps import gaps
    from servicecircle.analysis.mclp import solve_mclp
    from servicecircle.analysis.travel import travel_times
    from servicecircle.inputs.places import read_candidates

    with _progress() as progress:
        network, cover = _coverage(streets, demand, centers, minutes, speed_kmh, max_snap_m, weight, datum, progress)
        progress("sites", 0.0)
        places = (
            candidate_sites(network, gaps(cover))
            if candidates is None
            else read_candidates(candidates, datum=datum, crs=network.crs)
        )
        if not len(places):
            raise InfeasibleError("everyone is within the limit already: there is no gap to serve.")
        people = cover.demand[["weight", "geometry"]]
        times = travel_times(network, people, places, max_minutes=minutes, max_snap_m=max_snap_m)
        plan = solve_mclp(times, count=count, minutes=minutes, covered=cover)
    _write_layer(plan.sites, "sites", output)
    _say_coverage(cover)
    _say_plan(plan, cover, len(places))
    _say(f"sites      {output}")


@app.command("map")
def map_command(study: StudyPath, output: Written = Path("map.html")) -> None:
    """Compute a study and write only its map."""
    from servicecircle.outputs.map import map_html

    _one_output(study, output, map_html)


@app.command("report")
def report_command(study: StudyPath, output: Written = Path("report.html")) -> None:
    """Compute a study and write only its report."""
    from servicecircle.outputs.report import report_html

    _one_output(study, output, report_html)


@app.command(short_help="Fetch the streets of a place by name (needs internet).")
def fetch(
    place: Annotated[str, typer.Argument(help='Place name as OpenStreetMap knows it, such as "Haikou, China".')],
    output: Written = Path("streets.gpkg"),
) -> None:
    """Fetch the walking streets of a place from OpenStreetMap (needs internet and the extra 'fetch')."""
    from servicecircle.inputs.fetch import fetch_streets

    streets = fetch_streets(place)
    _write_layer(streets, "streets", output)
    _say(f"{_number(len(streets))} segments of {place}, © OpenStreetMap contributors (ODbL)\nstreets    {output}")


def main() -> None:
    """Run the command line: one line on stderr for every error, and the exit code that names its kind."""
    try:
        # Without a command the help is what a person wants; the parser would call it an error.
        ended = app(args=sys.argv[1:] or ["--help"], standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        ended = INTERRUPTED
    except ServiceCircleError as error:
        _fail(str(error), _exit_code(error))
    except Exception as error:
        # Usage errors come from the parser typer is built on; anything else is a bug and keeps its traceback.
        show, code = getattr(error, "format_message", None), getattr(error, "exit_code", None)
        if show is None or code is None:
            raise
        said = show().rstrip(".")
        _fail(f"{said}{'' if said.endswith('?') else '.'} Try: servicecircle --help", 2)
    # The parser may catch the interruption first; then it returns the code instead of raising.
    if ended == INTERRUPTED:
        _fail("interrupted", INTERRUPTED)


def _exit_code(error: ServiceCircleError) -> int:
    for kind, code in ((InputError, 3), (DataSourceError, 3), (InfeasibleError, 4), (OutputError, 5)):
        if isinstance(error, kind):
            return code
    return 1


def _fail(message: str, code: int) -> NoReturn:
    sys.stderr.write(f"servicecircle: {' '.join(message.split())}\n")
    sys.exit(code)


def _say(line: str) -> None:
    typer.echo(line)


def _number(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ")


def _run(study: "Study", folder: Path | None) -> None:
    target = study.folder if folder is None else folder
    with _progress() as progress:
        result = study.run(on_progress=progress, folder=target)
    _say(f"{result.name} · {_rule(len(result.coverage.centers), result.limit, result.speed_kmh)}")
    _say_coverage(result.coverage, headline=False)
    if result.plan is not None:
        _say_plan(result.plan, result.coverage, 0 if result.candidates is None else len(result.candidates))
    if result.issues:
        _say(f"issues     {len(result.issues)} in {target / 'issues.csv'}")
    _say(f"report     {target / 'report.html'}\nmap        {target / 'map.html'}")


def _one_output(study: Path, output: Path, make: "Callable[[Any], bytes]") -> None:
    from servicecircle.outputs.writing import check_folder, write_whole
    from servicecircle.study import Study

    check_folder(output.absolute().parent)
    with _progress() as progress:
        result = Study.from_toml(study).compute(on_progress=progress)
        progress(output.name, 0.0)
        data = make(result)
    write_whole(output, data)
    _say(f"wrote {output}")


def _rule(centers: int, minutes: float, speed_kmh: float) -> str:
    metres = minutes * speed_kmh * 1000 / 60
    return f"{_number(centers)} centers · {minutes:g} minutes at {speed_kmh:.1f} km/h ({metres:.0f} m)"


def _say_coverage(cover: Any, *, headline: bool = True) -> None:
    from servicecircle.outputs.figures import people

    if headline:
        _say(_rule(len(cover.centers), cover.minutes, cover.speed_kmh))
    found = people(cover)
    share = "n/a" if found.share is None else f"{found.share:.1%}"
    _say(f"covered    {_number(found.covered)} of {_number(found.total)} people   {share}")
    reasons = (("too far", found.too_far), ("off the network", found.off_network), ("unreachable", found.unreachable))
    _say("not yet    " + " · ".join(f"{_number(value)} {name}" for name, value in reasons))


def _say_plan(plan: Any, cover: Any, candidates: int) -> None:
    count, share = len(plan.sites), plan.share
    if not count:
        _say("0 sites    no candidate would bring anyone within the limit")
        return
    after = "" if share is None else f" → {share:.1%}"
    if plan.status == "optimal":
        proof = f"   (proven: the best {count} of all {_number(candidates)} candidates)"
    else:
        others = f"no {count} of the {_number(candidates)} candidates reach"
        proof = f"   (proven: {others} more than {_ceil(plan.bound / plan.total)})"
    sites = "1 site" if count == 1 else f"{count} sites"
    _say(f"{sites:<10} would add {_number(plan.covered - cover.covered)} people{after}{proof}")


def _ceil(share: float) -> str:
    """Round a bound upwards, so that what is printed stays true."""
    return f"{min(-(-share * 1000 // 1) / 1000, 1.0):.1%}"


def _limits(minutes: str) -> list[float]:
    try:
        return [float(part) for part in minutes.split(",")]
    except ValueError:
        raise typer.BadParameter(f"--minutes: found {minutes!r}, expected numbers such as 5,10,15.") from None


def _network_and(
    streets: Path, speed_kmh: float, centers: Path, datum: Datum, progress: Callable[[str, float], None]
) -> tuple[Any, "gpd.GeoDataFrame"]:
    from servicecircle.inputs.places import read_centers
    from servicecircle.inputs.streets import read_streets
    from servicecircle.network.walk import WalkNetwork

    issues: list[RowIssue] = []
    progress("streets", 0.0)
    table = read_streets(streets, issues=issues)
    network = WalkNetwork.from_streets(table, speed_kmh=speed_kmh)
    progress("centers", 0.0)
    places = read_centers(centers, datum=datum, crs=network.crs, issues=issues)
    _warn(issues)
    return network, places


def _coverage(
    streets: Path,
    demand: Path,
    centers: Path,
    minutes: float,
    speed_kmh: float,
    max_snap_m: float,
    weight: str | None,
    datum: Datum,
    progress: Callable[[str, float], None],
) -> tuple[Any, Any]:
    from servicecircle.analysis.coverage import coverage
    from servicecircle.analysis.travel import travel_times
    from servicecircle.inputs.demand import read_demand

    network, places = _network_and(streets, speed_kmh, centers, datum, progress)
    issues: list[RowIssue] = []
    progress("demand", 0.0)
    people = read_demand(demand, weight=weight, crs=network.crs, issues=issues)
    _warn(issues)
    times = travel_times(
        network,
        people,
        places,
        max_minutes=minutes,
        max_snap_m=max_snap_m,
        on_progress=lambda done, total: progress("travel times", done / max(total, 1)),
    )
    return network, coverage(times, minutes=minutes)


def _warn(issues: "list[RowIssue]") -> None:
    """Say on stderr how many input rows were repaired, doubted or left out, and why the first."""
    from servicecircle.outputs.problems import problem_text

    if issues:
        first = issues[0]
        why = problem_text(first.problem, "en")
        typer.echo(
            f"note: {len(issues)} issue(s) in the inputs; first: {first.file}: {first.value}, {why}, {first.action}",
            err=True,
        )


def _write_layer(table: Any, name: str, output: Path) -> None:
    from servicecircle.outputs.layers import one_layer
    from servicecircle.outputs.writing import write_whole

    write_whole(output, one_layer(table, name, output.suffix))


@contextmanager
def _progress() -> Iterator[Callable[[str, float], None]]:
    """Draw a bar on stderr where a person is watching; stay silent where none is."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _step, _part: None
        return
    columns = (TextColumn("{task.description:<14}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("start", total=1.0)
        yield lambda step, part: bars.update(task, description=step, completed=part)
