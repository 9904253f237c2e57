"""The observation of the safety tests, small: BANDPASS, AMPLITUDE (a quasar), PHASE and TARGET."""

from pipeline_gfluxscale.simulation import standard_plan

BANDPASS, PHASE, TARGET, REFERENCE = range(4)
TRANSFER = (BANDPASS, PHASE)
SPWS = (0, 1)

PLAN = standard_plan(
    "quasar",
    wild=False,
    spw_frequencies=(224e9, 240e9),
    channels=8,
    antennas=8,
    phase_scans=2,
    check_flux_jy=None,
    noise_jy=0.05,
)
