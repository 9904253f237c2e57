"""Configuration of the documentation: ``make docs``."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from generated_pages import write_pages  # noqa: E402

import pipeline_gfluxscale  # noqa: E402

project = "pipeline_gfluxscale"
author = "The pipeline_gfluxscale developers"
release = pipeline_gfluxscale.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "numpydoc"]
exclude_patterns = ["_build", "generated"]
html_theme = "furo"
html_title = "hifa_gfluxscale"
html_show_copyright = False
html_show_sourcelink = False
html_static_path = ["_static"]
html_css_files = ["wide.css"]

# Code in docstrings stands in single backquotes, and types stand in the text.
default_role = "code"
autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False

myst_enable_extensions = ["attrs_block"]
myst_heading_anchors = 4

# The notebook is executed at every build, and an exception in it fails the build.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True

write_pages(HERE / "generated")
