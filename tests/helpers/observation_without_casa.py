"""A small observation without data, for tests that need the description of an MS and not the MS."""

from pathlib import Path

from pipeline_gfluxscale.domain.measurementset import Antenna, Field, MeasurementSet, Scan, SpectralWindow

BANDPASS, PHASE = frozenset({"BANDPASS"}), frozenset({"PHASE"})


def measurementset(path: Path) -> MeasurementSet:
    """Return an MS of two antennas, fields and spws; its directory is made."""
    path.mkdir(parents=True, exist_ok=True)
    return MeasurementSet(
        path=path,
        telescope="ALMA",
        antennas=(Antenna(0, "DA41", "A001", (1.5, 2.0, 3.0), 12.0), Antenna(1, "DV02", "A002", (4.0, 5.0, 6.0), 12.0)),
        spectral_windows=tuple(
            SpectralWindow(i, f"spw{i}", 4, 230e9, 232e9, 231e9, 2e9, i + 1, ("XX", "YY")) for i in range(2)
        ),
        fields=(Field(0, "J1924-2914", 5.07, -0.51, BANDPASS), Field(1, "J1832-1035", 4.85, -0.18, PHASE)),
        scans=(
            Scan(1, 0, BANDPASS, frozenset({0, 1}), 5e9, 5e9 + 60, 10),
            Scan(2, 1, PHASE, frozenset({0, 1}), 5e9 + 60, 5e9 + 90, 5),
        ),
        science_spw_ids=frozenset({0, 1}),
        obs_modes=("CALIBRATE_BANDPASS", "CALIBRATE_PHASE"),
    )
