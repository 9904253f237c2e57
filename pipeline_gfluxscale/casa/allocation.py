"""Keep freed memory in the process instead of returning it to the system."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

# Parameters of glibc's mallopt, and its defaults.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_DEFAULT_THRESHOLD = 128 * 1024
_KEPT = 256 * 1024 * 1024


@contextmanager
def reusing_memory() -> Iterator[None]:
    """Let arrays of some megabytes reuse the memory of earlier arrays.

    By default glibc returns the memory of such an array to the system, which fills the memory of the next array with
    zeros: the table tool then needed 2.5 times the processor time to read. Without glibc this does nothing.
    """
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallopt"):
        yield
        return
    libc.mallopt(_MMAP_THRESHOLD, _KEPT)
    libc.mallopt(_TRIM_THRESHOLD, _KEPT)
    try:
        yield
    finally:
        libc.mallopt(_MMAP_THRESHOLD, _DEFAULT_THRESHOLD)
        libc.mallopt(_TRIM_THRESHOLD, _DEFAULT_THRESHOLD)
        libc.malloc_trim(0)
