"""The steps of hifa_gfluxscale, which are the boxes of its logic diagram, in order."""

from enum import StrEnum


class Step(StrEnum):
    """A step; its value is the name of the step in the log, the results and the page."""

    SELECT = "Select"
    REFERENCE_MODEL = "Reference model"
    RESOLVED = "Resolved?"
    AVERAGE = "Average"
    SOLVE = "Solve"
    TRANSFER = "Transfer"
    SET_MODELS = "Set models"
    MEASURE = "Measure"
    SCORE = "Score"
    ADOPT = "Adopt"
