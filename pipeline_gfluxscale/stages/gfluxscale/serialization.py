"""Load results that were saved as JSON."""

from pathlib import Path
from typing import Any

from ...errors import FileFormatError, shown
from ...files.json_input import read_json
from ...files.typed_json import decode
from ...pipeline.basetask import ResultsList
from .results import VERSION, GFluxscaleResults, GFluxscaleResultsFile


def read_results(path: str | Path) -> ResultsList[GFluxscaleResults]:
    """Read results that ``--json`` wrote.

    Raises
    ------
    InputError
        If there is no such file.
    FileFormatError
        If it is not JSON, or not of results of hifa_gfluxscale, or of another version of the shape.
    """
    path = Path(path)
    return decoded_results(read_json(path, "RESULTS"), str(path))


def decoded_results(content: Any, where: str) -> ResultsList[GFluxscaleResults]:
    """Return results from their representation in basic types.

    Parameters
    ----------
    content : object
        A return value of `ResultsList.to_dict`.
    where : str
        Name of the content, for error messages.

    Raises
    ------
    FileFormatError
        If it does not describe results of hifa_gfluxscale.
    """
    if not isinstance(content, dict) or "results" not in content:
        raise FileFormatError(f"{where}: 'results' is missing: these are no results of hifa_gfluxscale")
    version = content.get("version", VERSION)
    if version != VERSION:
        raise FileFormatError(f"{where}: version {shown(version)} of the results; this package reads {VERSION}")
    try:
        return ResultsList(decode(GFluxscaleResultsFile, content, where).results)
    except FileFormatError as error:
        if "version" in content:
            raise
        raise FileFormatError(
            f"{error}; the file states no version, as before version {VERSION} of the results, which this package reads"
        ) from None
