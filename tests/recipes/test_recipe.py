"""Recipes are read, and checked before anything runs."""

import pytest

from helpers.ppr_document import procedure
from pipeline_gfluxscale.errors import FileFormatError, InputError, RecipeError
from pipeline_gfluxscale.files.xml_input import parse_xml
from pipeline_gfluxscale.recipes.recipe import Command, check_commands, in_parallel, parse_procedure, read_recipe


def parsed(text):
    return parse_procedure(parse_xml(text, "x.xml"), "x.xml")


def test_a_recipe_is_a_sequence_of_commands():
    recipe = parsed(procedure([("hifa_importdata", {"dbservice": "True"}), ("hifa_gfluxscale", {})], "hifa_cal"))
    assert recipe.title == "hifa_cal"
    assert recipe.commands == (Command("hifa_importdata", {"dbservice": True}), Command("hifa_gfluxscale"))
    assert str(recipe.commands[0]) == "hifa_importdata(dbservice=True)"


def test_what_old_pipelines_needed_is_ignored():
    assert parsed(procedure([("hif_test", {"pipelinemode": "automatic"})])).commands[0].parameters == {}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<ProcessingProcedure/>", "no <ProcessingCommand>"),
        (procedure([("", {})]), "a <ProcessingCommand> has no <Command>"),
        (procedure([("hif_test", {"": "1"})]), "hif_test: a <Parameter> has no <Keyword>"),
        (procedure([("t", {"a": "X"})]).replace("X", "<b/>"), "t: the <Value> of a contains elements"),
        (procedure([("t", {"a": "1", "b": "2"})]).replace(">b<", ">a<"), "t: a is given twice"),
    ],
)
def test_what_is_wrong_with_a_recipe_is_named(text, complaint):
    with pytest.raises(FileFormatError, match=f"x.xml: .*{complaint}|x.xml: {complaint}"):
        parsed(text)


def test_another_document_is_no_recipe(tmp_path):
    path = tmp_path / "x.xml"
    path.write_text("<html/>")
    with pytest.raises(FileFormatError, match="<html> is not a <ProcessingProcedure>"):
        read_recipe(path)


def test_a_recipe_that_is_nowhere_is_an_error_with_those_there_are():
    with pytest.raises(InputError, match=r"recipe='nothing\.xml': neither a file nor a recipe"):
        read_recipe("nothing.xml")


def test_all_that_is_unknown_is_listed_in_one_error():
    commands = [
        Command("hifa_gfluxscale", {"minsnr": 2, "solnint": "inf"}),
        Command("hif_makeimages"),
        Command("breakpoint"),
        Command("hifa_exportdata"),
        Command("hif_makeimages"),
    ]
    with pytest.raises(RecipeError) as error:
        check_commands(commands, "x.xml")
    message = str(error.value)
    assert "no command hif_makeimages, hifa_exportdata;" in message
    assert "hifa_gfluxscale has no parameter solnint" in message
    assert "Install the ALMA Pipeline" in message
    assert "gfluxscale recipe" in message


def test_names_of_any_length_make_a_short_message():
    with pytest.raises(RecipeError) as error:
        check_commands([Command("h_save", {"x" * 5000: 1})], "x.xml")
    assert len(str(error.value)) < 1500


def test_known_commands_and_parameters_pass():
    check_commands([Command("hifa_gfluxscale", {"minsnr": 3}), Command("h_save", {"filename": "x"})], "x.xml")


@pytest.mark.parametrize(
    ("command", "parameters"),
    [
        ("hifa_importdata", {"ocorr_mode": "all"}),
        ("hifa_bandpass", {"minsnr": "high"}),
        ("hifa_gfluxscale", {"minsnr": {"a.ms": 3, "b.ms": -1}}),
        ("hif_refant", {"parallel": "perhaps"}),
    ],
)
def test_values_are_checked_before_any_stage_runs(command, parameters):
    with pytest.raises(FileFormatError, match=rf"^x\.xml: {command}: {next(iter(parameters))}="):
        check_commands([Command("h_save"), Command(command, parameters)], "x.xml")


@pytest.mark.parametrize("filename", ["../x", "/etc/x", "~/x", "..", ".bashrc", "a/b"])
@pytest.mark.parametrize("command", ["h_save", "h_export_calstate"])
def test_a_recipe_cannot_write_outside_its_directory(command, filename):
    with pytest.raises(FileFormatError, match=r"filename=.*name is needed"):
        check_commands([Command(command, {"filename": filename})], "x.xml")


def test_stages_that_can_run_in_parallel_are_told_to():
    commands = [Command("hifa_importdata"), Command("hif_refant"), Command("hifa_bandpass", {"parallel": "false"})]
    told = in_parallel(commands, "automatic")
    assert [each.parameters for each in told] == [{}, {"parallel": "automatic"}, {"parallel": "false"}]
    check_commands(told, "a recipe")
    assert in_parallel(commands, None) == tuple(commands)
    with pytest.raises(InputError, match="parallel='maybe': unknown option"):
        in_parallel(commands, "maybe")
