"""All words of all outputs, in both languages: one catalogue, by section and key."""

from servicecircle.outputs.words.commands import COMMAND_TEXTS
from servicecircle.outputs.words.figures import FIGURE_TEXTS
from servicecircle.outputs.words.map import MAP_TEXTS
from servicecircle.outputs.words.problems import PROBLEM_TEXTS
from servicecircle.outputs.words.report import REPORT_TEXTS
from servicecircle.outputs.words.rules import RULE_TEXTS
from servicecircle.outputs.words.template import TEMPLATE_TEXTS
from servicecircle.outputs.words.values import VALUE_TEXTS

#: Section, key, language. The map and the commands have shorter words under the same keys as the report.
CATALOGUE: dict[str, dict[str, dict[str, str]]] = {
    "figures": FIGURE_TEXTS,
    "report": REPORT_TEXTS,
    "rules": RULE_TEXTS,
    "problems": PROBLEM_TEXTS,
    "values": VALUE_TEXTS,
    "map": MAP_TEXTS,
    "template": TEMPLATE_TEXTS,
    "commands": COMMAND_TEXTS,
}
