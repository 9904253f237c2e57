"""hifa_bandpass: solve for the phases of the bandpass calibrator, and then for the bandpass."""

import logging

from ...casa.spectral_table import read_spectral_table
from ...domain.calibration import CalApplication, CalTable, CalTo
from ...domain.selection import format_ids
from ...pipeline.basetask import StandardTask
from ..shared.calibrator_data import calibrator_data
from ..shared.phase_snr import measure_setup_snr
from ..shared.resolved_models import with_resolved_models
from ..shared.tables import TableNames
from .inputs import BandpassInputs
from .phase_up import phase_up
from .quality import bandpass_scores
from .results import BandpassResults
from .solve import choose_channels, solve_bandpass

LOG = logging.getLogger(__name__)


class Bandpass(StandardTask[BandpassInputs, BandpassResults]):
    """Solve for the bandpass of every antenna, spw and polarisation with the bandpass calibrator.

    The phases of the calibrator as a function of time are solved for and taken out first. Both solves are as long, or
    as wide, as their signal-to-noise ratio (SNR) needs, which the noise of the data tells.

    Raises
    ------
    InputError
        A parameter cannot be used.

    Examples
    --------
    >>> hifa_bandpass(hm_bandpass="fixed", solint="inf,4ch")  # doctest: +SKIP
    """

    inputs_type = BandpassInputs
    results_type = BandpassResults

    def prepare(self) -> BandpassResults:
        """Measure the SNR, solve for the phases, and solve for the bandpass."""
        inputs, ms = self.inputs, self.inputs.ms
        results = BandpassResults(ms.name, unregister_existing=inputs.unregister_existing)
        names = TableNames(inputs.context, ms, "hifa_bandpass")
        context = inputs.context_without("hifa_bandpass")
        with calibrator_data(ms, with_resolved_models(ms, inputs.sources), context, self.step) as data:
            with self.step("Measure SNR"):
                snr = [measure_setup_snr(data, ms, observation) for observation in inputs.sources]
            with self.step("Phase up"):
                phases, results.phase_up = phase_up(inputs, data, snr, names)
        results.spws = choose_channels(inputs, snr)
        for spw in results.spws:
            LOG.info("%s: spw %d: channels per solution: %s", ms.name, spw.spw, spw.channels or "as in solint")
        with self.step("Bandpass"):
            table = solve_bandpass(inputs, context, results.spws, phases, names)
        if table is None:
            results.error = (
                f"CASA found no bandpass solution: an antenna needs {inputs.minblperant} baselines (minblperant) with "
                f"unflagged data and prior calibration, and an SNR of {inputs.minsnr:g} (minsnr)"
            )
            return results
        results.bandpass = read_spectral_table(table)
        if lost := {solve.spw for solve in results.spws} - {solutions.spw for solutions in results.bandpass}:
            results.warnings.append(f"no bandpass solution in spw {format_ids(lost)}: flagged, or too faint")
        # As in the pipeline: interpolate between solutions of the same observation, and across flagged channels.
        how = CalTable(str(table), interp="linearperobs,linearflag", calwt=True)
        results.application = CalApplication(CalTo(vis=ms.name), (how,))
        return results

    def analyse(self, results: BandpassResults) -> BandpassResults:
        """Score the solutions."""
        results.qa = bandpass_scores(results, self.inputs.ms, self.inputs.bpsnr)
        return results
