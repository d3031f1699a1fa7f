"""The SQL of the application, for one side or the other: what differs is in connectors/, and only in WITH (…)."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parent
_PLACE = re.compile(r"\$\{(\w+)\}")


def statements(side: str, values: Mapping[str, str]) -> list[str]:
    """Returns the statements in their order.

    Args:
        side: `aws` or `local`, the name of a file in connectors/.
        values: what stands in braces in that file: addresses of stream and lake.
    """
    tables: dict[str, dict[str, str]] = json.loads((HERE / "connectors" / f"{side}.json").read_text(encoding="utf-8"))

    def options(found: re.Match[str]) -> str:
        pairs = {name: _filled(value, values) for name, value in tables[found[1]].items()}
        return ", ".join(f"'{name}' = '{_quoted(value)}'" for name, value in pairs.items())

    texts = [path.read_text(encoding="utf-8") for path in sorted((HERE / "sql").glob("*.sql"))]
    whole = "\n".join(line for text in texts for line in text.splitlines() if not line.startswith("--"))
    return [_PLACE.sub(options, one.strip()) for one in whole.split(";\n") if one.strip().rstrip(";")]


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _quoted(text: str) -> str:
    return text.replace("'", "''")
