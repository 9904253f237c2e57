"""Part of step 3, Amplitudes: start near the solution, for gains of any size."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ....casa.caltable import multiply_gains, read_gains
from ....casa.starting_models import Group, multiply_models, read_amplitudes
from ....casa.tasks import log_command
from ....domain.observation import Observation
from ....heuristics.starting_gains import starting_gains
from ...shared.calibrator_data import CalibratorData
from .flag_outliers import Outlier


@dataclass(frozen=True)
class StartingGains:
    """Approximate amplitude gains, by which models are multiplied to solve for gains near 1.

    Attributes
    ----------
    gains : dict of Group to ndarray of float, shape (n_ant,)
    antennas : dict of Group to ndarray of bool, shape (n_ant,)
        The antennas with unflagged data.
    solvable : dict of Group to ndarray of bool, shape (n_ant,)
        The antennas with data that gaincal uses.
    """

    gains: dict[Group, np.ndarray]
    antennas: dict[Group, np.ndarray]
    solvable: dict[Group, np.ndarray]

    @contextmanager
    def in_models(self, data: CalibratorData) -> Iterator[None]:
        """Multiply the models of the working copy with the starting gains, and divide by them at the end."""
        log_command(f"# MODEL_DATA of {data.vis} is multiplied with starting gains, to solve for gains near 1.")
        multiply_models(data.vis, self.gains)
        yield
        multiply_models(data.vis, {group: 1 / gain for group, gain in self.gains.items()})

    def of_baselines(
        self, field: int, spw: int, scan: np.ndarray, antenna1: np.ndarray, antenna2: np.ndarray
    ) -> np.ndarray:
        """Return the products of two antennas' starting gains, shape (n_row,); 1 where there are none."""
        factor = np.ones(scan.size)
        for number in np.unique(scan).tolist():
            gain = self.gains.get(Group(field, spw, number))
            if gain is not None:
                rows = scan == number
                factor[rows] = gain[antenna1[rows]] * gain[antenna2[rows]]
        return factor

    def complete(self, caltable: Path) -> None:
        """Multiply the solutions of an amplitude table by the starting gains."""
        log_command(f"# The solutions in {caltable.name} are multiplied with the starting gains.")
        solutions = read_gains(caltable)
        rows = zip(solutions.field, solutions.spw, solutions.scan, solutions.antenna, strict=True)
        factor = [
            self.gains[group][antenna] if (group := Group(int(field), int(spw), int(scan))) in self.gains else 1.0
            for field, spw, scan, antenna in rows
        ]
        multiply_gains(caltable, np.array(factor))

    def number_of_antennas(self, observation: Observation, outliers: Sequence[Outlier]) -> int:
        """Return the least number of antennas with data for gaincal in a spw and scan of an observation; 0 without any.

        Outliers, whose data have been flagged since, are not counted.
        """
        wild = {(Group(o.field_id, o.spw, o.scan), o.antenna) for o in outliers}
        numbers = [
            int(antennas.sum()) - sum(group == of_outlier for of_outlier, _ in wild)
            for group, antennas in self.solvable.items()
            if group.field == observation.field.id and group.spw in observation.spws and group.scan in observation.scans
        ]
        return min(numbers, default=0)

    def antennas_of_spws(self) -> dict[tuple[int, int], frozenset[int]]:
        """Return the ids of the antennas with data in any scan, by field id and spw."""
        by_pair: dict[tuple[int, int], frozenset[int]] = {}
        for group, antennas in self.antennas.items():
            pair = (group.field, group.spw)
            by_pair[pair] = by_pair.get(pair, frozenset()) | set(np.flatnonzero(antennas).tolist())
        return by_pair


def find_starting_gains(data: CalibratorData) -> StartingGains:
    """Return approximate amplitude gains, from the moduli of the visibilities."""
    amplitudes = read_amplitudes(data.vis)
    return StartingGains(
        {group: starting_gains(of_group.log_ratio, of_group.weight) for group, of_group in amplitudes.items()},
        {group: of_group.antennas for group, of_group in amplitudes.items()},
        {group: of_group.solvable for group, of_group in amplitudes.items()},
    )
