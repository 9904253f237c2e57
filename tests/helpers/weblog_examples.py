"""Results made of pure data, of any size and with any names: no CASA, so that tests of the pages are fast."""

import numpy as np

from pipeline_gfluxscale.domain.flux import CalibratedFlux, CatalogueFlux, DerivedFlux, FluxMeasurement, StokesFlux
from pipeline_gfluxscale.domain.reference import ReferenceFlux
from pipeline_gfluxscale.heuristics.bias_score import bias_score
from pipeline_gfluxscale.heuristics.resolved import AntennaSelection
from pipeline_gfluxscale.heuristics.scores import completeness_score, snr_score
from pipeline_gfluxscale.heuristics.spectral_fit import fit_power_law
from pipeline_gfluxscale.heuristics.spectral_scores import spectral_consistency_scores
from pipeline_gfluxscale.pipeline.basetask import ResultsList
from pipeline_gfluxscale.pipeline.run_record import RunRecord
from pipeline_gfluxscale.stages.gfluxscale.plot_data import (
    Atmosphere,
    GainHistory,
    PlotData,
    ReferenceAmplitudes,
    ReferenceSelection,
    Solve,
    Transmission,
)
from pipeline_gfluxscale.stages.gfluxscale.results import GFluxscaleResults, SpectralFit

STEPS = ("Select", "Reference model", "Resolved?", "Average", "Solve", "Transfer", "Set models", "Measure")
INTENTS = ("BANDPASS", "PHASE", "CHECK", "POLARIZATION")
SCRIPT = "<script>alert(1)</script>"
START = 5207000000.0  # MJD in s: in November 2023


def example_list(n_ms: int = 1, **options) -> ResultsList[GFluxscaleResults]:
    """Results of some MeasurementSets, the latest first."""
    results: ResultsList[GFluxscaleResults] = ResultsList()
    for number in reversed(range(n_ms)):
        results.append(example(f"uid___A002_X{number}.ms", start=START + 7200 * number, **options))
    return results


def example(
    vis: str = "uid___A002_X1.ms",
    *,
    fields: tuple[str, ...] = ("J0006-0623", "J0038-2459", "J0049-4457"),
    n_spw: int = 4,
    n_antenna: int = 10,
    lost: tuple[tuple[int, int], ...] = ((3, 1),),
    start: float = START,
    seed: int = 1,
) -> GFluxscaleResults:
    """Results with a resolved reference (field 0), transfer fields from 1 on, a lost spw and an outlier."""
    rng = np.random.default_rng(seed)
    frequencies = np.linspace(224e9, 242e9, n_spw)
    pairs = [(i, spw) for i in range(1, len(fields) + 1) for spw in range(n_spw)]
    measurements = [
        _measurement(rng, fields[i - 1], i, spw, float(frequencies[spw])) for i, spw in pairs if (i, spw) not in lost
    ]
    antennas = tuple(f"DA{41 + i}" for i in range(n_antenna))
    chosen = AntennaSelection(antennas[:-2], 73.7, True, "resolved (3.78 arcsec): all but two antennas are near")
    results = GFluxscaleResults(
        vis=vis,
        elapsed=dict(zip(STEPS, (0.01, 1.2, 0.02, 2.5, 7.25, 0.5, 1.0, 1.5), strict=True)),
        warnings=["J0049-4457 #3, spw 1: no solution"] if lost else [],
        reference=["Uranus"],
        transfer=list(fields),
        refant=antennas[0],
        selection=chosen,
        flags=[f"mode='manual' antenna='{antennas[1]}&&&' spw='0' field='1' reason='outlier'"],
        measurements=measurements,
        spectral_fits=_fits(measurements),
        expected=pairs,
        reference_fluxes=[
            ReferenceFlux(
                "Uranus",
                0,
                spw,
                float(frequency),
                30.5 + spw,
                "standard",
                "Butler-JPL-Horizons 2012",
                replaced=1.25 if spw == 1 else None,
                is_resolved=True,
                is_solar_system=True,
            )
            for spw, frequency in enumerate(frequencies)
        ],
        assumptions=["Uranus: model of Butler-JPL-Horizons 2012 in spw 0~3"],
        caltables=[f"{vis}.hifa_gfluxscale.s1_1.gacal.tbl"],
        plots=_plots(rng, fields, frequencies, antennas, chosen, start),
        record=RunRecord(
            observed=start,
            telescope="ALMA",
            antennas=antennas,
            parameters={"vis": repr(vis), "refspwmap": "None", "amp_outlier_sigma": "50.0"},
            versions={"Python": "3.11", "casatools": "6.7.0"},
            commands=("mstransform(vis='a<b.ms')", "gaincal(vis='a<b.ms', calmode='p')"),
        ),
    )
    results.qa = _scores(vis, pairs, fields, measurements)
    return results


