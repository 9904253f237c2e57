"""Load results that were saved as JSON: the inverse of `GFluxscaleResults.to_dict`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...domain.flux import CalibratedFlux, CatalogueFlux, DerivedFlux, FluxMeasurement, StokesFlux
from ...domain.qa import QAScore
from ...errors import FileFormatError, InputError
from ...heuristics.resolved import AntennaSelection
from ...heuristics.spectral_fit import PowerLawFit
from ...infrastructure.basetask import ResultsList
from ...infrastructure.structure import build
from .plot_data import PlotData
from .results import GFluxscaleResults, SpectralFit
from .run_record import RunRecord


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
    if not path.is_file():
        raise InputError("RESULTS", str(path), "no such file")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise FileFormatError(f"{path}: not JSON: {error}") from error
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
    if not isinstance(content, Mapping) or not isinstance(content.get("results"), list):
        raise FileFormatError("'results' is missing: these are no results of hifa_gfluxscale")
    results: ResultsList[GFluxscaleResults] = ResultsList()
    for i, each in enumerate(content["results"]):
        try:
            results.append(_results(each))
        except (KeyError, TypeError, AttributeError) as error:
            raise FileFormatError(f"results[{i}]: {type(error).__name__}: {error}") from error
    return results


def _results(content: Mapping[str, Any]) -> GFluxscaleResults:
    names = tuple[str, ...]
    return GFluxscaleResults(
        vis=build(str, content["vis"], "vis"),
        qa=list(build(tuple[QAScore, ...], content["qa"], "qa")),
        error=build(str, content.get("error", ""), "error"),
        warnings=list(build(names, content.get("warnings", ()), "warnings")),
        elapsed=build(dict[str, float], content.get("elapsed_s", {}), "elapsed_s"),
        reference=list(build(names, content["reference"], "reference")),
        transfer=list(build(names, content["transfer"], "transfer")),
        refant=build(str, content["refant"], "refant"),
        selection=build(AntennaSelection, content["resolved"], "resolved"),
        flags=list(build(names, content["flags"], "flags")),
        measurements=[_measurement(m, f"measurements[{i}]") for i, m in enumerate(content["measurements"])],
        spectral_fits=[_fit(fit, f"spectral_fit[{i}]") for i, fit in enumerate(content["spectral_fit"])],
        expected=list(build(tuple[tuple[int, int], ...], content.get("expected", ()), "expected")),
        assumptions=list(build(names, content.get("assumptions", ()), "assumptions")),
        caltables=list(build(names, content.get("caltables", ()), "caltables")),
        plots=build(PlotData | None, content.get("plots"), "plots"),  # type: ignore[arg-type]
        record=build(RunRecord | None, content.get("record"), "record"),  # type: ignore[arg-type]
    )


def _measurement(content: Mapping[str, Any], where: str) -> FluxMeasurement:
    flux = {
        name: None if content[name] is None else _flux(kind, content[name], f"{where}.{name}")
        for name, kind in (("derived", DerivedFlux), ("calibrated", CalibratedFlux), ("catalogue", CatalogueFlux))
    }
    return build(FluxMeasurement, {**content, "derived": None, "calibrated": None, "catalogue": None}, where).with_(
        **flux
    )


def _flux(kind: type, content: Mapping[str, Any], where: str) -> Any:
    """Return a flux density; its Stokes parameters stand beside its other entries."""
    return build(kind, {**content, "stokes": build(StokesFlux, content, where).__dict__}, where)


def _fit(content: Mapping[str, Any], where: str) -> SpectralFit:
    unknown = ((None, None), (None, None))
    entries = {"covariance": unknown, "chi2": 0.0, "n": 0, **content}
    return SpectralFit(
        field=build(str, content["field"], where),
        field_id=build(int, content["field_id"], where),
        fit=build(PowerLawFit, entries, where),
        catalogue_spix=build(float | None, content["catalogue_spix"], where),  # type: ignore[arg-type]
    )
