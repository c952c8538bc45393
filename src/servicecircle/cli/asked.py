"""The options that all commands on layers share, said once: streets, demand, centers, and who walks."""

from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, fields
from inspect import Parameter, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from servicecircle.cli.limits import METRES, MINUTES, SPEED
from servicecircle.cli.saying import warn
from servicecircle.errors import InputError
from servicecircle.study.clock import Progress

if TYPE_CHECKING:
    import geopandas as gpd

    from servicecircle.analysis.coverage import Coverage
    from servicecircle.inputs.elevation import Elevation
    from servicecircle.inputs.issues import RowIssue
    from servicecircle.network.walk import WalkNetwork


def _datum(text: str) -> str:
    from servicecircle.inputs.datum import checked_source

    try:
        checked_source(text)
    except InputError as error:
        raise typer.BadParameter(str(error).removeprefix("datum: ")) from None
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

#: What names a file that is read.
_FILES = ("streets", "demand", "centers", "barriers", "slope")
#: Layers stand in this order on the command line.
_LAYERS = ("streets", "demand", "centers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the arguments and options of a command on streets and centers say."""

    streets: StreetsFile
    centers: CentersFile
    speed_kmh: Speed = None
    profile: ProfileOption = None
    slope: Slope = None
    barriers: Barriers = None
    max_snap_m: Snap = 200.0
    datum: DatumOption = "wgs84"
    output: Written

    def network(self, bar: Progress) -> "tuple[WalkNetwork, gpd.GeoDataFrame]":
        """Read streets and centers, after a look at where the answer will be written."""
        from servicecircle.inputs.barriers import read_barriers
        from servicecircle.inputs.elevation import read_elevation
        from servicecircle.inputs.places import read_centers
        from servicecircle.inputs.streets import read_streets
        from servicecircle.network.barriers import shut_streets
        from servicecircle.network.walk import WalkNetwork

        check_output(self.output, [Path(said) for name in _FILES if (said := getattr(self, name, None)) is not None])
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

    def write(self, table: "gpd.GeoDataFrame", name: str) -> None:
        """Write the answer as one layer."""
        write_layer(table, name, self.output)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPeople(Asked):
    """What those of a command on people say, too."""

    demand: DemandFile
    minutes: Minutes = 15.0
    weight: Weight = None

    def coverage(self, bar: Progress) -> "tuple[WalkNetwork, Coverage]":
        """Compute who is within the limit."""
        from servicecircle.analysis.coverage import coverage
        from servicecircle.analysis.travel import travel_times
        from servicecircle.inputs.demand import read_demand

        network, places = self.network(bar)
        issues: list[RowIssue] = []
        bar("demand", 0.0)
        people = read_demand(self.demand, weight=self.weight, crs=network.crs, issues=issues)
        warn(issues)
        times = travel_times(
            network,
            people,
            places,
            max_minutes=self.minutes,
            max_snap_m=self.max_snap_m,
            on_progress=lambda done, total: bar("travel times", done / max(total, 1)),
        )
        return network, coverage(times, minutes=self.minutes)


def takes(kind: type[Asked], output: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a command that works on `asked` have the options of `kind` one by one beside its own, in the same names."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        shared = {field.name for field in fields(kind)}

        def called(**said: Any) -> None:
            own = {name: value for name, value in said.items() if name not in shared}
            command(kind(**{name: said[name] for name in shared}), **own)

        options = [own for own in signature(command).parameters.values() if own.name != "asked"]
        for field in fields(kind):
            default = Parameter.empty if field.default is MISSING else field.default
            default = Path(output) if field.name == "output" else default
            options.append(Parameter(field.name, Parameter.KEYWORD_ONLY, default=default, annotation=field.type))
        layers = [option for name in _LAYERS for option in options if option.name == name]
        rest = [option.replace(kind=Parameter.KEYWORD_ONLY) for option in options if option not in layers]
        called.__doc__, called.__name__ = command.__doc__, command.__name__
        called.__signature__ = signature(command).replace(parameters=[*layers, *rest])  # type: ignore[attr-defined]  # for typer
        called.__annotations__ = {option.name: option.annotation for option in options}
        return called

    return decorate


def check_output(output: Path, inputs: Sequence[Path] = ()) -> None:
    """Refuse an output that could not be written, or would replace an input, before anything is computed."""
    from servicecircle.outputs.layers import check_ending
    from servicecircle.outputs.writing import check_folder, refuse_inputs

    check_ending(output.suffix)
    check_folder(output.absolute().parent)
    refuse_inputs([output], inputs)


def write_layer(table: "gpd.GeoDataFrame", name: str, output: Path) -> None:
    """Write one layer."""
    from servicecircle.outputs.layers import one_layer
    from servicecircle.outputs.writing import write_whole

    write_whole(output, one_layer(table, name, output.suffix))
