"""The commands that handle the state of a run. They are no stages: they have no number and no results."""

from ..pipeline.stage import Stage

_STATE_COMMANDS = (
    Stage("h_save", "Save the state of the run.", "pipeline.state_commands", "save"),
    Stage("h_export_calstate", "Write applycal statements.", "pipeline.state_commands", "export_calstate"),
    Stage("h_import_calstate", "Read applycal statements.", "pipeline.state_commands", "import_calstate"),
    Stage("h_weblog", "Render the WebLog.", "weblog.run_pages", "render_context"),
)

STATE_COMMANDS = {command.command: command for command in _STATE_COMMANDS}
