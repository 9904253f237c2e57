"""The cores and the memory that this process may use, within the limits of its job or container."""

import math
import os
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUPS = Path("/proc/self/cgroup")

# Files of a control group (version 2, then version 1) with the limit and the use of memory, and the entry of
# memory.stat for the file cache. The cache counts as used, but the system frees it when processes need memory.
_MEMORY = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)


def cores() -> int:
    """Return the number of cores that this process may use, within the limits of a Slurm job, container or taskset."""
    return min([len(os.sched_getaffinity(0)), *_cores_of_cgroups()])


def available_memory() -> int:
    """Return the memory (bytes) that new processes may use, within the limits of the job or container."""
    free = _entries(Path("/proc/meminfo")).get("MemAvailable:", 0) * 1024
    return max(0, min([free, *_left_in_cgroups()]))


def _cores_of_cgroups() -> list[int]:
    """Return the number of cores of each control group with a limit."""
    limits = []
    for group in _own_cgroups("cpu"):
        words = _text(group / "cpu.max") or f"{_text(group / 'cpu.cfs_quota_us')} {_text(group / 'cpu.cfs_period_us')}"
        numbers = [int(word) for word in words.split() if word.isdigit()]
        if len(numbers) == 2:  # no limit is 'max' or -1
            limits.append(max(1, math.ceil(numbers[0] / numbers[1])))
    return limits


def _left_in_cgroups() -> list[int]:
    """Return the free memory (bytes) of each control group with a limit."""
    left = []
    for group in _own_cgroups("memory"):
        for limit, used, cache in _MEMORY:
            numbers = _text(group / limit), _text(group / used)
            if all(number.isdigit() for number in numbers):
                left.append(int(numbers[0]) - int(numbers[1]) + _entries(group / "memory.stat").get(cache, 0))
    return left


def _own_cgroups(controller: str) -> list[Path]:
    """Return the directories of this process's control groups, and of their parents."""
    groups: list[Path] = []
    for line in _text(_OWN_CGROUPS).splitlines():  # '4:cpu,cpuacct:/job' in version 1, '0::/job' in version 2
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        root = _CGROUPS / controller if controllers else _CGROUPS
        group = root / path.strip("/")
        groups += [path for path in (group, *group.parents) if path.is_relative_to(root)]
    return groups


def _text(path: Path) -> str:
    """Return the text of a file of the system; empty if there is no such file."""
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def _entries(path: Path) -> dict[str, int]:
    """Return the numbers by name in a file with a name and a number per line."""
    lines = (line.split() for line in _text(path).splitlines())
    return {words[0]: int(words[1]) for words in lines if len(words) > 1 and words[1].isdigit()}
