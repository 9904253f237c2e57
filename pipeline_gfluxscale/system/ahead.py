"""Do the next piece of work in a thread while the result of the last one is used."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(calls: Iterable[Callable[[], T]]) -> Iterator[T]:
    """Yield what each of some functions returns, in their order; one more than the caller has asked for is called.

    It pays where the functions release Python's global lock: casatools' tables do so. No two functions run at the same
    time, and none runs any more when the iterator has ended or is closed.
    """
    with ThreadPoolExecutor(max_workers=1) as thread:
        waiting = None
        for call in calls:
            following = thread.submit(call)
            if waiting is not None:
                yield waiting.result()
            waiting = following
        if waiting is not None:
            yield waiting.result()
