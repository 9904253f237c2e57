"""Load results that were saved as JSON: the inverse of `GFluxscaleResults.to_dict`."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from ...domain.flag_command import AppliedFlag
from ...domain.flux import CalibratedFlux, CatalogueFlux, DerivedFlux, FluxMeasurement, StokesFlux
from ...domain.qa import QAScore
from ...domain.reference import ReferenceFlux
from ...errors import FileFormatError, shown
from ...files.json_input import read_json
from ...files.typed_json import decode, encode
from ...heuristics.resolved import AntennaSelection
from ...heuristics.spectral_fit import PowerLawFit
from ...pipeline.basetask import ResultsList
from .plot_data import PlotData
from .results import GFluxscaleResults, SpectralFit
from .run_record import RunRecord

T = TypeVar("T")


def read_results(path: str | Path) -> ResultsList[GFluxscaleResults]:
    """Read results that `ResultsList.to_dict` and ``--json`` wrote.

    Raises
    ------
    InputError
        If there is no such file.
    FileFormatError
        If it is not JSON, or not of results of hifa_gfluxscale.
    """
    path = Path(path)
    content = read_json(path, "RESULTS")
    try:
        return results_from_dict(content)
    except FileFormatError as error:
        raise FileFormatError(f"{path}: {error}") from error


def results_from_dict(content: Any) -> ResultsList[GFluxscaleResults]:
    """Return the results that a dictionary of basic types describes.

    Raises
    ------
    FileFormatError
        If it does not describe results of hifa_gfluxscale.
    """
    try:
        basic = encode(content)
    except RecursionError:
        raise FileFormatError("nested too deeply") from None
    if not isinstance(basic, dict) or not isinstance(basic.get("results"), list):
        raise FileFormatError("'results' is missing: these are no results of hifa_gfluxscale")
    results: ResultsList[GFluxscaleResults] = ResultsList()
    for i, each in enumerate(basic["results"]):
        try:
            results.append(_results(each))
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise FileFormatError(f"results[{i}]: {type(error).__name__}: {error}") from error
    return results


def _results(content: Mapping[str, Any]) -> GFluxscaleResults:
    def listed(kind: Any, name: str) -> Any:
        return decode(list[kind], content.get(name, []), name)

    return GFluxscaleResults(
        vis=decode(str, content["vis"], "vis"),
        qa=listed(QAScore, "qa"),
        error=decode(str, content.get("error", ""), "error"),
        warnings=listed(str, "warnings"),
        elapsed=decode(dict[str, float], content.get("elapsed_s", {}), "elapsed_s"),
        reference=listed(str, "reference"),
        odd_sources=listed(str, "odd_sources"),
        transfer=listed(str, "transfer"),
        reference_fluxes=listed(ReferenceFlux, "reference_fluxes"),
        refant=decode(str, content["refant"], "refant"),
        selection=_known(AntennaSelection, content["resolved"], "resolved"),
        flags=listed(str, "flags"),
        user_flags=listed(AppliedFlag, "user_flags"),
        averaged_by_casa=listed(str, "averaged_by_casa"),
        measurements=[_measurement(m, f"measurements[{i}]") for i, m in enumerate(content["measurements"])],
        spectral_fits=[_fit(fit, f"spectral_fit[{i}]") for i, fit in enumerate(content["spectral_fit"])],
        expected=listed(tuple[int, int], "expected"),
        assumptions=listed(str, "assumptions"),
        caltables=listed(str, "caltables"),
        plots=decode(PlotData | None, content.get("plots"), "plots"),  # type: ignore[arg-type]
        record=decode(RunRecord | None, content.get("record"), "record"),  # type: ignore[arg-type]
    )


def _known(kind: type[T], content: Any, where: str, **more: Any) -> T:
    """Return a dataclass from entries among which there are others, that follow from them."""
    if not isinstance(content, Mapping):
        raise FileFormatError(f"{where}: {shown(content)} is not an object")
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    return decode(kind, {name: content[name] for name in names if name in content} | more, where)


def _measurement(content: Mapping[str, Any], where: str) -> FluxMeasurement:
    kinds = {"derived": DerivedFlux, "calibrated": CalibratedFlux, "catalogue": CatalogueFlux}
    fluxes = {name: _flux(kind, content[name], f"{where}.{name}") for name, kind in kinds.items()}
    return _known(FluxMeasurement, content, where, **dict.fromkeys(kinds)).with_(**fluxes)


def _flux(kind: type[T], content: Mapping[str, Any] | None, where: str) -> T | None:
    """Return a flux density; its Stokes parameters stand beside its other entries."""
    if content is None:
        return None
    return _known(kind, content, where, stokes=vars(_known(StokesFlux, content, where)))


def _fit(content: Mapping[str, Any], where: str) -> SpectralFit:
    unknown = [[None, None], [None, None]]
    return SpectralFit(
        field=decode(str, content["field"], where),
        field_id=decode(int, content["field_id"], where),
        fit=_known(PowerLawFit, {"covariance": unknown, "chi2": 0.0, "n": 0, **content}, where),
        catalogue_spix=decode(float | None, content["catalogue_spix"], where),  # type: ignore[arg-type]
    )
