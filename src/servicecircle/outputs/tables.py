"""The tables of report, workbook and document: one definition, so that they agree cell by cell."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from servicecircle.analysis.districts import OUTSIDE
from servicecircle.inputs.issues import RowIssue
from servicecircle.outputs.changes import Changes
from servicecircle.outputs.problems import problem_text, value_text
from servicecircle.outputs.rows import CenterRow, DistrictRow, Figures, OfferRow
from servicecircle.outputs.texts import TEXTS, day, number, percent, text, wide

Kind = Literal[
    "text",
    "id",
    "word",
    "file",
    "act",
    "hash",
    "people",
    "whole",
    "plain",
    "walk",
    "share",
    "load",
    "degrees",
    "points",
    "day",
]
Cell = str | float | dt.date | None

#: Kinds of columns that hold numbers, set to the right.
NUMBERS = frozenset({"people", "whole", "plain", "walk", "share", "load", "degrees", "points"})
#: Longer names and cells are cut, or one would fill pages.
LONGEST = 200
#: Kinds whose cells are not broken over lines up to so many letters; longer ones would push a table off its page.
_WHOLE: dict[Kind, int] = {"id": 15, "word": 15, "file": 28}
#: Kinds that are written with as many decimals always.
_DECIMALS: dict[Kind, int] = {"degrees": 6, "load": 2, "walk": 1}


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads; each column is (key of its head, kind of its cells). The last row may sum up the others."""

    columns: tuple[tuple[str, Kind], ...]
    rows: tuple[tuple[Cell, ...], ...]
    summed: bool = False

    def only(self, keys: str) -> "Table":
        """Return the table with these columns alone, in this order, those that are absent left out."""
        places = {key: at for at, (key, _) in enumerate(self.columns)}
        kept = [places[key] for key in keys.split() if key in places]
        return Table(tuple(self.columns[at] for at in kept), tuple(tuple(row[at] for at in kept) for row in self.rows))

    def first(self, count: int) -> "Table":
        """Return the table with its first rows."""
        return Table(self.columns, self.rows[:count])


def cell_text(kind: Kind, value: Cell, language: str) -> str:
    """Write one cell for people; "n/a" for none."""
    if value is None:
        return text("not_available", language)
    if isinstance(value, str):
        return value
    return day(value, language) if isinstance(value, dt.date) else _number_text(kind, value, language)


def stays_whole(kind: Kind, value: Cell) -> bool:
    """Say whether a cell is short enough to stand on one line."""
    return isinstance(value, str) and wide(value) <= _WHOLE.get(kind, 0)


def _number_text(kind: Kind, value: float, language: str) -> str:
    if kind == "share":
        return percent(value, language)
    if kind == "points":
        return text("points", language, points=f"{value * 100:+.1f}")
    if kind in _DECIMALS:
        return f"{value:,.{_DECIMALS[kind]}f}"
    return number(value, language, decimals=2 if kind == "plain" else 1)


def minutes_table(found: Figures) -> Table:
    """Return coverage by walking time."""
    columns: tuple[tuple[str, Kind], ...] = (("minutes", "plain"), ("people", "people"), ("share", "share"))
    return Table(columns, tuple((row.minutes, row.covered, row.share) for row in found.by_minutes))


def districts_table(rows: Sequence[DistrictRow], language: str) -> Table:
    """Return the figures of each district, with the area above it where there is one."""
    columns: list[tuple[str, Kind]] = [
        ("id", "id"),
        ("district", "text"),
        ("people", "people"),
        ("head_covered", "people"),
        ("share", "share"),
        ("head_too_far", "people"),
        ("head_unreachable", "people"),
        ("head_off_network", "people"),
        ("mean_walk", "walk"),
        ("centers", "whole"),
    ]
    cells: list[tuple[Cell, ...]] = []
    above = any(row.parent for row in rows)
    for row in rows:
        people = row.people
        counts = (people.total, people.covered, people.share, people.too_far, people.unreachable, people.off_network)
        more = (row.parent or "",) if above else ()
        cells.append((row.id, row.called(text("outside", language)), *counts, row.walk_min, row.centers, *more))
    return Table((*columns, ("part_of", "text")) if above else tuple(columns), tuple(cells))


def gaps_table(found: Figures, language: str) -> Table:
    """Return the gaps, the largest first."""
    columns: tuple[tuple[str, Kind], ...] = (
        ("rank", "whole"),
        ("id", "id"),
        ("people", "people"),
        ("share_of_all", "share"),
        ("longest_walk", "walk"),
        ("nearest_id", "id"),
        ("nearest", "text"),
        ("district", "text"),
        ("lon", "degrees"),
        ("lat", "degrees"),
    )
    rows = tuple(
        (
            *(gap.rank, gap.id, gap.weight, gap.share, gap.walk_min, gap.nearest, gap.nearest_name),
            *(text("outside", language) if gap.outside else gap.district, gap.lon, gap.lat),
        )
        for gap in found.gaps
    )
    return Table(columns, rows)


