"""One project is really made and tested by its own command whenever dataarch is tested."""

from __future__ import annotations

import re

from .conftest import Made, processes, run

PATTERN = "fraud-detection"


def test_its_tests_pass(copy: Made) -> None:
    project = copy()
    done = run(project, "make", "test")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert re.search(r"^\d+ passed in", done.stdout, re.MULTILINE), done.stdout[-500:]
    assert not processes(project)
