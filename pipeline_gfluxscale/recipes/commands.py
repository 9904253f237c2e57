"""The commands that save and load the state of a run. They are not stages: they have no number and no results."""

from ..pipeline.stage import Stage, StageFunction


def _h_save() -> StageFunction:
    from ..pipeline.state_commands import save

    return save


def _h_export_calstate() -> StageFunction:
    from ..pipeline.state_commands import export_calstate

    return export_calstate


def _h_import_calstate() -> StageFunction:
    from ..pipeline.state_commands import import_calstate

    return import_calstate


def _h_weblog() -> StageFunction:
    from ..weblog.run_pages import render_context

    return render_context


_STATE_COMMANDS = (
    Stage("h_save", "Save the state of the run.", _h_save),
    Stage("h_export_calstate", "Write applycal statements.", _h_export_calstate),
    Stage("h_import_calstate", "Read applycal statements.", _h_import_calstate),
    Stage("h_weblog", "Render the WebLog.", _h_weblog),
)

STATE_COMMANDS = {command.command: command for command in _STATE_COMMANDS}
