"""The command line itself: its start, its errors and its exit codes."""

import sys
from typing import Annotated, NoReturn

import typer

from servicecircle.cli.saying import plain
from servicecircle.errors import DataSourceError, InfeasibleError, InputError, OutputError, ServiceCircleError

app = typer.Typer(
    name="servicecircle",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

INTERRUPTED = 130
#: Characters of an error that are printed; its middle is left out beyond that.
_LONGEST = 1000


def _say_version(asked: bool) -> None:  # noqa: FBT001 - the parser calls it so
    if asked:
        from servicecircle import __version__

        typer.echo(f"servicecircle {__version__}")
        raise typer.Exit


@app.callback()
def start(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Who can walk to a public service center in 15 minutes, who cannot, and where the next centers should go."""


def main() -> None:
    """Run the command line: one line on stderr for every error, and the exit code that names its kind."""
    try:
        # Without a command the help is what a person wants; the parser would call it an error.
        ended = app(args=sys.argv[1:] or ["--help"], standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        ended = INTERRUPTED
    except ServiceCircleError as error:
        _fail(str(error), _exit_code(error))
    except MemoryError:
        _fail("the inputs need more memory than there is. Cut them to the city, or use a larger machine.", 3)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _fail(f"{where}a file cannot be used ({error.strerror or error}). Look at its disk and run again.", 3)
    except Exception as error:
        # Usage errors come from the parser typer is built on; anything else is a bug and keeps its traceback.
        show, code = getattr(error, "format_message", None), getattr(error, "exit_code", None)
        if show is None or code is None:
            raise
        said = show().rstrip(".")
        _fail(f"{said}{'' if said.endswith('?') else '.'} Try: servicecircle {_command(error)}--help", 2)
    # The parser may catch the interruption first; then it returns the code instead of raising.
    if ended == INTERRUPTED:
        _fail("interrupted", INTERRUPTED)


def _command(error: Exception) -> str:
    """Return the command in which a usage error was made, with a space; empty if it was in none."""
    context = getattr(error, "ctx", None)
    return f"{context.info_name} " if context is not None and context.parent is not None else ""


def _exit_code(error: ServiceCircleError) -> int:
    for kind, code in ((InputError, 3), (DataSourceError, 3), (InfeasibleError, 4), (OutputError, 5)):
        if isinstance(error, kind):
            return code
    return 1


def _fail(message: str, code: int) -> NoReturn:
    line = plain(" ".join(message.split()))
    if len(line) > _LONGEST:  # a cell may hold a book
        line = f"{line[: _LONGEST // 2]} … {line[-_LONGEST // 2 :]}"
    sys.stderr.write(f"servicecircle: {line}\n")
    sys.exit(code)
