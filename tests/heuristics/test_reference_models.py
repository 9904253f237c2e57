"""The one rule for the model of a reference calibrator."""

import pytest

from pipeline_gfluxscale.domain.flux import CatalogueFlux, StokesFlux
from pipeline_gfluxscale.domain.reference import StoredModel
from pipeline_gfluxscale.heuristics.reference_models import Known, Source, agrees, choose_source, replaced_flux

POINT, EXTENDED = StoredModel(2.0), StoredModel(2.0, is_point=False)
ENTRY = CatalogueFlux(StokesFlux(4.0), -0.5, "DB", 5.0)


@pytest.mark.parametrize(
    ("known", "source"),
    [
        (Known(stored=EXTENDED, entry=ENTRY, standard="S"), Source.STORED),
        (Known(is_solar_system=True, stored=POINT, entry=ENTRY, standard="S"), Source.STORED),
        (Known(is_solar_system=True, entry=ENTRY, standard="S"), Source.STANDARD),
        (Known(stored=POINT, entry=ENTRY, standard="S"), Source.FLUX_FILE),  # 3C286 with an entry
        (Known(entry=ENTRY), Source.FLUX_FILE),
        (Known(stored=POINT, standard="S"), Source.STORED),
        (Known(standard="S"), Source.STANDARD),
        (Known(), None),
    ],
)
def test_precedence(known, source):
    assert choose_source(known) is source


@pytest.mark.parametrize(
    ("stored", "replaced"),
    [(None, None), (4.0, None), (3.961, None), (4.039, None), (3.95, 3.95), (4.05, 4.05), (2.0, 2.0)],
)
def test_a_replaced_flux_density_is_told_beyond_one_percent(stored, replaced):
    assert replaced_flux(stored and StoredModel(stored), ENTRY) == replaced


def edges(flux, spix):
    """Flux densities at 99 and 101 GHz of a source with `flux` at 100 GHz."""
    return tuple((f, flux * (f / 100e9) ** spix) for f in (99e9, 101e9))


@pytest.mark.parametrize(
    ("stored", "same"),
    [
        (StoredModel(4.0, edges=edges(4.0, -0.5)), True),
        (StoredModel(4.0, edges=edges(4.0, 0.5)), False),  # another spectral index is another model
        (StoredModel(4.001, edges=edges(4.001, -0.5)), False),
        (StoredModel(4.0, False, edges(4.0, -0.5)), False),
        (None, False),
    ],
)
def test_a_model_that_is_there_already_is_recognised(stored, same):
    assert agrees(stored, ENTRY, 100e9) is same
