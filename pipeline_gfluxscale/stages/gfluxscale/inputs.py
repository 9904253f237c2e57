"""The parameters of hifa_gfluxscale, with their only declarations."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ...domain.flag_command import FlagCommand
from ...domain.flux import CatalogueFlux
from ...domain.measurementset import MeasurementSet
from ...domain.observation import find_fields
from ...errors import InputError
from ...files.catalogue import Catalogue, flux_file, read_catalogue
from ...files.flag_file import flag_file_of, read_flag_file
from ...pipeline.checks import (
    NOT_NEGATIVE,
    POSITIVE,
    antenna_names,
    choice,
    flag,
    intents,
    names,
    number,
    path,
    solution_interval,
    spw_list,
)
from ...pipeline.parameters import Parameter, parameter
from ...pipeline.stage_inputs import StageInputs


@dataclass(frozen=True)
class GFluxscaleInputs(StageInputs):
    """The parameters of hifa_gfluxscale for one MeasurementSet, checked, with the spec's defaults.

    A field with a declaration is a parameter. Make one with `for_ms`.
    """

    reference: str = parameter(
        None,
        "str",
        "Comma separated names or ids of the reference fields.",
        names,
        default_text="the fields with `refintent`",
    )
    transfer: str = parameter(
        None,
        "str",
        "Comma separated names or ids of the transfer fields.",
        names,
        default_text="the fields with `transintent`",
    )
    refintent: tuple[str, ...] = parameter(
        "AMPLITUDE", "str", "Intents of the reference data; ``''`` for data without intents.", intents
    )
    transintent: tuple[str, ...] = parameter(
        "PHASE,BANDPASS,CHECK,DIFFGAINREF,DIFFGAINSRC,POLARIZATION,POLANGLE,POLLEAKAGE",
        "str",
        "Intents of the transfer data.",
        intents,
    )
    refspwmap: tuple[int, ...] = parameter(
        None,
        "list of int",
        "For each spw, the spw whose reference solutions scale it, such as ``[1,1,3,3]``.",
        spw_list,
        default_text="the map of the context, else each spw for itself",
    )
    reffile: Path | None = parameter(
        None,
        "str",
        "Flux densities of calibrators (flux.csv): they replace models of point sources in the data; ``''`` for none.",
        path,
        default_text="``flux.csv`` in the working directory, if there is one",
    )
    phaseupsolint: str = parameter("int", "str", "Solution interval of the phase solves.", solution_interval)
    solint: str = parameter("inf", "str", "Solution interval of the amplitude solves.", solution_interval)
    minsnr: float = parameter(2.0, "float", "Least signal-to-noise ratio of a solution.", NOT_NEGATIVE)
    refant: tuple[str, ...] = parameter(
        None, "str", "Reference antennas, best first.", names, default_text="ranked: central and little flagged"
    )
    hm_resolvedcals: str = parameter(
        "automatic",
        "{'automatic', 'manual'}",
        "How antennas are chosen for a resolved reference calibrator: by its size, or those of `antenna`.",
        choice("automatic", "manual"),
    )
    antenna: tuple[str, ...] = parameter(
        None, "str", "Antennas for ``hm_resolvedcals='manual'``.", names, default_text="none"
    )
    peak_fraction: float = parameter(
        0.2,
        "float",
        "Antennas within the uv distance at which a resolved reference falls to this fraction of its peak are used.",
        number("between 0 and 1 (exclusive)", lambda x: 0 < x < 1),
    )
    amp_outlier_sigma: float = parameter(
        50.0,
        "float",
        "Amplitude solutions that deviate by more are flagged, and their scans are solved again without them.",
        POSITIVE,
    )
    flagfile: Path | None = parameter(
        None,
        "str",
        "Commands of flagdata (``mode='manual'``), one per line, for data that the stage leaves out; the MeasurementSet"
        " keeps its flags. ``''`` for none.",
        path,
        default_text="``<vis>.flagtemplate.txt`` in the working directory or beside the data, if there is one",
        option="--flags",
        keyword_only=True,
    )
    equalize: bool = parameter(
        False,
        "bool",
        "Write models on the common flux scale of all MeasurementSets: the derived flux densities of each times the "
        "factor that the comparison of the execution blocks gives.",
        flag,
        keyword_only=True,
    )
    dry_run: bool = parameter(
        False,
        "bool",
        "Do everything except writing models: the MeasurementSet does not change.",
        flag,
        keyword_only=True,
    )
    catalogue_file: Catalogue = field(default_factory=Catalogue)
    flag_commands: tuple[FlagCommand, ...] = ()

    @property
    def catalogue(self) -> Mapping[tuple[int, int], CatalogueFlux]:
        """Flux densities of the flux file, by field id and spw."""
        return self.catalogue_file.fluxes

    def reference_spw(self, spw: int) -> int:
        """Return the spw whose reference solutions scale a spw."""
        return self.refspwmap[spw] if len(self.refspwmap) > 1 else spw

    def check(self) -> None:
        """Raise `InputError` for parameters that contradict each other."""
        if self.hm_resolvedcals == "manual" and not self.antenna:
            raise InputError("antenna", self.antenna, "hm_resolvedcals='manual' needs the antennas to use")

    def resolved(self) -> "GFluxscaleInputs":
        """Return the inputs with the files read, and with defaults that depend on the MeasurementSet."""
        ms, observed = self.ms, self.observed
        antennas = tuple(antenna.name for antenna in ms.antennas)
        reffile = flux_file(self.reffile, self.context.output_dir)
        flagfile = self._flagfile_path()
        refspwmap = self.refspwmap or spw_list("refspwmap", list(observed.reference_spwmap) or None)
        return replace(
            self,
            refspwmap=_checked_refspwmap(refspwmap, ms),
            reffile=reffile,
            catalogue_file=read_catalogue(
                reffile, ms, named=bool(self.reffile), compared=_others(self.reference, self.refintent, ms)
            ),
            refant=_antennas("refant", self.refant, antennas) or tuple(observed.reference_antennas),
            antenna=_antennas("antenna", self.antenna, antennas),
            flagfile=flagfile,
            flag_commands=read_flag_file(flagfile) if flagfile else (),
        )

    def _flagfile_path(self) -> Path | None:
        """Return the path of the flag file: `flagfile`, by default the MeasurementSet's flag file if it exists."""
        if self.flagfile:
            return Path(self.flagfile).expanduser()
        return flag_file_of(self.ms.path, self.context.output_dir) if self.flagfile is None else None


