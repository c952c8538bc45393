"""Threads: parts of a task side by side, the answers in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")
Answer = TypeVar("Answer")

#: For drawing, where more threads would wait for each other. Snapping and searching gain nothing from threads: too much
#: of what numpy and scipy do there holds the interpreter's lock.
THREADS = 2


def side_by_side(work: Callable[[Part], Answer], parts: Iterable[Part]) -> Iterator[Answer]:
    """Yield the answer to each part, in the order of the parts.

    What a part's answer is may not depend on other parts: it comes out the same for any number of threads. Parts are
    begun only a few ahead of the answers that are taken, so that those in waiting are few.
    """
    begun: deque[Future[Answer]] = deque()
    with ThreadPoolExecutor(THREADS) as threads:
        try:
            for part in parts:
                begun.append(threads.submit(work, part))
                if len(begun) > 2 * THREADS:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:  # an error or an interruption: what has not begun is not wanted any more
            for future in begun:
                future.cancel()
