"""Composes the project out of its layers."""

import sys
from pathlib import Path

sys.dont_write_bytecode = True
TEMPLATE = Path({{ template_folder | literal }})
sys.path.insert(0, str(TEMPLATE.parent / "_shared"))

from compose import ComposeError, compose  # noqa: E402

try:
    compose(TEMPLATE, Path.cwd(), {{ cookiecutter | literal }})
except ComposeError as error:
    sys.exit(f"error: {error}")
