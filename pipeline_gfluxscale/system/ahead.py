"""Call the next function in a thread while the caller uses the result of the last one."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(calls: Iterable[Callable[[], T]]) -> Iterator[T]:
    """Yield the return values of functions, in order; the next function is called before its value is needed.

    This saves time if the functions release Python's global lock, as the tables of casatools do. No two functions run
    at the same time, and no function runs after the iterator has ended or is closed.
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
