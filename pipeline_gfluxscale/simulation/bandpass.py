"""Solve for the bandpass of a simulated observation, as its prior calibration."""

from pathlib import Path

from ..casa import tasks
from ..casa.ms_reader import read_measurementset
from ..domain.calibration import CalApplication, CalTable, CalTo
from ..files.applycal_text import export_applycal
from ..system.atomic import write_text_atomically


def solve_bandpass(vis: Path) -> Path:
    """Solve for a normalised bandpass on the BANDPASS field.

    Parameters
    ----------
    vis : Path
        A simulated MeasurementSet; it does not change.

    Returns
    -------
    Path
        ``<vis>.calapply.txt``: applycal statements for the table, which is in the same directory.
    """
    ms = read_measurementset(vis)
    field = next(field for field in ms.fields if "BANDPASS" in field.intents)
    phases, bandpass = (vis.with_name(f"{vis.name}.{kind}.tbl") for kind in ("bandpass_phases", "bandpass"))
    selection = {"vis": vis, "field": str(field.id), "intent": "*BANDPASS*", "refant": ms.antennas[0].name}
    for table in (phases, bandpass):
        tasks.remove_table(table)
    tasks.run("gaincal", caltable=phases, **selection, solint="int", calmode="p")
    tasks.run(
        "bandpass", caltable=bandpass, **selection, gaintable=[str(phases)], solint="inf", solnorm=True, minblperant=3
    )
    application = CalApplication(CalTo(vis=vis.name), (CalTable(bandpass.name, interp="linear,linear"),))
    statements = vis.with_name(f"{vis.name}.calapply.txt")
    write_text_atomically(statements, export_applycal([application]))
    return statements
