"""The script and the notebook that call the API, run as their users run them."""

import json
from pathlib import Path
from typing import Any

import pytest

from deploy.deployment import PROJECT
from pipeline import ask

from .conftest import Deployed

EXAMPLES = PROJECT / "data" / "examples.jsonl"
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))


def cells(notebook: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return found


def test_the_script_answers_in_the_order_of_the_file(deployed: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask.main([str(EXAMPLES), "--stage", "local"]) == 0
    said = capsys.readouterr()
    answers = [json.loads(line) for line in said.out.splitlines()]
    assert [one["id"] for one in answers] == [json.loads(line)["id"] for line in EXAMPLES.read_text().splitlines()]
    assert {(one["status"], one["decision"] in {"approve", "review"}) for one in answers} == {(200, True)}
    assert answers[-1]["score"] > answers[0]["score"]
    assert not said.err


def test_the_script_goes_on_after_a_malformed_transaction_and_says_so(
    deployed: Deployed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = EXAMPLES.read_text().splitlines()[0]
    (tmp_path / "some.jsonl").write_text('{"id": "example-bad", "amount": "twelve"}\n' + good)
    assert ask.main([str(tmp_path / "some.jsonl")]) == 1
    said = capsys.readouterr()
    assert [json.loads(line)["status"] for line in said.out.splitlines()] == [400, 200]
    assert said.err == "1 of 2 were scored; answered otherwise: 1 with 400.\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["missing.jsonl"], "missing.jsonl cannot be read: No such file or directory."),
        ([str(EXAMPLES), "--stage", "prod"], "Nothing is deployed yet; `make run` or `make deploy` does it."),
    ],
)
def test_what_the_script_lacks_is_one_sentence(
    deployed: Deployed, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask.main(words) == 1
    assert capsys.readouterr().err == said + "\n"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=[path.name for path in NOTEBOOKS])
def test_a_notebook_runs_from_its_first_cell_to_its_last(
    deployed: Deployed, notebook: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(notebook.parent)  # where Jupyter starts it
    monkeypatch.syspath_prepend(str(notebook.parent))
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, cell in enumerate(cells(notebook)):
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"{notebook.name}, cell {number}", "exec"), names)
    assert deployed.outputs["ApiUrl"] in capsys.readouterr().out
    assert len(names["rows"]) == names["asked"] == len(names["sent"]) + len(names["amounts"])
    for row in names["rows"][: len(names["sent"])]:
        assert float(row["score"]) == pytest.approx(names["answers"][row["id"]].content["score"])


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=[path.name for path in NOTEBOOKS])
def test_a_notebook_is_kept_without_what_it_has_answered(notebook: Path) -> None:
    code = [cell for cell in cells(notebook) if cell["cell_type"] == "code"]
    assert code
    assert [(cell["outputs"], cell["execution_count"]) for cell in code] == [([], None)] * len(code)
