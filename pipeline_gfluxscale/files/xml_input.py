"""Read XML that may come from anybody: no entities, no document types, nothing fetched."""

from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ..errors import FileFormatError
from .input_file import read_bytes, size_of

# A processing request has some 100 kB.
_MAX_BYTES = 10_000_000


def read_xml(path: str | Path, argument: str) -> Element:
    """Return the root of an XML file, with names freed from namespaces.

    Parameters
    ----------
    path : path
        The file.
    argument : str
        Name of the argument that `path` comes from, for the error message.

    Raises
    ------
    InputError
        There is no such file, or it cannot be read.
    FileFormatError
        The file is not XML, or has a document type (and could have entities), or is too long.
    """
    path = Path(path)
    if size_of(path, argument) > _MAX_BYTES:
        raise FileFormatError(f"{path}: longer than {_MAX_BYTES / 1e6:.0f} MB")
    return parse_xml(read_bytes(path, argument), str(path))


def parse_xml(text: str | bytes, source: str) -> Element:
    """Return the root of an XML document, with names freed from namespaces; see `read_xml`."""
    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except DefusedXmlException as error:
        raise FileFormatError(f"{source}: document types and entities are not accepted: {error}") from None
    except (ParseError, ValueError, LookupError) as error:
        raise FileFormatError(f"{source}: not XML: {error}") from None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def text_of(parent: Element, tag: str, default: str = "") -> str:
    """Return the text of a child, without blanks around it."""
    return (parent.findtext(tag) or default).strip()
