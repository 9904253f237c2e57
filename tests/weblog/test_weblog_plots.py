"""The plots draw whatever a run may leave, without a warning, as well-formed SVG in both schemes."""

import xml.etree.ElementTree as ET

import pytest

from pipeline_gfluxscale.domain.flux import CalibratedFlux, CatalogueFlux, FluxMeasurement, StokesFlux
from pipeline_gfluxscale.stages.gfluxscale.plot_data import Atmosphere, GainHistory, ReferenceAmplitudes, Transmission
from pipeline_gfluxscale.weblog import gain_plot, plots
from pipeline_gfluxscale.weblog.svg import COLOURS

pytestmark = pytest.mark.filterwarnings("error")

NAN = float("nan")
TWO_RECEIVERS = Atmosphere(
    0.5,
    "the water vapour radiometers",
    (Transmission((90e9, 100e9), (0.9, 0.8)), Transmission((400e9, 420e9), (0.5, 0.4))),
)


def measurement(frequency, bandwidth, calibrated=None, catalogue=None) -> FluxMeasurement:
    return FluxMeasurement(
        "J0001",
        1,
        (),
        0,
        frequency,
        bandwidth,
        calibrated=None if calibrated is None else CalibratedFlux(StokesFlux(calibrated), *[abs(calibrated) / 9] * 3),
        catalogue=None if catalogue is None else CatalogueFlux(StokesFlux(catalogue), -0.7),
    )


def assert_drawn(svg: str) -> None:
    ET.fromstring(svg)
    assert "prefers-color-scheme:dark" in svg
    assert not any(colour.key in svg for colour in COLOURS)  # each has been replaced by those of the schemes


@pytest.mark.parametrize("atmosphere", [None, TWO_RECEIVERS])
@pytest.mark.parametrize(
    "measurements",
    [
        [measurement(1e9, 0)],
        [measurement(1e9, 0, 0.0)],
        [measurement(1e9, 1e6, -1.0, 0.0)],
        [measurement(1e9, 1e6, NAN, NAN)],
        [measurement(95e9, 2e9, 1.0, 1.2), measurement(410e9, 2e9, 0.2, 0.3)],
        [measurement(1e9, 1e6, 1e-9, 1e6)],
    ],
)
def test_spectra(measurements, atmosphere):
    assert_drawn(plots.spectrum(measurements, None, atmosphere))


@pytest.mark.parametrize("limit", [None, 10.0])
@pytest.mark.parametrize(
    ("uv", "amplitude", "selected", "model"),
    [
        ((), (), (), ()),
        ((0.0,), (0.0,), (True,), ()),
        ((5.0,), (NAN,), (False,), (0.0,)),
        ((5.0, 9.0), (1e9, 1e-9), (False, True), (1.0, 1.0)),
    ],
)
def test_amplitudes_against_uv_distance(uv, amplitude, selected, model, limit):
    model_uv = uv if model else ()
    data = ReferenceAmplitudes("Uranus", 0, 0, 1, 1e9, 1e9, uv, amplitude, selected, model_uv, model)
    assert_drawn(plots.amplitude_against_uv(data, limit))


@pytest.mark.parametrize(
    ("amplitude", "flagged"),
    [
        ((None,), (True,)),
        ((1.0,), (False,)),
        ((0.0, 0.0), (False, False)),
        ((1.0, 2.0, 1e9), (True, True, True)),
        ((1.0, 1.0, NAN), (False, False, False)),
    ],
)
def test_gains_against_time(amplitude, flagged):
    n = len(amplitude)
    antennas = tuple(i % 2 for i in range(n))
    history = GainHistory(("A", "_B"), antennas, (0,) * n, (0,) * n, (0.0,) * n, amplitude, flagged, 5e9, n)
    assert_drawn(gain_plot.gains_against_time(history, {"0": "_$x$"}))
