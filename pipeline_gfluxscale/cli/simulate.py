"""``gfluxscale simulate``: simulate an ALMA execution block with known flux densities."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ..simulation import Simulation

_REFERENCES = ("Uranus", "Neptune", "Ganymede", "Callisto", "quasar", "bandpass", "none")


def simulation_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for the simulated observation to a command."""
    options = (
        click.option("--name", default="demo.ms", show_default=True, help="Name of the MeasurementSet."),
        click.option(
            "--reference",
            type=click.Choice(_REFERENCES),
            default="Uranus",
            show_default=True,
            help="Amplitude calibrator; 'bandpass': the bandpass calibrator is also the amplitude calibrator.",
        ),
        click.option("--antennas", type=int, default=12, show_default=True, help="Number of antennas."),
        click.option("--spread", type=float, default=1.5, show_default=True, help="Factor on antenna distances."),
        click.option("--channels", type=int, default=64, show_default=True, help="Channels of each spw."),
        click.option("--band", type=int, default=6, show_default=True, help="ALMA band: 3, 6 or 7."),
        click.option("--phase-scans", type=int, default=4, show_default=True, help="Scans of the phase calibrator."),
        click.option("--check-flux", type=float, default=0.15, show_default=True, help="Check source (Jy); 0: none."),
        click.option(
            "--noise",
            type=float,
            default=0.1,
            show_default=True,
            help="Noise of a visibility in 31.25 MHz and 6 s (Jy).",
        ),
        click.option("--drift", type=float, default=0.0, show_default=True, help="Gain drift from scan to scan."),
        click.option(
            "--wild/--no-wild",
            default=True,
            show_default=True,
            help="Make the amplitude of an antenna 40 times too large in one scan.",
        ),
        click.option("--bandpass/--flat", default=True, show_default=True, help="Simulate bandpass shapes."),
        click.option("--aca", type=int, default=0, show_default=True, help="Number of 7 m antennas (Compact Array)."),
        click.option("--seed", type=int, default=1, show_default=True, help="Seed of the random numbers."),
        click.option(
            "--alma/--plain",
            default=None,
            help="ALMA's form, or only the science data, in spws 0, 1, ..., calibrated for Tsys: smaller and faster "
            "[default: ALMA's form; 'simulate' with --flat or --raw: plain].",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@click.argument("output_dir", type=click.Path(path_type=Path), default=".")
@simulation_options
@click.option("--raw", is_flag=True, help="Plain form with system temperatures. Data in ALMA's form are always raw.")
@click.option("--overwrite", is_flag=True, help="Replace a MeasurementSet of that name.")
def simulate(output_dir: Path, overwrite: bool, raw: bool, **options: Any) -> None:
    """Simulate an ALMA execution block in OUTPUT_DIR.

    Writes a MeasurementSet in ALMA's form with antenna gains, bandpasses, phase noise and thermal noise: raw data with
    system temperatures, pointing and atmosphere scans in separate spws, radiometers, channel averages, and ephemerides
    of solar-system objects. Also writes a flux.csv with catalogue flux densities, which have errors, and a JSON file
    with the true flux densities.
    """
    if options["alma"] is None:
        options["alma"] = options["bandpass"] and not raw  # --flat and --raw ask for simplified data
    result = simulate_with(output_dir, overwrite=overwrite, raw=raw, **options)
    for path in (result.vis, result.flux_csv, result.truth):
        click.echo(path)


def simulate_with(output_dir: Path, *, overwrite: bool, name: str, raw: bool = False, **options: Any) -> "Simulation":
    """Simulate with the options of `simulation_options`."""
    from ..simulation import simulate as make
    from ..simulation import standard_plan, with_alma_form, with_system_temperatures

    plan = standard_plan(
        options["reference"],
        band=options["band"],
        phase_scans=options["phase_scans"],
        check_flux_jy=options["check_flux"] or None,
        wild=options["wild"],
        antennas=options["antennas"],
        spread=options["spread"],
        channels=options["channels"],
        noise_jy=options["noise"],
        gain_drift=options["drift"],
        bandpass=options["bandpass"],
        compact_antennas=options["aca"],
        seed=options["seed"],
    )
    if options["alma"] is not False:
        plan = with_alma_form(plan)
    elif raw:
        plan = with_system_temperatures(plan)
    return make(output_dir, name, plan, overwrite=overwrite)
