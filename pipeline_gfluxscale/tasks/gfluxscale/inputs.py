"""The parameters of hifa_gfluxscale, checked before any work starts."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import Any

from ...domain.intents import validate_intents
from ...domain.measurementset import MeasurementSet
from ...errors import InputError
from ...infrastructure.basetask import per_ms
from ...infrastructure.checks import antenna_names, check_choice, check_number, check_solint
from ...infrastructure.context import Context, ObservedData
from ...infrastructure.fluxcsv import FluxEntry, catalogue_for, read_flux_csv

DEFAULT_REFINTENT = "AMPLITUDE"
DEFAULT_TRANSINTENT = "PHASE,BANDPASS,CHECK,DIFFGAINREF,DIFFGAINSRC,POLARIZATION,POLANGLE,POLLEAKAGE"
RESOLVED_CALS = ("automatic", "manual")
PARALLEL = (None, True, False, "automatic", "true", "false")


@dataclass(frozen=True)
class GFluxscaleInputs:
    """The parameters of hifa_gfluxscale for one MeasurementSet.

    The parameters are those of the spec, with its defaults filled in. Make one with `for_ms`.
    """

    context: Context
    observed: ObservedData
    reference: str | None
    transfer: str | None
    refintent: tuple[str, ...]
    transintent: tuple[str, ...]
    refspwmap: tuple[int, ...]
    reffile: Path | None
    catalogue: Mapping[tuple[int, int], Any]
    phaseupsolint: str
    solint: str
    minsnr: float
    refant: tuple[str, ...]
    hm_resolvedcals: str
    antenna: tuple[str, ...]
    peak_fraction: float
    amp_outlier_sigma: float

    @property
    def ms(self) -> MeasurementSet:
        """The MeasurementSet."""
        return self.observed.ms

    @classmethod
    def for_ms(cls, context: Context, vis: str | Path, parameters: "Parameters") -> "GFluxscaleInputs":
        """Return the inputs for one MeasurementSet.

        Parameters
        ----------
        context : Context
            Holds the MeasurementSet, its ranked reference antennas and its calibration.
        vis : str or Path
            A MeasurementSet of the context.
        parameters : Parameters
            What the user asked for.

        Raises
        ------
        InputError
            If a parameter cannot be used with this MeasurementSet.
        FileFormatError
            If `reffile` is malformed.
        """
        observed = context.observed(vis)
        ms = observed.ms
        p = parameters.for_ms(ms.name)
        p.check()
        antennas = tuple(a.name for a in ms.antennas)
        refspwmap = _refspwmap(observed.reference_spwmap if p.refspwmap is None else p.refspwmap, ms)
        reffile = p.reffile_path(context.output_dir)
        entries = read_flux_csv(reffile) if reffile else ()
        _check_reffile_is_about(p.reffile, reffile, entries, ms)
        return cls(
            context=context,
            observed=observed,
            reference=p.reference or None,
            transfer=p.transfer or None,
            refintent=_intents("refintent", p.refintent, DEFAULT_REFINTENT),
            transintent=_intents("transintent", p.transintent, DEFAULT_TRANSINTENT),
            refspwmap=refspwmap,
            reffile=reffile,
            catalogue=catalogue_for(entries, ms.name),
            phaseupsolint=p.phaseupsolint,
            solint=p.solint,
            minsnr=p.minsnr,
            refant=_antennas("refant", p.refant, antennas) if p.refant else tuple(observed.reference_antennas),
            hm_resolvedcals=p.hm_resolvedcals,
            antenna=_antennas("antenna", p.antenna, antennas) if p.antenna else (),
            peak_fraction=p.peak_fraction,
            amp_outlier_sigma=p.amp_outlier_sigma,
        )


@dataclass(frozen=True)
class Parameters:
    """What the user asked for; None means the default.

    Every parameter may also be a mapping from names of MeasurementSets to values.
    """

    reference: Any = None
    transfer: Any = None
    refintent: Any = None
    transintent: Any = None
    refspwmap: Any = None
    reffile: Any = None
    phaseupsolint: Any = None
    solint: Any = None
    minsnr: Any = None
    refant: Any = None
    hm_resolvedcals: Any = None
    antenna: Any = None
    peak_fraction: Any = None
    amp_outlier_sigma: Any = None

    def for_ms(self, ms_name: str) -> "Parameters":
        """Return the parameters for one MeasurementSet, with the spec's defaults."""
        defaults = {
            "phaseupsolint": "int",
            "solint": "inf",
            "minsnr": 2.0,
            "hm_resolvedcals": "automatic",
            "peak_fraction": 0.2,
            "amp_outlier_sigma": 50.0,
        }
        values = {name: per_ms(value, ms_name) for name, value in vars(self).items()}
        values = {name: defaults.get(name) if value is None else value for name, value in values.items()}
        for name in ("reference", "transfer", "refintent", "transintent", "refant", "antenna"):
            if isinstance(values[name], Sequence) and not isinstance(values[name], str):
                values[name] = ",".join(map(str, values[name]))
        return Parameters(**values)

    def check(self) -> None:
        """Check what can be checked without data.

        Raises
        ------
        InputError
            Naming the argument, its value and the choices.
        """
        for name in ("reference", "transfer", "refintent", "transintent", "refant", "antenna"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, str | Integral | None):
                raise InputError(name, value, "a string or a list of strings is needed")
        for name in ("phaseupsolint", "solint"):
            check_solint(name, getattr(self, name))
        check_number("minsnr", self.minsnr, "0 or more", lambda x: x >= 0)
        check_number("peak_fraction", self.peak_fraction, "between 0 and 1, exclusive", lambda x: 0 < x < 1)
        check_number("amp_outlier_sigma", self.amp_outlier_sigma, "greater than 0", lambda x: x > 0)
        check_choice("hm_resolvedcals", self.hm_resolvedcals, RESOLVED_CALS)
        if self.reffile is not None and not isinstance(self.reffile, str | Path):
            raise InputError("reffile", self.reffile, "the path of a file is needed")
        if self.hm_resolvedcals == "manual" and not self.antenna:
            raise InputError("antenna", self.antenna, "hm_resolvedcals='manual' needs the antennas to use")
        _intents("refintent", self.refintent, DEFAULT_REFINTENT)
        _intents("transintent", self.transintent, DEFAULT_TRANSINTENT)

    def check_names(self, ms_names: Collection[str]) -> None:
        """Raise `InputError` if a parameter has a value for an MS that is none of `ms_names`."""
        for name, value in vars(self).items():
            unknown = [key for key in value if key not in ms_names] if isinstance(value, Mapping) else []
            if unknown:
                raise InputError(name, value, f"{unknown[0]!r} is not a MeasurementSet of this run", ms_names)

    def reffile_path(self, output_dir: Path) -> Path | None:
        """Return the flux file: the one given, else flux.csv in the working directory if there is one."""
        if self.reffile:
            return Path(self.reffile).expanduser()
        if self.reffile is None and (output_dir / "flux.csv").exists():
            return output_dir / "flux.csv"
        return None


