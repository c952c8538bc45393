"""One command per question."""

from servicecircle.cli.app import app, main

# Importing the commands enters them into the help, in this order.
from servicecircle.cli import study_commands, layer_commands  # isort: skip  # noqa: F401 - they register themselves

__all__ = ["app", "main"]
