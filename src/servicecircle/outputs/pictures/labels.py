"""Where words and badges find room on a picture, so that they do not cover each other."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from servicecircle.outputs.texts import wide

Place = tuple[float, float]
#: Half the width and half the height of what is written.
Half = tuple[float, float]
#: Eight directions, the ones a reader looks at first before the others.
_AROUND = ((1, 1), (-1, 1), (1, -1), (-1, -1), (1, 0), (-1, 0), (0, 1), (0, -1))


@dataclass(slots=True)
class Room:
    """What of a picture is taken; everything in the units of the map.

    Attributes
    ----------
    box
        West, south, east, north of the picture; nothing is placed beyond.
    taken
        West, south, east, north of what stands there already.
    """

    box: tuple[float, float, float, float]
    taken: list[tuple[float, float, float, float]] = field(default_factory=list)

    def take(self, place: Place, half: Half) -> None:
        """Keep a place for something that cannot move."""
        self.taken.append((place[0] - half[0], place[1] - half[1], place[0] + half[0], place[1] + half[1]))

    def find(self, places: Iterable[Place], half: Half) -> Place | None:
        """Take the first of the places where nothing else stands; None if there is none."""
        for x, y in places:
            west, south, east, north = x - half[0], y - half[1], x + half[0], y + half[1]
            inside = west >= self.box[0] and south >= self.box[1] and east <= self.box[2] and north <= self.box[3]
            if inside and not any(west < e and w < east and south < n and s < north for w, s, e, n in self.taken):
                self.take((x, y), half)
                return x, y
        return None


def around(place: Place, steps: Iterable[Half]) -> list[Place]:
    """Return places around one, at each of the distances in turn."""
    return [(place[0] + x * step[0], place[1] + y * step[1]) for step in steps for x, y in _AROUND]


def half_size(words: str, points: float, metres_per_point: float) -> Half:
    """Return about how much room words of a size in points take; a Chinese letter takes that of two."""
    return 0.3 * wide(words) * points * metres_per_point, 0.6 * points * metres_per_point
