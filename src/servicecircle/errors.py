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
