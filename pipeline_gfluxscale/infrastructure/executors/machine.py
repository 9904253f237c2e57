"""What this machine has for us: cores and memory, as far as the job or container may use them."""

import os
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")


def cores() -> int:
    """Return the number of cores that this process may use: those of its Slurm job, container or taskset."""
    return len(os.sched_getaffinity(0))


def available_memory() -> int:
    """Return the memory (bytes) that new processes can have, within the limits of the job or container."""
    limits = [_meminfo("MemAvailable"), *_left_in_cgroups()]
    return max(0, min(limits))


def _meminfo(entry: str) -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith(f"{entry}:"):
            return int(line.split()[1]) * 1024
    return 0


def _left_in_cgroups() -> list[int]:
    """Return what is left in each limited control group (version 2) that this process is in."""
    group, left = _CGROUPS / _own_group(), []
    for directory in [group, *group.parents]:
        if directory == _CGROUPS.parent:
            break
        limit, used = _number(directory / "memory.max"), _number(directory / "memory.current")
        if limit is not None and used is not None:
            left.append(limit - used + _reclaimable(directory))
    return left


def _own_group() -> str:
    path = Path("/proc/self/cgroup")
    lines = path.read_text().splitlines() if path.exists() else []
    return next((line.removeprefix("0::").strip("/") for line in lines if line.startswith("0::")), "")


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):  # no such group, or 'max': no limit
        return None


def _reclaimable(directory: Path) -> int:
    """Return the file cache of a group: it counts as used, and is given up when memory is asked for."""
    try:
        entries = dict(line.split() for line in (directory / "memory.stat").read_text().splitlines())
        return int(entries.get("inactive_file", 0))
    except (OSError, ValueError):
        return 0
