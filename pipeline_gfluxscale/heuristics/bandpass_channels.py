"""How many channels a bandpass solution needs."""

import math


def channel_snr(snr_per_integration: float, num_integrations: int, num_channels: int) -> float:
    """Return the SNR of an antenna's bandpass solution in a channel.

    Parameters
    ----------
    snr_per_integration : float
        SNR of the antenna's phase in an integration, averaged over the spw.
    num_integrations : int
        Number of integrations that are solved for together.
    num_channels : int
        Number of channels of the spw.
    """
    return snr_per_integration * math.sqrt(num_integrations / num_channels)


def channels_per_solution(snr: float, num_channels: int, wanted_snr: float, least_solutions: int, *, even: bool) -> int:
    """Return the number of channels per solution that gives an SNR of `wanted_snr`.

    Parameters
    ----------
    snr : float
        SNR of a single channel; nan counts as enough.
    num_channels : int
        Number of channels of the spw.
    wanted_snr : float
    least_solutions : int
        Least number of solutions of the spw. It has precedence over `wanted_snr`, so that the solutions of a faint
        calibrator show the shape of the bandpass too.
    even : bool
        Whether the result must divide `num_channels`, so that the last solution is as wide as the others.

    Returns
    -------
    int
        1 or more.
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