def check_parallel(parallel: Any) -> None:
    """Raise `InputError` unless `parallel` is one of the spec's options."""
    if not any(parallel is option or (isinstance(parallel, str) and parallel == option) for option in PARALLEL):
        raise InputError("parallel", parallel, "unknown option", [repr(option) for option in PARALLEL])


def _intents(argument: str, words: str | None, default: str) -> tuple[str, ...]:
    """Return intents as words; '' asks for no intent, None for the default."""
    return validate_intents(argument, default if words is None else str(words))


def _antennas(argument: str, tokens: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return antennas as names; CASA's '&' for baselines within the list may follow them."""
    return antenna_names(argument, str(tokens).rstrip("& "), names)


def _refspwmap(given: Any, ms: MeasurementSet) -> tuple[int, ...]:
    """Return the map, checked; ``-1`` and ``[-1]`` mean none, as in CASA."""
    if isinstance(given, str) or not isinstance(given, Iterable | Integral):
        raise InputError("refspwmap", given, "a list of spw ids is needed")
    refspwmap = tuple(given) if isinstance(given, Iterable) else (given,)
    if not refspwmap or refspwmap == (-1,):
        return refspwmap
    n_spw = len(ms.spectral_windows)
    if len(refspwmap) != n_spw:
        raise InputError("refspwmap", given, f"one entry for each of the {n_spw} spws is needed")
    for spw in refspwmap:
        if isinstance(spw, bool) or not isinstance(spw, Integral) or not 0 <= int(spw) < n_spw:
            raise InputError("refspwmap", given, f"no spw {spw!r}", range(n_spw))
    return tuple(map(int, refspwmap))


def _check_reffile_is_about(
    given: str | None, reffile: Path | None, entries: Sequence[FluxEntry], ms: MeasurementSet
) -> None:
    """A file that the user named has to be about this MS; a flux.csv that happens to lie there need not."""
    if not given or not entries:
        return
    names = sorted({entry.vis for entry in entries})
    if ms.name not in names:
        raise InputError("reffile", str(reffile), f"it has no entry for {ms.name}; its MSs", names)
    field_ids = {field.id for field in ms.fields}
    spw_ids = {spw.id for spw in ms.spectral_windows}
    for entry in entries:
        if entry.vis == ms.name and entry.field_id not in field_ids:
            raise InputError("reffile", str(reffile), f"{ms.name} has no field {entry.field_id}", sorted(field_ids))
        if entry.vis == ms.name and entry.spw not in spw_ids:
            raise InputError("reffile", str(reffile), f"{ms.name} has no spw {entry.spw}", sorted(spw_ids))
