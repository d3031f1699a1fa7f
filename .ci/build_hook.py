"""Puts the rules, their compiled form, and the templates into the wheel."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class RulesHook(BuildHookInterface):  # type: ignore[type-arg]
    """Ships rules/*.yaml as dataarch/rules, dataarch/compiled/<digest>-<version>.json made from them, and templates/.

    The compiled file never stands in the checkout, where a change of the compiler would leave it stale.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Adds the files to a wheel; an editable install reads those of the checkout."""
        if version == "editable":
            return
        root = Path(self.root)
        ships: dict[str, str] = build_data["force_include"]
        for path in sorted((root / "rules").rglob("*.yaml")):
            ships[str(path)] = f"dataarch/{path.relative_to(root).as_posix()}"
        for path in sorted((root / "templates").rglob("*")):
            if path.is_file() and not {"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"} & set(path.parts):
                ships[str(path)] = f"dataarch/{path.relative_to(root).as_posix()}"
        self._temporary = TemporaryDirectory(prefix="dataarch-")
        name = _compile(root, self._temporary.name)
        ships[str(Path(self._temporary.name, name))] = f"dataarch/compiled/{name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Removes what was made for the build."""
        if version != "editable":
            self._temporary.cleanup()


def _compile(root: Path, folder: str) -> str:
    """The name, in a folder, of the compiled form of the rules of a checkout."""
    sys.path.insert(0, str(root))
    try:
        from dataarch.engine import store
        from dataarch.rulebase.sources import digest_of, read_sources

        if Path(store.PACKAGE) != root / "dataarch":
            raise RuntimeError(f"The rules would be compiled by another dataarch, that of {store.PACKAGE}.")
        sources = read_sources(str(root / "rules"))
        name = store.file_name(digest_of(sources))
        if not store.keep(store.compiled(sources), folder, name):
            raise RuntimeError(f"The compiled rules cannot be written to {folder}.")
    finally:
        sys.path.remove(str(root))
    return name
