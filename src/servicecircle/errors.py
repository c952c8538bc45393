"""The error tree.

Every error the toolkit raises on purpose is a `ServiceCircleError`; its children are also the
built-in error a caller would expect, so ``except ValueError`` and ``except OSError`` keep working.
A message says what was found, what was wanted and how to mend it, on one line.
"""

from math import inf, nan
from numbers import Integral, Real


class ServiceCircleError(Exception):
    """Base of all errors raised on purpose."""


class InputError(ServiceCircleError, ValueError):
    """An input was read but cannot be used: a wrong value, row, column or option."""


class CRSError(InputError):
    """A layer has no coordinate reference system, measures in degrees, or differs from the others."""


class SchemaError(InputError):
    """A table lacks a column its contract asks for, or holds the wrong kind of values in it."""


class DataSourceError(ServiceCircleError, OSError):
    """A file or service cannot be opened: missing, damaged, of another format, or out of reach."""


class InfeasibleError(ServiceCircleError):
    """There is nothing to compute, or no plan can meet what was asked."""


class OutputError(ServiceCircleError, OSError):
    """An output cannot be written."""


def checked_number(
    name: str,
    value: object,
    expected: str,
    *,
    least: float = 0.0,
    above: bool = False,
    most: float = inf,
    whole: bool = False,
    endless: bool = False,
) -> float:
    """Return what an option was given as a plain number, or refuse it by name.

    Parameters
    ----------
    name
        Of the option.
    value
        What it was given. A number of numpy is a number; a text, true or false and None are none.
    expected
        What the message says was expected.
    least, above, most
        Range of the number, inclusive; with `above` it has to be more than `least`.
    whole
        Whether only integers will do.
    endless
        Whether ``inf`` will do, too.

    Raises
    ------
    InputError
        If it is anything else.
    """
    if isinstance(value, Integral if whole else Real) and not isinstance(value, bool):
        try:
            found = float(value)
        except OverflowError:  # an integer of hundreds of digits
            found = nan
        # Written so that NaN fails.
        if (found < inf or endless) and least <= found <= most and (found > least or not above):
            return found
    raise InputError(f"{name}: found {' '.join(repr(value).split())[:80]}, expected {expected}.")


#: How things of ours come about, by kind: what a message says to do.
_MAKERS = {
    "GeoDataFrame": "Read it with one of the read functions, or make one with geopandas",
    "WalkNetwork": "Make it with WalkNetwork.from_streets(streets)",
    "TravelTimes": "Compute them with travel_times(network, demand, facilities)",
    "Coverage": "Compute it with coverage(times)",
    "SitePlan": "Choose it with one of the solvers",
    "WhatIf": "Gather it with what_if(network, times)",
    "MultiDiGraph": "Take a graph of osmnx or networkx",
    "DrawingCells": "Make them with drawing_cells(network)",
}


def checked_kind(name: str, value: object, kind: type, *also: type) -> None:
    """Raise `InputError` if an argument is of another kind, as when two of them changed places.

    Parameters
    ----------
    name
        Of the argument.
    value
        What it was given.
    kind, also
        What it has to be, and what else it may be; the message names the first.
    """
    if isinstance(value, (kind, *also)):
        return
    plain = value is None or isinstance(value, str | int | float)
    found = " ".join(repr(value).split())[:80] if plain else type(value).__name__
    mend = _MAKERS.get(kind.__name__, f"Make it with {kind.__name__}(...)")
    raise InputError(f"{name}: found {found}, expected {kind.__name__}. {mend}.")
