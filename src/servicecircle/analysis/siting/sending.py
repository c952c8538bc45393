"""Who is sent where while facilities with room open one after the other."""

import numpy as np
import numpy.typing as npt
from scipy import sparse

from servicecircle.analysis.siting.exact import quiet_solver
from servicecircle.analysis.siting.rooms import Rooms, Rows

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class Sending:
    """The centers, which are open, and sites that open and close; people are sent to those that are open.

    Attributes
    ----------
    pairs
        The pairs of the centers and of all these sites.
    """

    def __init__(self, rooms: Rooms, sites: IntArray) -> None:
        self.rooms = rooms
        self.pairs: Rows = rooms.among(sites)
        self._room = rooms.room.copy()
        self._room[: rooms.sites] = 0.0
        self._parts: list[_Part] = []
        if rooms.assignment == "best" and len(self.pairs):
            beyond = rooms.beyond_min
            if np.isinf(beyond):
                # To serve one more, at most every open facility passes one person on: that must never be dearer.
                beyond = (len(sites) + len(rooms.room) - rooms.sites + 1) * (float(rooms.walk[self.pairs].max()) + 1.0)
            self._parts = [_Part(rooms, rows, self._room, beyond) for rows in _connected(rooms, self.pairs)]

    def open(self, site: int) -> None:
        """Open a site."""
        self._change(site, float(self.rooms.room[site]))

    def shut(self, site: int) -> None:
        """Close a site again."""
        self._change(site, 0.0)

    def _change(self, site: int, room: float) -> None:
        self._room[site] = room
        for part in self._parts:
            part.change(site, room)

    def sent(self) -> FloatArray:
        """Send people to what is open; return how many go along each pair."""
        rooms, pairs = self.rooms, self.pairs
        if rooms.assignment == "nearest":
            return self._to_the_nearest(rooms.people, self._room)
        sent = np.zeros(len(rooms.place))
        for part in self._parts:
            sent[part.pairs] = part.sent()
        sent = sent[pairs]
        if np.isfinite(rooms.beyond_min):
            # To walk as long as those who are not sent is worth nothing, but there is room for it.
            left = np.maximum(rooms.people - np.bincount(rooms.place[pairs], sent, len(rooms.people)), 0.0)
            free = np.maximum(self._room - np.bincount(rooms.facility[pairs], sent, len(rooms.room)), 0.0)
            sent += self._to_the_nearest(left, free)
        return sent

    def _to_the_nearest(self, people: FloatArray, room: FloatArray) -> FloatArray:
        """Let everyone go to the nearest facility that has room left by those who are nearer; centers come first."""
        rooms, pairs = self.rooms, self.pairs
        place, facility, walk = rooms.place[pairs], rooms.facility[pairs], rooms.walk[pairs]
        able = np.flatnonzero((people[place] > 0) & (room[facility] > 0))
        is_site = facility < rooms.sites
        order = able[np.lexsort((place[able], facility[able], is_site[able], walk[able]))]
        left, free, sent = people.tolist(), room.tolist(), np.zeros(len(pairs))
        for row, home, goal in zip(order.tolist(), place[order].tolist(), facility[order].tolist(), strict=True):
            number = min(left[home], free[goal])
            if number > 0:
                sent[row] = number
                left[home] -= number
                free[goal] -= number
        return sent


class _Part:
    """Facilities that share places, and all who live near them: a linear program that others do not touch.

    A site that opens or closes changes one row of it, so that HiGHS goes on from the last answer.

    Attributes
    ----------
    pairs
        Its pairs, as rows of the rooms.
    """

    def __init__(self, rooms: Rooms, pairs: Rows, room: FloatArray, beyond_min: float) -> None:
        import highspy

        self.pairs = pairs
        homes, home = np.unique(rooms.place[pairs], return_inverse=True)
        goals, goal = np.unique(rooms.facility[pairs], return_inverse=True)
        self._row_of = dict(zip(goals.tolist(), range(len(homes), len(homes) + len(goals)), strict=True))
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(pairs), len(homes) + len(goals)
        # As many as is worth most; of plans worth the same the one in which these walk least.
        model.col_cost_ = rooms.walk[pairs] - beyond_min
        model.col_lower_, model.col_upper_ = np.zeros(len(pairs)), np.full(len(pairs), np.inf)
        model.row_lower_ = np.full(model.num_row_, -np.inf)
        model.row_upper_ = np.concatenate([rooms.people[homes], room[goals]])
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = 2 * np.arange(len(pairs) + 1)
        model.a_matrix_.index_ = np.column_stack([home, len(homes) + goal]).ravel()
        model.a_matrix_.value_ = np.ones(2 * len(pairs))
        self._solver = quiet_solver()
        self._solver.setOptionValue("solver", "simplex")
        self._solver.passModel(model)
        self._sent: FloatArray | None = None

    def change(self, site: int, room: float) -> None:
        """Give a site other room, if it is one of these."""
        row = self._row_of.get(site)
        if row is not None:
            self._solver.changeRowBounds(row, -np.inf, room)
            self._sent = None

    def sent(self) -> FloatArray:
        """How many are sent along each pair."""
        if self._sent is None:
            self._solver.run()
            self._sent = np.maximum(np.asarray(self._solver.getSolution().col_value, dtype=np.float64), 0.0)
        return self._sent


def sent(rooms: Rooms, opened: IntArray) -> tuple[Rows, FloatArray]:
    """Send people to the centers and these sites; return the pairs and the people sent along each."""
    sending = Sending(rooms, opened)
    for site in opened:
        sending.open(int(site))
    return sending.pairs, sending.sent()


def reached(rooms: Rooms, opened: IntArray) -> float:
    """Tell what is reached with the centers and these sites: people, or person-minutes spared."""
    pairs, people = sent(rooms, opened)
    return float((rooms.value[pairs] * people).sum())


def _connected(rooms: Rooms, pairs: Rows) -> list[Rows]:
    """Part the pairs where no place and no facility is on both sides."""
    place, facility = rooms.place[pairs], rooms.facility[pairs]
    shape = (len(rooms.people) + len(rooms.room),) * 2
    joined = sparse.coo_array((np.ones(len(pairs)), (place, len(rooms.people) + facility)), shape=shape)
    label = sparse.csgraph.connected_components(joined, directed=False)[1][place]
    order = np.argsort(label, kind="stable")
    return np.split(pairs[order], np.flatnonzero(np.diff(label[order])) + 1)