SESSION: dict[str, Parameter] = {
    "session": Parameter(
        None,
        "list or mapping of str",
        "The session of each MeasurementSet: a list in the order of `vis`, or a mapping from their names.",
        lambda argument, value: value,  # checked with the names of the MSs, by `sessions`
        default_text="as imported, else one session for all",
    )
}


def _others(reference: str | None, refintent: tuple[str, ...], ms: MeasurementSet) -> set[int]:
    """Return the ids of the fields that are not reference fields."""
    references = set(find_fields("reference", reference, ms)) if reference else set()
    return {
        field.id for field in ms.fields if field not in references and (reference or not field.intents & set(refintent))
    }


def _antennas(argument: str, tokens: Any, names_of_ms: tuple[str, ...]) -> tuple[str, ...]:
    """Return antennas as names; a final '&' (CASA's sign for baselines within the list) is ignored."""
    return antenna_names(argument, str(tokens).rstrip("& "), names_of_ms) if tokens else ()


def _checked_refspwmap(refspwmap: tuple[int, ...], ms: MeasurementSet) -> tuple[int, ...]:
    """Return the map, checked against the MeasurementSet; ``[-1]`` means none, as in CASA."""
    if not refspwmap or refspwmap == (-1,):
        return refspwmap
    n_spw = len(ms.spectral_windows)
    if len(refspwmap) != n_spw:
        raise InputError("refspwmap", list(refspwmap), f"one entry for each of the {n_spw} spws is needed")
    if unknown := [spw for spw in refspwmap if not 0 <= spw < n_spw]:
        raise InputError("refspwmap", list(refspwmap), f"no spw {unknown[0]}", range(n_spw))
    return refspwmap
