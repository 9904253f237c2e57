"""The QA scores of hifa_importdata."""

from ...domain.flux_standards import flux_standard_of
from ...domain.measurementset import MeasurementSet
from ...domain.qa import AppliesTo, QAScore
from ...files.fluxcsv import FluxEntry, catalogue_for
from .catalogue import Service, calibrators

_NEEDED = ("AMPLITUDE", "BANDPASS", "PHASE")


def intents_score(ms: MeasurementSet) -> QAScore:
    """Score the fraction of the intents that a transfer of the flux scale needs."""
    observed = {intent for field in ms.fields for intent in field.intents}
    missing = [intent for intent in _NEEDED if intent not in observed]
    score = 1 - len(missing) / len(_NEEDED)
    short = f"No {', '.join(missing)}" if missing else "Calibrators complete"
    words = f"no scan has the intent {', '.join(missing)}" if missing else f"{', '.join(_NEEDED)} were observed"
    about = AppliesTo(ms.name, intent=tuple(missing or _NEEDED))
    return QAScore("intents", score, short, f"{ms.name}: {words}", score, "fraction", about)


def catalogue_score(ms: MeasurementSet, entries: tuple[FluxEntry, ...]) -> list[QAScore]:
    """Score whether the flux density of the amplitude calibrator is known: what all others depend on."""
    if not any("AMPLITUDE" in field.intents for field in ms.fields):
        return []
    known = catalogue_for(entries, ms.name)
    wanted = [
        (field, spw.id)
        for field, spw in calibrators(ms)
        if "AMPLITUDE" in field.intents and not flux_standard_of(field.name)
    ]
    missing = [(field, spw) for field, spw in wanted if (field.id, spw) not in known]
    score = 1 - len(missing) / len(wanted) if wanted else 1.0
    if missing:
        names = ", ".join(sorted({f"{field.name} spw {spw}" for field, spw in missing}))
        short, words = "Flux density not known", f"no flux density of the amplitude calibrator: {names}"
    else:
        short, words = "Flux density known", "the flux density of the amplitude calibrator is known"
    about = AppliesTo(ms.name, spw=tuple(sorted({spw for _, spw in missing})), intent=("AMPLITUDE",))
    return [QAScore("flux_catalogue", score, short, f"{ms.name}: {words}", score, "fraction", about)]


def service_score(ms: MeasurementSet, service: Service | None) -> list[QAScore]:
    """Score whether the flux service answered, as the pipeline does: its stand-in is worth 0.9, nobody 0.3."""
    if service is None:
        return []
    score = (1.0, 0.9)[len(service.problems)] if service.urls else 0.3
    short = "Flux service answered" if service.urls else "Flux service did not answer"
    words = f"asked {service.urls[0]}" if service.urls else "the flux densities are those of the ASDM"
    problems = "; ".join(["", *service.problems])
    return [QAScore("flux_service", score, short, f"{ms.name}: {words}{problems}", applies_to=AppliesTo(ms.name))]
