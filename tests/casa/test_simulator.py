"""Where solar-system objects are."""

import pytest

from pipeline_gfluxscale.casa.simulator import mjd_seconds, object_direction


@pytest.mark.parametrize(("moon", "planet"), [("Callisto", "Jupiter"), ("Ganymede", "Jupiter"), ("Titan", "Saturn")])
def test_a_moon_is_near_its_planet(moon, planet, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # CASA writes its log where it is started
    time = mjd_seconds("2023/11/20/04:00:00")
    assert object_direction(moon, time, "ALMA") == object_direction(planet, time, "ALMA")
