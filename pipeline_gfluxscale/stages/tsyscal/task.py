"""h_tsyscal: make a table of the system temperatures, and choose the spws and fields to which it is applied."""

import math
from collections.abc import Collection, Iterable, Mapping

from ...casa import tasks
from ...casa.locking import wait_for_lock
from ...casa.spectral_table import SpectralSolutions, read_spectral_table
from ...domain.calibration import CalApplication, CalTable, CalTo
from ...domain.measurementset import Field
from ...domain.qa import AppliesTo, QAScore
from ...domain.selection import format_ids
from ...heuristics.system_temperatures import FAR_DEGREES, angular_distance, tsys_fields, tsys_spw_map
from ...pipeline.basetask import StandardTask
from ..shared.tables import TableNames
from .inputs import TsyscalInputs
from .results import TsyscalResults


class Tsyscal(StandardTask[TsyscalInputs, TsyscalResults]):
    """Make tables of the system temperatures that the telescope measured.

    Each science spw is calibrated with those of a spw of its baseband that covers it, and each field with its own, or
    else with those of the nearest field on the sky.

    Raises
    ------
    InputError
        A parameter cannot be used, or a MeasurementSet has no system temperatures.

    Examples
    --------
    >>> h_tsyscal()  # doctest: +SKIP
    """

    inputs_type = TsyscalInputs
    results_type = TsyscalResults

    def prepare(self) -> TsyscalResults:
        """Make the table, and choose the solutions for each science spw and field."""
        ms = self.inputs.ms
        results = TsyscalResults(vis=ms.name)
        table = TableNames(self.inputs.context, ms, "h_tsyscal").tsys_table()
        tasks.remove_table(table)
        with self.step("System temperatures"):
            wait_for_lock(ms.path)
            tasks.run("gencal", vis=ms.path, caltable=table, caltype="tsys")
            results.spectra = read_spectral_table(table)
        measured = _measured(results.spectra)
        if not measured:
            results.error = "CASA has flagged all system temperatures: none is positive and finite"
            return results
        spws = {spw for of_field in measured.values() for spw in of_field}
        whole = tsys_spw_map(ms.spectral_windows, spws, self.inputs.chantol)
        results.spw_map = {spw: whole[spw] for spw in sorted(ms.science_spw_ids) if spw in whole}
        full_map = tuple(whole.get(spw.id, spw.id) for spw in ms.spectral_windows)
        for field, members, source in _by_field(ms.fields, results.spw_map, measured):
            results.sources[f"{field.name} #{field.id}"] = f"{source.name} #{source.id}"
            if (away := math.degrees(angular_distance(field, source))) > FAR_DEGREES:
                results.warnings.append(
                    f"{field.name} has no system temperatures of its own in spw {format_ids(members)}: the system "
                    f"temperatures of {source.name}, {away:.0f} degrees away, are used"
                )
            # calwt=True: the weights of raw data do not include the system temperatures yet.
            how = CalTable(str(table), gainfield=str(source.id), interp="linear,linear", spwmap=full_map, calwt=True)
            calto = CalTo(vis=ms.name, field=str(field.id), spw=format_ids(members))
            results.applications.append(CalApplication(calto, (how,)))
        return results

    def analyse(self, results: TsyscalResults) -> TsyscalResults:
        """Score the fraction of science spws that have system temperatures, as the pipeline does."""
        science = sorted(self.inputs.ms.science_spw_ids)
        lacking = [spw for spw in science if spw not in results.spw_map]
        score = 1 - len(lacking) / len(science)
        if lacking:
            short, words = "Tsys spw map is incomplete", f"no system temperatures for science spw {format_ids(lacking)}"
        else:
            short, words = "Tsys spw map is complete", "all science spws have system temperatures"
        about = AppliesTo(results.vis, spw=tuple(lacking or science))
        results.qa = [QAScore("tsys_spw_map", score, short, f"{results.vis}: {words}", score, "fraction", about)]
        return results


def _measured(spectra: Iterable[SpectralSolutions]) -> dict[int, set[int]]:
    """Return the spws in which each field has unflagged system temperatures."""
    measured: dict[int, set[int]] = {}
    for spectrum in spectra:
        good = ~spectrum.flag.all(axis=(0, 1))
        for field in set(spectrum.field[good].tolist()):
            measured.setdefault(field, set()).add(spectrum.spw)
    return measured


def _by_field(
    fields: tuple[Field, ...], spw_map: Mapping[int, int], measured: Mapping[int, Collection[int]]
) -> list[tuple[Field, list[int], Field]]:
    """Return fields, the science spws of each field, and the field whose system temperatures calibrate it in them."""
    groups: dict[tuple[int, int], list[int]] = {}
    for spw, tsys_spw in spw_map.items():
        for field, source in tsys_fields(fields, measured, tsys_spw).items():
            groups.setdefault((field, source), []).append(spw)
    by_id = {field.id: field for field in fields}
    return [(by_id[field], spws, by_id[source]) for (field, source), spws in sorted(groups.items())]
