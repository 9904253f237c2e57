"""Import ASDMs, and read the flux.csv that the import makes."""

from pipeline_gfluxscale.files.fluxcsv import catalogue_for, read_flux_csv
from pipeline_gfluxscale.recipes.run_stage import run_stage

EB = "uid___A002_X1_X2"
KNOWN = {("J0423-0120", spw): (224e9 + 2e9 * spw, 2.0 - 0.1 * spw, 0.03, 0.0, 0.0) for spw in range(4)}
KNOWN[("J0309+1029", 1)] = (226e9, 0.5, 0.0, 0.0, 0.0)
KNOWN[("J0325+1307", 1)] = (226e9, 0.0, 0.0, 0.0, 0.0)  # how the observatory says that it does not know


def imported(context, vis, **parameters):
    results = run_stage(context, "hifa_importdata", {"vis": vis, **parameters})
    assert not results.failed
    return results


def catalogue(name=f"{EB}.ms"):
    return catalogue_for(read_flux_csv("flux.csv"), name)
