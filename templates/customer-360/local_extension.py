"""What the hook cannot know by itself: where the template is, and its values as Python literals."""

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment
from jinja2.ext import Extension


class TemplateFolder(Extension):
    """Gives the hook `template_folder`, and the filter `literal`, by which alone values enter its source."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.globals["template_folder"] = str(Path(__file__).resolve().parent)
        environment.filters["literal"] = _literal


def _literal(value: Any) -> str:
    return repr(json.loads(json.dumps(value)))
