"""Prior calibration as earlier stages make it: phase offsets between spws and polarisations, and a bandpass."""

from pathlib import Path

from pipeline_gfluxscale.casa import runtime


def solve_prior_calibration(vis: Path, bandpass_field: int, refant: str = "DA43") -> Path:
    """Solve for phase offsets and bandpass, and write the applycal statements that apply them.

    The amplitudes of the bandpass are normalised: it must not carry the flux scale.

    Returns
    -------
    Path
        ``<vis>.calapply.txt``.
    """
    casatasks = runtime.casatasks()
    offsets, phases, bandpass = (f"{vis}.{name}" for name in ("offsets.gpcal", "phases.gpcal", "bcal"))
    selection = {"vis": str(vis), "field": str(bandpass_field), "refant": refant}
    casatasks.gaincal(caltable=offsets, solint="inf", calmode="p", **selection)
    casatasks.gaincal(caltable=phases, solint="int", calmode="p", gaintable=[offsets], **selection)
    casatasks.bandpass(caltable=bandpass, solint="inf", solnorm=True, gaintable=[offsets, phases], **selection)
    path = vis.with_name(f"{vis.name}.calapply.txt")
    path.write_text(
        f"applycal(vis={vis.name!r}, field='', intent='', spw='', antenna='', "
        f"gaintable=[{offsets!r}, {bandpass!r}], gainfield=['', ''], spwmap=[[], []], "
        "interp=['nearest', 'linear,linear'], calwt=[False, True])\n"
    )
    return path
