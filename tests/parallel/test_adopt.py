"""What an MS without an amplitude calibrator can adopt, and what it is told if it cannot."""

from dataclasses import replace

import pytest

from pipeline_gfluxscale import session_gfluxscale
from pipeline_gfluxscale.domain.flux import CalibratedFlux, DerivedFlux, FluxMeasurement, StokesFlux
from pipeline_gfluxscale.domain.measurementset import Antenna, Field, MeasurementSet, SpectralWindow
from pipeline_gfluxscale.errors import InputError
from pipeline_gfluxscale.heuristics.adoption import plan_adoption
from pipeline_gfluxscale.simulation import standard_plan
from pipeline_gfluxscale.stages.gfluxscale.session import sessions

PHASE = frozenset({"PHASE"})


def observed(path, fields=("J1", "J2"), spws=("low", "high")):
    return MeasurementSet(
        path=path,
        telescope="ALMA",
        antennas=(Antenna(0, "DA41", "A001", (0, 0, 0), 12.0),),
        spectral_windows=tuple(
            SpectralWindow(i, name, 4, 230e9, 232e9, 231e9, 2e9, 1, ("XX", "YY")) for i, name in enumerate(spws)
        ),
        fields=tuple(Field(i, name, 0.0, 0.0, PHASE) for i, name in enumerate(fields)),
        scans=(),
        science_spw_ids=frozenset(range(len(spws))),
    )


def measured(ms, flux, pairs=((0, 0), (0, 1), (1, 0), (1, 1))):
    return ms, [
        FluxMeasurement(
            ms.field(field).name, field, ("PHASE",), spw, 231e9, 2e9,
            DerivedFlux(StokesFlux(flux), 0.1, 10), CalibratedFlux(StokesFlux(flux + 0.01), 0.2),
        )
        for field, spw in pairs
    ]  # fmt: skip


EXPECTED = [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_names_matter_and_ids_do_not(tmp_path):
    mine = observed(tmp_path / "mine.ms")
    first = measured(observed(tmp_path / "a.ms", ("J2", "J1"), ("high", "low")), 1.0, [(1, 1)])
    second = measured(observed(tmp_path / "b.ms"), 3.0, [(0, 0), (1, 1)])
    adoption = plan_adoption(mine, EXPECTED, [first, second])
    assert adoption.problem == ""
    assert set(adoption.fluxes) == {(0, 0), (1, 1)}
    both = adoption.fluxes[0, 0]
    assert (both.derived.stokes.I, both.derived.uncertainty) == (2.0, 1.0)
    assert both.adopted_from == ("a.ms", "b.ms")
    single = adoption.fluxes[1, 1]
    assert (single.derived.stokes.I, single.derived.uncertainty, single.adopted_from) == (3.0, 0.1, ("b.ms",))
    (warning,) = adoption.warnings
    assert "J1 in 'high', J2 in 'low'" in warning


@pytest.mark.parametrize(
    ("mine", "theirs", "problem"),
    [
        ({"spws": ("one", "one")}, {}, r"spw names of mine.ms are not unique \(spws 0, 1 are all called 'one'\)"),
        ({}, {"spws": ("one", "one")}, "no other MeasurementSet of its session has flux densities"),
        ({"fields": ("J8", "J9")}, {}, r"no field in common.* it has J8, J9, the others have .* J1, J2"),
        ({}, {"spws": ("x", "y")}, r"no spw of its J1, J2 in common.* it has high, low, the others have x, y"),
    ],
)
def test_what_stands_in_the_way_is_said(tmp_path, mine, theirs, problem):
    adoption = plan_adoption(
        observed(tmp_path / "mine.ms", **mine), EXPECTED, [measured(observed(tmp_path / "a.ms", **theirs), 1.0)]
    )
    assert adoption.fluxes == {}
    with pytest.raises(AssertionError, match=problem):
        raise AssertionError(adoption.problem)


def test_a_source_whose_spw_names_are_not_unique_is_left_out(tmp_path):
    mine = observed(tmp_path / "mine.ms")
    unclear = measured(observed(tmp_path / "a.ms", spws=("low", "low")), 1.0)
    adoption = plan_adoption(mine, EXPECTED, [unclear, measured(observed(tmp_path / "b.ms"), 3.0)])
    assert adoption.fluxes[0, 0].adopted_from == ("b.ms",)
    assert "nothing can be adopted from a.ms: the spw names of a.ms are not unique" in adoption.warnings[0]


def test_nobody_to_adopt_from(tmp_path):
    adoption = plan_adoption(observed(tmp_path / "mine.ms"), EXPECTED, [])
    assert "neither has any other MeasurementSet of its session" in adoption.problem


def test_sessions_are_one_or_named():
    names = ["a.ms", "b.ms", "c.ms"]
    assert len(set(sessions(names, None).values())) == 1
    assert sessions(names, ["s1", "s2", "s1"]) == {"a.ms": "s1", "b.ms": "s2", "c.ms": "s1"}
    assert sessions(names, {"a.ms": "x", "b.ms": "x", "c.ms": "y"})["c.ms"] == "y"
    for wrong in ("s1", ["s1"], {"a.ms": "s1"}, 3):
        with pytest.raises(InputError, match="session="):
            sessions(names, wrong)


def small(reference, seed):
    plan = standard_plan(
        reference, spw_frequencies=(224e9, 240e9), channels=8, antennas=6, phase_scans=1, check_flux_jy=None,
        wild=False, noise_jy=0.05, catalogue_error=0.0, seed=seed,
    )  # fmt: skip
    return plan


def test_sessions_do_not_mix(copied, tmp_path, monkeypatch):
    """The phase calibrator is twice as bright in the second session."""
    monkeypatch.chdir(tmp_path)
    plan = small("bandpass", 1)
    fields = tuple(replace(f, flux_jy=2 * f.flux_jy) for f in plan.fields)
    copied(plan, tmp_path, "a.ms")
    copied(small("none", 2), tmp_path, "b.ms")
    copied(replace(plan, fields=fields, seed=3), tmp_path, "c.ms")
    copied(small("none", 4), tmp_path, "d.ms")
    names = ["d.ms", "a.ms", "b.ms", "c.ms"]
    results = session_gfluxscale(names, session={"a.ms": "s1", "b.ms": "s1", "c.ms": "s2", "d.ms": "s2"})
    assert [each.vis for each in results] == names
    assert [each.adopted_from for each in results] == [["c.ms"], [], ["a.ms"], []]
    phase = [next(m.derived.stokes.I for m in each.measurements if m.field_id == 1) for each in results]
    assert phase[0] == phase[3]
    assert phase[1] == phase[2]
    assert phase[0] == pytest.approx(2 * phase[1], rel=0.02)  # the noise of two observations
    assert not results.failed
    written = results.to_dict()["results"][0]
    assert written["adopted_from"] == ["c.ms"]
    assert all(m["adopted_from"] == ["c.ms"] for m in written["measurements"])
    assert "adopted from c.ms" in str(results)
