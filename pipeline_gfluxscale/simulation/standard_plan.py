"""The usual ALMA execution block."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..errors import InputError
from .plan import BANDS, Disturbance, SimulatedField, SimulatedScan, SimulationPlan

REFERENCES = ("Uranus", "Neptune", "Ganymede", "Callisto", "quasar", "bandpass", "none")


@dataclass(frozen=True)
class _Cast:
    """The fields of the usual observation."""

    bandpass: SimulatedField = field(default=SimulatedField("J0238+1636", 3.3, -0.5, (-6.0, 1.0)))
    phase: SimulatedField = field(default=SimulatedField("J0309+1029", 0.6, -0.7, (3.0, -5.0)))
    check: SimulatedField = field(default=SimulatedField("J0325+1307", 0.15, -0.7, (6.0, -2.0)))
    quasar: SimulatedField = field(default=SimulatedField("J0423-0120", 2.1, -0.5, (8.0, -6.0)))
    target: SimulatedField = field(default=SimulatedField("Target", 0.005, 2.0, (4.0, -3.0)))


def standard_plan(
    reference: str = "Uranus",
    *,
    band: int = 6,
    phase_scans: int = 4,
    check_flux_jy: float | None = 0.15,
    wild: bool = True,
    **options: object,
) -> SimulationPlan:
    """Return the usual ALMA execution block: BANDPASS, AMPLITUDE, and PHASE around CHECK and TARGET.

    Parameters
    ----------
    reference : str
        The amplitude calibrator: a solar-system object, ``'quasar'``, ``'bandpass'`` for a bandpass calibrator that is
        the amplitude calibrator too, or ``'none'``.
    band : int
        ALMA band.
    phase_scans : int
        Number of scans of the phase calibrator.
    check_flux_jy : float or None
        Flux density of the check source (Jy); None for no check source.
    wild : bool
        Multiply the amplitude gain of one antenna by 40 in one scan of the phase calibrator.
    **options
        Other attributes of `SimulationPlan`.
    """
    if reference not in REFERENCES:
        raise InputError("reference", reference, "unknown reference", REFERENCES)
    if band not in BANDS:
        raise InputError("band", band, "unknown band", BANDS)
    if phase_scans < 1:
        raise InputError("phase_scans", phase_scans, "at least 1 is needed")
    cast = _Cast()
    fields = [cast.bandpass, cast.phase, cast.target]
    scans = [SimulatedScan(0, ("BANDPASS", "AMPLITUDE") if reference == "bandpass" else ("BANDPASS",), 10)]
    if reference not in ("bandpass", "none"):
        scans.append(SimulatedScan(len(fields), ("AMPLITUDE",), 10))
        fields.append(cast.quasar if reference == "quasar" else SimulatedField(reference))
    between = [SimulatedScan(2, ("TARGET",), 5)]
    if check_flux_jy is not None:
        between.append(SimulatedScan(len(fields), ("CHECK",), 5))
        fields.append(replace(cast.check, flux_jy=check_flux_jy))
    phase = SimulatedScan(1, ("PHASE",), 5)
    scans += [phase, *[*between, phase] * (phase_scans - 1)]
    defaults = {"spw_frequencies": BANDS[band], "disturbances": (_wild_antenna(scans),) if wild else ()}
    return SimulationPlan(tuple(fields), tuple(scans), **(defaults | options))  # type: ignore[arg-type]


def _wild_antenna(scans: Sequence[SimulatedScan]) -> Disturbance:
    """Return a wild amplitude of one antenna, in the second scan of the phase calibrator or else in its only one."""
    of_phase = [number for number, scan in enumerate(scans, start=1) if scan.intents == ("PHASE",)]
    return Disturbance(antenna=3, scan=of_phase[:2][-1], factor=40.0)
