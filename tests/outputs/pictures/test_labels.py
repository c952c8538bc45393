"""Numbers and names on a picture do not cover each other."""

from hypothesis import given
from hypothesis import strategies as st

from servicecircle.outputs.pictures.labels import Room, around, half_size

BOX = (0.0, 0.0, 100.0, 80.0)
PLACES = st.lists(st.tuples(st.floats(-20, 120), st.floats(-20, 100)), max_size=40)
HALVES = st.tuples(st.floats(0.5, 30), st.floats(0.5, 30))


@given(PLACES, HALVES)
def test_what_finds_room_lies_inside_and_on_nothing(
    places: list[tuple[float, float]], half: tuple[float, float]
) -> None:
    """Each lies within the picture, and no two overlap."""
    room = Room(BOX)
    found = [place for place in (room.find([one, *around(one, [half])], half) for one in places) if place]
    for x, y in found:
        assert BOX[0] <= x - half[0]
        assert x + half[0] <= BOX[2]
        assert BOX[1] <= y - half[1]
        assert y + half[1] <= BOX[3]
    for at, (x, y) in enumerate(found):
        for other_x, other_y in found[:at]:
            apart = abs(x - other_x) >= 2 * half[0] - 1e-9 or abs(y - other_y) >= 2 * half[1] - 1e-9
            assert apart


def test_the_first_free_place_is_taken() -> None:
    """What stands there already is gone round, and a full picture says so."""
    room = Room(BOX)
    room.take((50, 40), (10, 10))
    assert room.find([(50, 40), (65, 40), (20, 40)], (5, 5)) == (65, 40)
    assert room.find([(66, 41)], (5, 5)) is None
    assert around((0, 0), [(2, 1)])[:2] == [(2, 1), (-2, 1)]


def test_a_chinese_letter_takes_the_room_of_two() -> None:
    """Words are as wide as their letters."""
    assert half_size("海口", 10, 1.0)[0] == half_size("abcd", 10, 1.0)[0]