def _measurement(rng, name: str, field_id: int, spw: int, frequency: float) -> FluxMeasurement:
    true = 3.0 / field_id**2 * (frequency / 230e9) ** -0.6
    sigma = 0.004
    flux = true + sigma * rng.standard_normal()
    return FluxMeasurement(
        field=name,
        field_id=field_id,
        intents=(INTENTS[(field_id - 1) % len(INTENTS)],),
        spw=spw,
        frequency_hz=frequency,
        bandwidth_hz=1.875e9,
        derived=DerivedFlux(StokesFlux(flux * 1.001), sigma, 10),
        calibrated=CalibratedFlux(StokesFlux(flux), 2 * sigma, sigma, sigma / 2, sigma / 3),
        catalogue=CatalogueFlux(StokesFlux(true * 1.02, 0.01), -0.6, "DB", 7.0) if field_id != 2 else None,
    )


def _fits(measurements: list[FluxMeasurement]) -> list[SpectralFit]:
    fits = []
    for field_id in sorted({m.field_id for m in measurements}):
        group = [m for m in measurements if m.field_id == field_id]
        fit = fit_power_law(
            [m.frequency_hz for m in group],
            [m.calibrated.stokes.I for m in group],
            [m.calibrated.own_uncertainty for m in group],
        )
        if fit is not None:
            fits.append(SpectralFit(group[0].field, field_id, fit, -0.6 if field_id != 2 else None))
    return fits


def _scores(vis, pairs, fields, measurements):
    expected, measured = {}, {}
    for field_id, spw in pairs:
        expected.setdefault(fields[field_id - 1], set()).add(spw)
    for m in measurements:
        measured.setdefault(m.field, set()).add(m.spw)
    scores = [completeness_score(vis, expected, measured), snr_score(vis, measurements)]
    scores += [*spectral_consistency_scores(vis, measurements), bias_score(vis, measurements)]
    return [score for score in scores if score is not None]


def _plots(rng, fields, frequencies, antennas, chosen, start) -> PlotData:
    spws = tuple(range(len(frequencies)))
    names = {str(i): name for i, name in enumerate(("Uranus", *fields))}
    uv = np.sort(rng.uniform(15, 110, 60))
    model = 35 * np.sinc(uv / 100)
    solution = [(a, i, spw) for a in range(len(antennas)) for i in range(len(fields) + 1) for spw in spws]
    wild = (1, 1, 0)
    return PlotData(
        fields=names,
        solves=tuple(
            Solve(
                intent="AMPLITUDE" if i == 0 else INTENTS[(i - 1) % len(INTENTS)],
                field=names[str(i)],
                field_id=i,
                spws=spws,
                is_reference=i == 0,
                phase_solint="int",
                phase_gaintype="G",
                phase_combine="spw" if i == 3 else "",
                phase_spwmap=(0,) * len(spws) if i == 3 else (),
                phase_interp="linearPD,linear" if i == 3 else "linear,linear",
                amplitude_solint="inf",
                antenna=chosen.antenna if i == 0 else "",
                uvrange=chosen.uvrange if i == 0 else "",
            )
            for i in range(len(fields) + 1)
        ),
        references=(
            ReferenceSelection("Uranus", 0, chosen.antennas, chosen.uv_limit_m, chosen.resolved, chosen.message),
        ),
        reference_amplitudes=tuple(
            ReferenceAmplitudes(
                field="Uranus",
                field_id=0,
                spw=spw,
                baseband=1 + spw % 4,
                frequency_hz=float(frequencies[spw]),
                bandwidth_hz=1.875e9,
                uv_distance=tuple(uv.tolist()),
                amplitude=tuple(np.abs(model + 0.1 * rng.standard_normal(uv.size)).tolist()),
                selected=tuple((uv < 73.7).tolist()),
                model_uv=tuple(uv.tolist()),
                model=tuple(np.abs(model).tolist()),
                decimated_from=60,
            )
            for spw in spws
        ),
        gains=GainHistory(
            antennas=antennas,
            antenna=tuple(a for a, _, _ in solution),
            field_id=tuple(i for _, i, _ in solution),
            spw=tuple(spw for _, _, spw in solution),
            time=tuple(600.0 * i for _, i, _ in solution),
            amplitude=tuple(25.0 if s == wild else 1 + 0.01 * float(rng.standard_normal()) for s in solution),
            flagged=tuple(s == wild for s in solution),
            start=start,
            decimated_from=len(solution),
        ),
        atmosphere=Atmosphere(
            1.0,
            "",
            (Transmission(tuple(np.linspace(220e9, 246e9, 50).tolist()), tuple(0.9 - 0.1 * rng.random(50))),),
        ),
    )
