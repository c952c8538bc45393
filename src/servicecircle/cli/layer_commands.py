"""The commands that take layers: streets, demand, centers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from servicecircle.cli.app import app
from servicecircle.cli.asked import Asked, AskedPeople, Written, check_output, takes, write_layer
from servicecircle.cli.limits import METRES, between, minutes_of
from servicecircle.cli.saying import number, progress, say, say_coverage, say_plan
from servicecircle.errors import InfeasibleError

if TYPE_CHECKING:
    import geopandas as gpd

    from servicecircle.analysis.coverage import Coverage
    from servicecircle.analysis.siting.rules import SiteRules
    from servicecircle.network.walk import WalkNetwork


@app.command("isochrones")
@takes(Asked, "isochrones.gpkg")
def isochrones_command(
    asked: Asked,
    minutes: Annotated[str, typer.Option(help="Walking times, separated by commas.")] = "5,10,15",
    reach_m: Annotated[float, typer.Option(callback=METRES, help="Drawn distance from a street, metres.")] = 100.0,
) -> None:
    """Draw the area within given walks of each center."""
    from servicecircle.analysis.isochrones import isochrones

    limits = minutes_of(minutes)
    with progress() as bar:
        network, places = asked.network(bar)
        rings = isochrones(
            network,
            places,
            minutes=limits,
            reach_m=reach_m,
            max_snap_m=asked.max_snap_m,
            on_progress=lambda done, total: bar("isochrones", done / max(total, 1)),
        )
    asked.write(rings, "isochrones")
    say(f"{number(len(places))} centers · {minutes} minutes at {network.speed_kmh:g} km/h\nisochrones {asked.output}")


@app.command("coverage", short_help="Say who is within the limit.")
@takes(AskedPeople, "coverage.gpkg")
def coverage_command(asked: AskedPeople) -> None:
    """Say who is within the limit, and write the demand with its walk."""
    with progress() as bar:
        _, cover = asked.coverage(bar)
    asked.write(cover.demand, "demand")
    say_coverage(cover)
    say(f"demand     {asked.output}")


@app.command("gaps", short_help="Find where the people outside the limit live.")
@takes(AskedPeople, "gaps.gpkg")
def gaps_command(asked: AskedPeople) -> None:
    """Find the contiguous areas of people outside the limit, ranked by people."""
    from servicecircle.analysis.gaps import gaps

    with progress() as bar:
        _, cover = asked.coverage(bar)
        found = gaps(cover)
    asked.write(found, "gaps")
    say_coverage(cover)
    for key, gap in found.head(10).iterrows():
        walk = f"{gap['walk_min']:.0f} min" if gap["walk_min"] < float("inf") else "no walk"
        say(f"{key:<10} {number(gap['weight']):>9} people   longest walk {walk}")
    say(f"gaps       {asked.output}" + (f"   ({len(found)} in all)" if len(found) > 10 else ""))


@app.command("sites", short_help="Propose the new sites that help most.")
@takes(AskedPeople, "sites.gpkg")
def sites_command(
    asked: AskedPeople,
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
    required: Annotated[list[str] | None, typer.Option(help="Id of a candidate that has to open; repeatable.")] = None,
    forbidden: Annotated[list[str] | None, typer.Option(help="Id of one that may not open; repeatable.")] = None,
    min_distance_m: Annotated[
        float, typer.Option(callback=between(0), help="Least distance between new sites, metres.")
    ] = 0.0,
    candidates: Annotated[Path | None, typer.Option(help="Candidates; else generated along streets.")] = None,
) -> None:
    """Propose the sites that bring most people within the limit, with a proven bound."""
    from servicecircle.analysis.proposal import propose
    from servicecircle.analysis.travel import travel_times

    if candidates is not None:
        check_output(asked.output, [candidates])
    if budget is not None and candidates is None:
        raise typer.BadParameter("--budget needs --candidates with a column cost: generated ones have none.")
    if (required or forbidden) and candidates is None:
        raise typer.BadParameter("--required and --forbidden need --candidates: generated ones have no lasting ids.")
    if budget is not None and target_share is not None:
        raise typer.BadParameter("--target-share asks for the least cost itself: leave out --budget.")
    with progress() as bar:
        network, cover = asked.coverage(bar)
        bar("sites", 0.0)
        places = _places(candidates, asked, network, cover)
        people = cover.demand[["weight", "geometry"]]
        times = travel_times(network, people, places, max_minutes=asked.minutes, max_snap_m=asked.max_snap_m)
        plan, fewest = propose(
            times,
            count=count,
            budget=budget,
            target_share=target_share,
            minutes=asked.minutes,
            covered=cover,
            rules=_rules(places, required or [], forbidden or [], min_distance_m),
        )
    asked.write(plan.sites, "sites")
    say_coverage(cover)
    say_plan(
        plan,
        cover,
        len(places),
        ruled=budget is not None or bool(required or forbidden) or min_distance_m > 0,
        fewest=None if fewest is None or target_share is None else (target_share, fewest),
    )
    say(f"sites      {asked.output}")


def _places(
    candidates: Path | None, asked: AskedPeople, network: "WalkNetwork", cover: "Coverage"
) -> "gpd.GeoDataFrame":
    """Return the candidates of a file, or else places along streets in the gaps."""
    from servicecircle.analysis.candidates import candidate_sites
    from servicecircle.analysis.gaps import gaps
    from servicecircle.inputs.places import read_candidates

    if candidates is not None:
        return read_candidates(candidates, datum=asked.datum, crs=network.crs)
    places = candidate_sites(network, gaps(cover))
    if not len(places):
        raise InfeasibleError("everyone is within the limit already: there is no gap to serve.")
    return places


def _rules(places: "gpd.GeoDataFrame", required: list[str], forbidden: list[str], min_distance_m: float) -> "SiteRules":
    """State what the options ask of a plan."""
    from servicecircle.analysis.proposal import spaced
    from servicecircle.analysis.siting.rules import SiteRules

    rules = SiteRules(required=required, forbidden=forbidden)
    return spaced(places, rules, min_distance_m=min_distance_m) if min_distance_m > 0 else rules


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

    check_output(output)
    streets = fetch_streets(place, margin_m=margin_m)
    write_layer(streets, "streets", output)
    say(f"{number(len(streets))} segments of {place}, © OpenStreetMap contributors (ODbL)\nstreets    {output}")
