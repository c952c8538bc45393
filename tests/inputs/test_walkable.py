"""The rule for what can be walked."""

import pandas as pd
import pytest

from servicecircle.inputs.walkable import walkable


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"highway": "residential"}, True),
        ({"highway": "footway"}, True),
        ({"highway": "cycleway"}, True),
        ({"highway": "track"}, True),
        ({"highway": "corridor"}, True),
        ({"highway": "platform"}, True),
        ({"highway": "motorway"}, False),
        ({"highway": "motorway_link"}, False),
        ({"highway": "motorway", "foot": "yes"}, True),
        ({"highway": "trunk"}, False),
        ({"highway": "trunk", "sidewalk": "both"}, True),
        ({"highway": "trunk", "sidewalk": "separate"}, False),
        ({"highway": "trunk", "foot": "designated"}, True),
        ({"highway": "trunk", "sidewalk": "both", "foot": "no"}, False),
        ({"highway": "construction", "foot": "yes"}, False),
        ({"highway": "raceway"}, False),
        ({"highway": "busway"}, False),
        ({"highway": "path", "foot": "no"}, False),
        ({"highway": "path", "foot": "use_sidepath"}, False),
        ({"highway": "service", "access": "private"}, False),
        ({"highway": "service", "access": "private", "foot": "permissive"}, True),
        ({"highway": "service", "access": "customers"}, True),
        ({"highway": "primary", "motorroad": "yes"}, False),
        ({"highway": "primary", "motorroad": "yes", "foot": "yes"}, True),
        ({"highway": "['motorway', 'tertiary']"}, True),
        ({"highway": "['motorway', 'trunk']"}, False),
        ({"highway": "[broken"}, True),
        ({"highway": None}, True),
    ],
)
def test_the_rule(tags: dict[str, str | None], expected: bool) -> None:  # noqa: FBT001 - a table of cases
    """Each line of the table in `walkable` decides as it says."""
    assert walkable(pd.DataFrame([tags])).tolist() == [expected]


def test_rows_are_judged_one_by_one() -> None:
    """What one row says does not spill over to another, and the table stays as it was."""
    table = pd.DataFrame({"highway": ["motorway", "path", "path"], "foot": ["yes", None, "no"]})
    before = table.copy()
    assert walkable(table).tolist() == [True, True, False]
    pd.testing.assert_frame_equal(table, before)
