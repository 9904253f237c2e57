"""How many channels a bandpass solution needs."""

import math


def channel_snr(snr_per_integration: float, num_integrations: int, num_channels: int) -> float:
    """Return the SNR of an antenna's bandpass in a channel, from that of its phase in an integration of the whole spw.

    Parameters
    ----------
    snr_per_integration : float
    num_integrations : int
        Of all data that are solved for together.
    num_channels : int
        Of the spw.
    """
    return snr_per_integration * math.sqrt(num_integrations / num_channels)


def channels_per_solution(snr: float, num_channels: int, wanted_snr: float, least_solutions: int, *, even: bool) -> int:
    """Return the number of channels of a solution with an SNR of `wanted_snr`.

    Parameters
    ----------
    snr : float
        Of a single channel; nan counts as enough.
    num_channels : int
        Of the spw.
    wanted_snr : float
    least_solutions : int
        Least number of solutions of the spw, so that its shape is seen however faint the calibrator is.
    even : bool
        Only a number of channels that divides that of the spw: the last solution is as wide as the others.

    Returns
    -------
    int
        From 1 on.
    """
    most = max(1, num_channels // least_solutions)
    if math.isnan(snr) or snr >= wanted_snr:
        needed = 1
    else:
        needed = min(most, math.ceil(min(most, wanted_snr / snr) ** 2)) if snr > 0 else most
    if not even:
        return needed
    divisors = [n for n in range(1, most + 1) if num_channels % n == 0]
    return min((n for n in divisors if n >= needed), default=max(divisors))