def sites_table(found: Figures) -> Table:
    """Return the proposed sites in opening order, with what could stand in the place of each where that is known."""
    columns: tuple[tuple[str, Kind], ...] = (
        ("rank", "whole"),
        ("id", "id"),
        ("name", "text"),
        ("gain", "people"),
        ("share_after", "share"),
        ("lon", "degrees"),
        ("lat", "degrees"),
    )
    sites = () if found.plan is None else found.plan.sites
    rows = tuple((s.rank, s.id, s.name, s.gain, s.share_after, s.lon, s.lat) for s in sites)
    others = {row.rank: (row.replacement, row.loss) for row in (found.plan.alternatives if found.plan else ())}
    if not others:
        return Table(columns, rows)
    # A required site has no other in its place.
    told = tuple((*row, *others.get(site.rank, (None, None))) for row, site in zip(rows, sites, strict=True))
    return Table((*columns, ("replacement", "text"), ("loss", "people")), told)


def alternatives_table(found: Figures) -> Table:
    """Return what could stand in the place of each proposed site."""
    columns: tuple[tuple[str, Kind], ...] = (
        ("rank", "whole"),
        ("name", "text"),
        ("replacement", "text"),
        ("loss", "people"),
    )
    rows = () if found.plan is None else found.plan.alternatives
    return Table(columns, tuple((row.rank, row.name, row.replacement, row.loss) for row in rows))


def centers_table(rows: Sequence[CenterRow]) -> Table:
    """Return centers with catchment and load; columns that say nothing of any center are left out."""
    columns: tuple[tuple[str, Kind], ...] = (
        ("id", "id"),
        ("name", "text"),
        ("tier", "word"),
        ("kind", "word"),
        ("catchment", "people"),
        ("head_covered", "people"),
        ("mean_walk", "walk"),
        ("capacity", "plain"),
        ("head_load", "load"),
        ("lon", "degrees"),
        ("lat", "degrees"),
    )
    table = Table(
        columns,
        tuple(
            (
                *(c.id, c.name, c.tier, c.kind, c.people, c.covered, c.walk_min),
                *(c.capacity, c.load, c.lon, c.lat),
            )
            for c in rows
        ),
    )
    silent = [key for key in ("tier", "kind", "capacity") if not any(getattr(row, key) for row in rows)]
    return table.only(" ".join(key for key, _ in columns if key not in silent))


def offers_table(offers: Iterable[OfferRow]) -> Table:
    """Return who can walk to what the centers offer."""
    columns: tuple[tuple[str, Kind], ...] = (
        ("offer", "text"),
        ("offering", "whole"),
        ("people", "people"),
        ("share", "share"),
    )
    return Table(columns, tuple((row.value, row.centers, row.covered, row.share) for row in offers))


def left_out_table(found: Figures, language: str) -> Table:
    """Return how many input rows were left out, repaired or doubted, by reason."""
    columns: tuple[tuple[str, Kind], ...] = (("problem", "text"), ("action", "act"), ("count", "whole"))
    rows = ((problem_text(code, language), text(action, language), count) for code, action, count in found.left_out)
    return Table(columns, tuple(rows))


def issues_table(issues: Iterable[RowIssue], language: str) -> Table:
    """Return the single input rows that were left out, repaired or doubted."""
    columns: tuple[tuple[str, Kind], ...] = (
        ("file", "file"),
        ("row", "whole"),
        ("column", "act"),
        ("value", "text"),
        ("problem", "text"),
        ("action", "act"),
    )
    rows = (
        (
            i.file,
            i.row or "",
            i.column,
            value_text(i, language),
            problem_text(i.problem, language),
            text(i.action, language),
        )
        for i in issues
    )
    return Table(columns, tuple(rows))


def inputs_table(found: Figures, language: str) -> Table:
    """Return the files that were read."""
    columns: tuple[tuple[str, Kind], ...] = (
        ("layer", "act"),
        ("file", "file"),
        ("changed", "day"),
        ("size", "plain"),
        ("sha256", "hash"),
    )
    rows = ((_layer(i.layer, language), i.file, i.changed, round(i.bytes / 1000, 1), i.sha256) for i in found.inputs)
    return Table(columns, tuple(rows))


def _layer(name: str, language: str) -> str:
    """Return what an input is called; one without a name of its own is called as in the study file."""
    key = f"layer_{name}"
    return text(key, language) if key in TEXTS else name


def changes_table(since: Changes, language: str) -> Table:
    """Return coverage of each district before and now."""
    columns: tuple[tuple[str, Kind], ...] = (
        ("district", "text"),
        ("before", "share"),
        ("now", "share"),
        ("difference", "points"),
        ("people", "people"),
    )
    named = [(_district(row.name, language), row) for row in since.districts]
    return Table(columns, tuple((name, row.before, row.now, row.share, row.total_now) for name, row in named))


def moved_centers_table(centers: Iterable[tuple[str, str, float]]) -> Table:
    """Return centers that opened or closed, with their catchment."""
    columns: tuple[tuple[str, Kind], ...] = (("id", "id"), ("name", "text"), ("catchment", "people"))
    return Table(columns, tuple(centers))


def moved_gaps_table(gaps: Iterable[tuple[str, float, str | None]], language: str) -> Table:
    """Return gaps that came or went."""
    columns: tuple[tuple[str, Kind], ...] = (("id", "id"), ("people", "people"), ("district", "text"))
    return Table(columns, tuple((key, people, _district(name, language)) for key, people, name in gaps))


def _district(name: str | None, language: str) -> str | None:
    return text("outside", language) if name == OUTSIDE else name
