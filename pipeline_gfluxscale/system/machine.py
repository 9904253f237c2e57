"""What this machine has for us: cores and memory, as far as the job or container may use them."""

import math
import os
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUPS = Path("/proc/self/cgroup")

# Files with the limit and the use of memory, and the entry of memory.stat for the file cache that is given up when
# memory is asked for, though it counts as used: of control groups of version 2, and of version 1.
_MEMORY = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)


def cores() -> int:
    """Return the number of cores that this process may use: those of its Slurm job, container or taskset."""
    return min([len(os.sched_getaffinity(0)), *_cores_of_cgroups()])


def available_memory() -> int:
    """Return the memory (bytes) that new processes can have, within the limits of the job or container."""
    free = _entries(Path("/proc/meminfo")).get("MemAvailable:", 0) * 1024
    return max(0, min([free, *_left_in_cgroups()]))


def _cores_of_cgroups() -> list[int]:
    """Return the number of cores whose time each limited control group may use."""
    found = []
    for group in _own_cgroups("cpu"):
        words = _text(group / "cpu.max") or f"{_text(group / 'cpu.cfs_quota_us')} {_text(group / 'cpu.cfs_period_us')}"
        numbers = [int(word) for word in words.split() if word.isdigit()]
        if len(numbers) == 2:  # no limit is 'max' or -1
            found.append(max(1, math.ceil(numbers[0] / numbers[1])))
    return found


def _left_in_cgroups() -> list[int]:
    """Return what is left in each limited control group."""
    left = []
    for group in _own_cgroups("memory"):
        for limit, used, cache in _MEMORY:
            numbers = _text(group / limit), _text(group / used)
            if all(number.isdigit() for number in numbers):
                left.append(int(numbers[0]) - int(numbers[1]) + _entries(group / "memory.stat").get(cache, 0))
    return left


def _own_cgroups(controller: str) -> list[Path]:
    """Return the control groups that this process is in, and those around them."""
    found: list[Path] = []
    for line in _text(_OWN_CGROUPS).splitlines():  # '4:cpu,cpuacct:/job' in version 1, '0::/job' in version 2
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        root = _CGROUPS / controller if controllers else _CGROUPS
        group = root / path.strip("/")
        found += [each for each in (group, *group.parents) if each.is_relative_to(root)]
    return found


def _text(path: Path) -> str:
    """Return what is in a file of the system; nothing if it does not have it."""
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def _entries(path: Path) -> dict[str, int]:
    """Return the numbers in a file of lines with a name and a number."""
    lines = (line.split() for line in _text(path).splitlines())
    return {words[0]: int(words[1]) for words in lines if len(words) > 1 and words[1].isdigit()}
