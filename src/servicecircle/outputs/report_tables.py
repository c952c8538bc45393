"""Which rows and columns report and document show; the workbook has all."""

from servicecircle.outputs import tables
from servicecircle.outputs.changes import Changes
from servicecircle.outputs.result import Language
from servicecircle.outputs.rounding import tidy
from servicecircle.outputs.rows import CenterRow, DistrictRow, Figures
from servicecircle.outputs.texts import number, text

#: Longer lists go on in report.xlsx and issues.csv.
LISTED_GAPS, LISTED_ISSUES, LISTED_CENTERS, LISTED_OFFERS, LISTED_CHANGES, LISTED_SITES = 20, 20, 6, 15, 20, 30
#: The columns of the report; the workbook has all.
DISTRICT_COLUMNS = "district people head_covered share head_too_far head_unreachable head_off_network mean_walk centers"
GAP_COLUMNS = "rank people share_of_all longest_walk nearest district"
CENTER_COLUMNS = "id name tier kind catchment head_covered mean_walk capacity head_load"
SITE_COLUMNS = "rank id name gain share_after lon lat"

NamedTables = list[tuple[str, tables.Table]]


def district_tables(found: Figures, language: Language) -> NamedTables:
    """Return the districts; those that are part of others come after these, each under its own name."""
    if not found.parents:
        return [("", _summed(found, found.districts, language))]
    named = [("", _summed(found, found.parents, language))]
    for parent in found.parents:
        below = [row for row in found.districts if row.parent == parent.name]
        if below:
            named.append((parent.name, tables.districts_table(below, language).only(DISTRICT_COLUMNS)))
    return named


def _summed(found: Figures, rows: tuple[DistrictRow, ...], language: Language) -> tables.Table:
    """Return districts, and below them the whole study where there are several."""
    whole = DistrictRow(
        id="",
        name=text("whole_study", language),
        parent=None,
        people=found.people,
        walk_min=found.walk_min,
        centers=len(found.centers),
    )
    several = len(rows) > 1
    table = tables.districts_table([*rows, whole] if several else rows, language).only(DISTRICT_COLUMNS)
    return tables.Table(table.columns, table.rows, summed=several)


def gap_table(found: Figures, language: Language) -> tables.Table:
    """Return the largest gaps; where no district is known there is no column of them."""
    columns = GAP_COLUMNS if any(gap.district for gap in found.gaps) else GAP_COLUMNS.removesuffix(" district")
    return tables.gaps_table(found, language).only(columns).first(LISTED_GAPS)


def gaps_left(found: Figures, language: Language) -> str | None:
    """Say how many gaps are not listed, and how many people live there; None if all are."""
    left = found.gaps[LISTED_GAPS:]
    if not left:
        return None
    people = number(tidy(sum(gap.weight for gap in left), 1), language)
    return text("gaps_more", language, count=number(len(left), language), people=people)


def site_tables(found: Figures) -> tuple[tables.Table, tables.Table]:
    """Return the first sites, and what could stand in the place of each."""
    sites = tables.sites_table(found).only(SITE_COLUMNS).first(LISTED_SITES)
    return sites, tables.alternatives_table(found).first(LISTED_SITES)


def sites_left(found: Figures, language: Language) -> str | None:
    """Say how many sites are not listed; None if all are."""
    left = 0 if found.plan is None else len(found.plan.sites) - LISTED_SITES
    return text("sites_more", language, count=number(left, language)) if left > 0 else None


def center_tables(centers: tuple[CenterRow, ...]) -> NamedTables:
    """Return the centers with most and with least load; all of them if they are few."""
    ranked = sorted(centers, key=lambda row: (-(row.load if row.load is not None else -1.0), row.id))
    if len(ranked) <= 2 * LISTED_CENTERS:
        return [("", tables.centers_table(ranked).only(CENTER_COLUMNS))]
    loaded = [row for row in ranked if row.load is not None] or ranked
    parts = (("most_load", loaded[:LISTED_CENTERS]), ("least_load", loaded[: -LISTED_CENTERS - 1 : -1]))
    return [(title, tables.centers_table(rows).only(CENTER_COLUMNS)) for title, rows in parts]


def offer_tables(found: Figures) -> list[tuple[str, tables.Table, int]]:
    """Return (aspect, what is offered, how many rarer ones are not listed) for each aspect that is known."""
    parts = []
    for aspect in dict.fromkeys(row.aspect for row in found.offers):
        rows = [row for row in found.offers if row.aspect == aspect]
        parts.append((aspect, tables.offers_table(rows[:LISTED_OFFERS]), len(rows[LISTED_OFFERS:])))
    return parts


def change_tables(since: Changes, language: str) -> list[tuple[str, tables.Table, int]]:
    """Return (title, centers or gaps that came or went, how many more there are)."""
    parts: list[tuple[str, tables.Table]] = []
    if since.opened is not None and since.closed is not None:
        parts += [
            ("opened_title", tables.moved_centers_table(since.opened)),
            ("closed_title", tables.moved_centers_table(since.closed)),
        ]
    parts += [
        ("came_title", tables.moved_gaps_table(since.came, language)),
        ("went_title", tables.moved_gaps_table(since.went, language)),
    ]
    return [(title, table.first(LISTED_CHANGES), len(table.rows[LISTED_CHANGES:])) for title, table in parts]
