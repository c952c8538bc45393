"""One command per question."""

from servicecircle.cli.app import app, main

# Importing the commands enters them into the help, in this order.
from servicecircle.cli import study_commands  # isort: skip  # noqa: F401 - its import registers its commands
from servicecircle.cli import check_commands  # isort: skip  # noqa: F401 - the same
from servicecircle.cli import layer_commands  # isort: skip  # noqa: F401 - the same

__all__ = ["app", "main"]
