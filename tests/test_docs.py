"""What the documentation shows is what happens."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from .conftest import ROOT, Run
from .talk import Talk

README = (ROOT / "README.md").read_text(encoding="utf-8")
OVERLAYS = (ROOT / "docs/overlays.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"`(?:… )?(dataarch (?:recommend|explain|compare|scaffold|rules)[^`]*)`", README)
SESSIONS = README + OVERLAYS + (ROOT / "examples/README.md").read_text(encoding="utf-8")
SHOWN += re.findall(r"^\$ (dataarch .*)$", SESSIONS, re.M)


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """An empty folder with the examples in it, and one of them as FILE."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "FILE").write_bytes((ROOT / "examples/fraud-detection.yaml").read_bytes())
    return tmp_path


def test_there_are_commands_to_try() -> None:
    assert len(SHOWN) >= 7


@pytest.mark.parametrize("command", list(dict.fromkeys(SHOWN)))
def test_a_command_that_is_shown_works(command: str, run: Run, beside: Path) -> None:
    if command == "dataarch recommend":  # asks, so it needs a terminal
        with Talk(beside, "recommend") as talk:
            talk.until("What should it do for you?")
        return
    if "--rules" in command and " rules " not in command:  # says once that it checks them
        run(*shlex.split(command)[1:])
    done = run(*shlex.split(command)[1:])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_the_session_in_the_readme_is_a_real_one(run: Run, beside: Path) -> None:
    session = README.partition("```console\n")[2].partition("```")[0].splitlines()
    printed = run(*shlex.split(session[0])[2:]).stdout.splitlines()
    missing = [line for line in session[1:] if line not in printed and line != "…"]
    assert missing == []


def test_the_sessions_and_files_of_the_page_on_overlays_are_real(run: Run, beside: Path) -> None:
    for session in re.findall(r"```console\n(.*?)```", OVERLAYS, re.S):
        command, *lines = session.splitlines()
        printed = run(*shlex.split(command)[2:]).stdout.splitlines()
        assert [line for line in lines if line not in printed and line != "…"] == []
    shown = re.findall(r"```yaml\n# (\S+)\n(.*?)```", OVERLAYS, re.S)
    assert len(shown) >= 2
    for name, content in shown:
        assert (ROOT / "examples/overlay" / name).read_text(encoding="utf-8") == content


def test_the_answers_in_the_readme_are_answers(run: Run) -> None:
    answers = README.partition("```yaml\n")[2].partition("```")[0]
    assert run("recommend", "--answers", "-", "--format", "json", text=answers).returncode == 0


@pytest.mark.parametrize("file", sorted(p.name for p in (ROOT / "examples").glob("*.yaml")))
def test_an_example_is_a_workload_that_comes_out(file: str, run: Run, beside: Path) -> None:
    assert run("recommend", "--answers", f"examples/{file}").returncode == 0


def test_links_inside_the_documentation_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "examples/README.md"]:
        for target in re.findall(r"\]\((?!<?https?://|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
