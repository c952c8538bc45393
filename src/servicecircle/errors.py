"""The error tree.

Every error the toolkit raises on purpose is a `ServiceCircleError`; its children are also the
built-in error a caller would expect, so ``except ValueError`` and ``except OSError`` keep working.
A message says what was found, what was wanted and how to mend it, on one line.
"""


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
