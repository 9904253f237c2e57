"""The uncertainty of a transferred flux density: its noise, and the uncertainty of its scale.

A flux density is S = median over antennas of (g_field / g_reference)**2, with the gains averaged over scans. Its errors
have four sources:

* the thermal noise of the field's visibilities (`visibility_noise`);
* the thermal noise of the reference's visibilities;
* gains of single antennas that changed between the two (`gain_changes`);
* gains of all antennas that changed together (the atmosphere).

The first is the noise of the flux density; the other three are the uncertainty of its scale. The variance of a median,
and the covariance of the medians of a field's spws, are in `medians`. Therefore a spectral index is less certain than
the noise of mean flux densities would suggest.

Changes of all antennas between two fields that last for all scans of a field cannot be measured: they have the same
effect as another flux density.
"""

from typing import NamedTuple

import numpy as np

from .amplitude_solutions import AmplitudeSolutions, gain_ratio
from .gain_changes import GainChanges
from .medians import median_variance, shared_by_medians


class FluxVariance(NamedTuple):
    """Variance of a transferred flux density, as a fraction of its square.

    Attributes
    ----------
    noise : float
        Due to the noise of the field's own visibilities.
    shared_scale : float
        Due to errors of the scale that all spws of the field have in common.
    own_scale : float
        Due to errors of the scale that are independent from spw to spw.
    """

    noise: float
    shared_scale: float
    own_scale: float

    @property
    def scale(self) -> float:
        """The variance of the scale."""
        return self.shared_scale + self.own_scale

    @property
    def total(self) -> float:
        """The sum of all parts."""
        return self.noise + self.scale


def flux_variance(
    field: AmplitudeSolutions, reference: AmplitudeSolutions, changes: GainChanges, *, same_spw: bool = True
) -> FluxVariance:
    """Return the variance of the flux density of a field in a spw.

    Parameters
    ----------
    field, reference : AmplitudeSolutions
        Gains of the field and of its reference.
    changes : GainChanges
    same_spw : bool
        Whether both are of the same spw. Otherwise (refspwmap) the constants of the antennas do not cancel, and the
        scatter of the antennas is used as their variance.

    Returns
    -------
    FluxVariance
        All nan if no antenna has gains on both fields.
    """
    ratio = gain_ratio(field, reference)
    n = ratio.values.size
    if n == 0:
        return FluxVariance(*[float("nan")] * 3)
    in_spw = changes.spw * ratio.inverse_scans
    of_antenna = 2 * changes.field + changes.scan * ratio.inverse_scans + in_spw
    if not same_spw and n > 1:
        of_antenna = in_spw = max(0.0, float(np.var(ratio.values, ddof=1)) - ratio.noise)
    common = changes.common * ratio.inverse_scans
    shared = shared_by_medians(n, of_antenna - in_spw, in_spw + ratio.noise) + common
    scale = median_variance(n) * of_antenna + reference.noise_of_median(n) + common
    return FluxVariance(field.noise_of_median(n), shared, scale - shared)
