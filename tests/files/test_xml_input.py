"""XML from anybody is read safely."""

import pytest

from helpers.ppr_document import procedure
from pipeline_gfluxscale.errors import FileFormatError, InputError
from pipeline_gfluxscale.files.xml_input import parse_xml, read_xml
from pipeline_gfluxscale.recipes.recipe import read_recipe

LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
ATTACKS = {
    "billion laughs": f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><a>&l9;</a>',
    "quadratic blowup": f'<!DOCTYPE a [<!ENTITY b "{"x" * 50_000}">]><a>{"&b;" * 1000}</a>',
    "external entity": '<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><a>&f;</a>',
    "external entity of a parameter": '<!DOCTYPE a [<!ENTITY % f SYSTEM "http://localhost:1/x.dtd"> %f;]><a/>',
    "external document type": '<!DOCTYPE a SYSTEM "http://localhost:1/x.dtd"><a/>',
    "any document type": "<!DOCTYPE a><a/>",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
@pytest.mark.timeout(10)
def test_attacks_are_refused(attack, tmp_path):
    path = tmp_path / "x.xml"
    path.write_text(attack)
    with pytest.raises(FileFormatError, match="document types and entities are not accepted"):
        read_recipe(path)


@pytest.mark.parametrize(
    "text", ["", "no xml", "<a>", "<a>&unknown;</a>", b"\xff\xfe\x00", b'<?xml version="1.0" encoding="klingon"?><a/>']
)
def test_what_is_no_xml_is_an_error_that_names_the_file(text):
    with pytest.raises(FileFormatError, match=r"x\.xml: not XML"):
        parse_xml(text, "x.xml")


def test_namespaces_do_not_matter():
    document = '<a xmlns="n"><p:b xmlns:p="m"><c xmlns="">text</c></p:b></a>'
    assert parse_xml(document, "x").findtext("b/c") == "text"


def test_a_file_that_is_missing_or_too_long_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_xml(tmp_path / "x.xml", "recipe")
    long = tmp_path / "long.xml"
    with long.open("wb") as file:
        file.truncate(10_000_001)
    with pytest.raises(FileFormatError, match="longer than 10 MB"):
        read_xml(long, "recipe")


def test_comments_and_character_data_are_text(tmp_path):
    path = tmp_path / "x.xml"
    text = procedure([("hif_test", {"a": "MARK"})]).replace("MARK", "<!-- far --><![CDATA[<12km]]>")
    path.write_text(text)
    assert read_recipe(path).commands[0].parameters == {"a": "<12km"}
