"""The fraud-detection project, made and run as its owner would, whole and broken on purpose."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from dataarch.scaffold.template import open_template
from tests.scaffold.every import combinations, covering

from .conftest import Made, processes, run, sound
from .faults import change, every_step_is_realised, without_statement

pytestmark = pytest.mark.project

PATTERN = "fraud-detection"

PAIRS = covering(list(combinations(open_template(PATTERN))), meeting=2)
"""A few of the combinations of options, in which any two options meet."""


@pytest.mark.variant("checks of fraud-detection")
def test_its_own_checks_find_nothing(copy: Made) -> None:
    sound(copy())


def test_it_runs_end_to_end_beside_a_program_that_has_its_port(copy: Made) -> None:
    project = copy()
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run(project, "make", "run", env={"LOCAL_AWS_PORT": str(taken.getsockname()[1])})
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "posted = scored + dead letters" in done.stdout
    assert re.search(r"posted +606\n.* 600\n.* 6\n +missing +0\n", done.stdout), done.stdout
    assert re.search(r"each id once +600\n +duplicates removed by id +12\n", done.stdout)
    page = (project / ".local" / "report.html").read_text(encoding="utf-8")
    assert "The numbers agree" in page
    assert "://" not in page
    assert re.search(r"posted by a stranger, answered +403", done.stdout)
    model, rule = re.search(r"PR-AUC\) +([\d.]+) +([\d.]+)", done.stdout).groups()  # type: ignore[union-attr]
    assert float(model) > 5 * float(rule)
    assert not processes(project)


@pytest.mark.variant("fraud-detection on instances")
def test_the_variant_on_instances_runs_too(copy: Made) -> None:
    project = copy(inference_serving="sagemaker-endpoint")
    assert "ServerlessConfig" not in (project / "infra" / "endpoint.yaml").read_text()
    done = run(project, "make", "test")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.parametrize(
    ("template", "sid"),
    [
        ("serving.yaml", "AskTheModels"),
        ("serving.yaml", "KeepScoredTransactions"),
        ("serving.yaml", "KeepDeadLetters"),
        ("delivery.yaml", "WriteDeliveries"),
        ("training.yaml", "ReadTrainingDataAndCode"),
        ("training.yaml", "WriteTheModel"),
        ("training.yaml", "RunTrainingJobs"),
        ("training.yaml", "LendTheTrainingRole"),
        ("training.yaml", "BeToldWhenTheJobEnds"),
        ("endpoint.yaml", "ReadTheModel"),
        ("curation.yaml", "RunTheQuery"),
        ("curation.yaml", "WriteOnce"),
        ("drift.yaml", "Measure"),
        ("drift.yaml", "FindTheModelThatServes"),
        ("retraining.yaml", "StartTheTraining"),
        ("retraining.yaml", "ReplaceTheModels"),
        ("retraining.yaml", "MakeModels"),
        ("retraining.yaml", "LendTheModelRoles"),
        ("retraining.yaml", "MoveTheEndpoints"),
        ("retraining.yaml", "RemoveFormerOnes"),
    ],
)
def test_a_removed_permission_makes_its_tests_fail(copy: Made, template: str, sid: str) -> None:
    project = copy()
    without_statement(project / "infra" / template, sid)
    done = run(project, "make", "test", "ARGS=-x")
    assert done.returncode != 0
    assert re.search(r"^(FAILED|ERROR) \S+", done.stdout, re.MULTILINE), done.stdout[-2000:]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        pytest.param(
            "infra/delivery.yaml", "Prefix: dead-letter/dt=", "Prefix: lost/dt=", id="the dead-letter target moved"
        ),
        pytest.param(
            "src/score/handler.py",
            '        _keep_dead_letter("malformed", str(error), body, identifier(body), request_id)\n',
            "",
            id="malformed transactions dropped",
        ),
        pytest.param(
            "src/score/handler.py",
            '        _keep_dead_letter("not-scored", str(error), body, transaction["id"], request_id)\n',
            "",
            id="transactions without a score dropped",
        ),
        pytest.param("src/score/handler.py", "transaction | scored |", "transaction |", id="score not stored"),
        pytest.param(
            "src/score/handler.py",
            'one["score"] >= one["threshold"]',
            'one["score"] > one["threshold"]',
            id="threshold not included",
        ),
        pytest.param(
            "model/features.py",
            'float(transaction["country"] != transaction["card_country"]),',
            "0.0,",
            id="a feature not computed",
        ),
        pytest.param(
            "data/split.py",
            'sorted(rows, key=lambda row: row["time"])',
            'sorted(rows, key=lambda row: row["id"][::-1])',
            id="split at random",
        ),
        pytest.param("infra/curate.asl.json", "WHERE place = 1 AND", "WHERE", id="copies not removed"),
        pytest.param("infra/curate.asl.json", "PARTITION BY id ORDER", "PARTITION BY card ORDER", id="once by card"),
        pytest.param("src/drift/drift.py", "(now - then) *", "(now + then) *", id="drift of nothing"),
        pytest.param("infra/retraining.yaml", '{"replace": true}', '{"replace": false}', id="no new model"),
        pytest.param("views/30-rings.sql", "count(DISTINCT later.card)", "count(later.card)", id="cards counted twice"),
        pytest.param("infra/serving.yaml", "AuthorizationType: AWS_IAM", "AuthorizationType: NONE", id="an open API"),
        pytest.param(
            "infra/catalog.yaml",
            "storage.location.template: !Sub s3://${LakeBucket}/scored/dt=${!dt}/",
            "storage.location.template: !Sub s3://${LakeBucket}/scored/${!dt}/",
            id="partitions where none are",
        ),
        pytest.param("model/train.py", '"inference.py", "features.py",', '"inference.py",', id="code not packed"),
    ],
)
def test_a_planted_fault_makes_its_tests_fail(copy: Made, path: str, old: str, new: str) -> None:
    project = copy()
    change(project / path, old, new)
    done = run(project, "make", "test", "ARGS=-x")
    assert done.returncode != 0
    assert re.search(r"^(FAILED|ERROR) \S+", done.stdout, re.MULTILINE), done.stdout[-2000:]


def test_every_step_of_the_pattern_is_a_resource_and_a_path(whole: Path) -> None:
    every_step_is_realised(PATTERN, whole)


def test_a_stopped_local_aws_is_one_sentence(copy: Made) -> None:
    project = copy()
    python = str(project / ".venv" / "bin" / "python")
    assert run(project, python, "-m", "local", "up", env={"LOCAL_AWS_PORT": "0"}).returncode == 0
    second = run(project, python, "-m", "local", "up")
    assert "already runs" in second.stdout
    process = subprocess.Popen(
        [python, "-m", "local", "run", "--", python, "-m", "pipeline"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    for line in process.stdout:
        if "model trained" in line:
            break
    state = json.loads((project / ".local" / "state.json").read_text())
    os.kill(state["pid"], signal.SIGKILL)
    said = process.communicate(timeout=120)[1]
    assert process.returncode == 1
    assert said.count("\n") == 1, said
    assert "Traceback" not in said
    deadline = time.monotonic() + 20
    while processes(project) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not processes(project)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("id,time\n", "these columns are missing: card, merchant"),
        (None, "cannot be read: No such file or directory."),
    ],
)
def test_own_data_that_cannot_be_used_are_one_sentence(copy: Made, content: str | None, said: str) -> None:
    project = copy()
    if content is not None:
        (project / "own.csv").write_text(content)
    done = run(project, "make", "run", "ARGS=--data own.csv")
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not processes(project)


def test_a_python_that_is_too_old_is_named(whole: Path, tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text((whole / "Makefile").read_text())
    (tmp_path / "requirements").mkdir()
    for name in ("project", "emulator"):
        (tmp_path / "requirements" / f"{name}.txt").touch()
    done = run(tmp_path, "make", "setup", "PYTHON=/bin/false")
    assert done.returncode != 0
    assert "Python 3.11 or later is needed; /bin/false is none. Name one: make PYTHON=/path/to/python" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_preflight_without_an_account_says_what_is_missing(whole: Path, tmp_path: Path) -> None:
    nothing = {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "HOME": str(tmp_path),
    }
    done = run(whole, "make", "preflight", env=nothing)
    assert done.returncode != 0
    assert "MISSING  No Region is set; export AWS_DEFAULT_REGION=<region>.  https://" in done.stdout
    done = run(whole, "make", "preflight", env={**nothing, "AWS_DEFAULT_REGION": "eu-central-1"})
    assert "MISSING  No credentials that work: Unable to locate credentials  https://" in done.stdout


@pytest.mark.variant("fraud-detection with a stream")
def test_the_variant_with_a_stream_finds_every_transaction_of_both_ways(copy: Made) -> None:
    project = copy(streaming_ingestion="kinesis-data-streams")
    every_step_is_realised(PATTERN, project)
    done = run(project, "make", "run", env={"LOCAL_AWS_PORT": "0"})
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "posted = scored + dead letters" in done.stdout
    assert re.search(r"posted +612\n.*nobody waits +300\n.* 600\n.* 12\n +missing +0\n", done.stdout), done.stdout
    done = run(project, "make", "test")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.variant("faults of the stream of fraud-detection")
@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("src/score/stream.py", "            return failed_from(record)\n        scored", "        scored"),
        ("infra/reader.yaml", "FunctionResponseTypes: [ReportBatchItemFailures]", "FunctionResponseTypes: []"),
        ("pipeline/stream.py", "left = [*failed, *rest]", "left = rest"),
        ("infra/stream-scoring.yaml", "Sid: KeepDeadLetters", "Sid: KeepNothing"),
    ],
    ids=["what is not stored is passed over", "failures not reported", "refused records dropped", "another Sid"],
)
def test_a_fault_of_the_stream_makes_its_tests_fail(copy: Made, path: str, old: str, new: str) -> None:
    project = copy(streaming_ingestion="kinesis-data-streams")
    if "Sid" in old:
        without_statement(project / path, "KeepDeadLetters")
    else:
        change(project / path, old, new)
    done = run(project, "make", "test", "ARGS=-x tests/unit/test_stream.py tests/end_to_end/test_stream.py")
    assert done.returncode != 0
    assert re.search(r"^(FAILED|ERROR) \S+", done.stdout, re.MULTILINE), done.stdout[-2000:]


@pytest.mark.variant("fraud-detection with tokens")
def test_the_variant_with_tokens_runs_and_tests_itself(copy: Made) -> None:
    project = copy(api_authorization="jwt")
    every_step_is_realised(PATTERN, project)
    done = run(project, "make", "run", env={"LOCAL_AWS_PORT": "0"})
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "posted = scored + dead letters" in done.stdout
    assert re.search(r"posted by a stranger, answered +401", done.stdout)
    done = run(project, "make", "test")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.variant("faults of the tokens of fraud-detection")
@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("infra/serving.yaml", "AuthorizationType: JWT", "AuthorizationType: NONE"),
        ("infra/serving.yaml", "Audience: [!Ref ClientId]", "Audience: [another]"),
        ("infra/serving.yaml", "      AuthorizationScopes: [aws.cognito.signin.user.admin]\n", ""),
        ("infra/serving.yaml", "Issuer: !Ref Issuer", "Issuer: https://example.org"),
        ("pipeline/signed.py", " or time.monotonic() > self._token.until", ""),
        ("pipeline/sign_in.py", "        cognito.admin_delete_user(UserPoolId=pool, Username=name)", "        pass"),
        ("local/emulator/gaps/jwt_authorizer.py", "if token and not timed(token)", "if False"),
    ],
    ids=["an open API", "for anybody", "any token", "another issuer", "an old token", "guests stay", "never expires"],
)
def test_a_fault_of_the_tokens_makes_its_tests_fail(copy: Made, path: str, old: str, new: str) -> None:
    project = copy(api_authorization="jwt")
    change(project / path, old, new)
    done = run(project, "make", "test", "ARGS=-x tests/end_to_end/test_access.py")
    assert done.returncode != 0
    assert re.search(r"^(FAILED|ERROR) \S+", done.stdout, re.MULTILINE), done.stdout[-2000:]


@pytest.mark.variant("faults of the client of fraud-detection")
@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("pipeline/ask.py", "return 1 if left else 0", "return 0"),
        ("pipeline/ask.py", "        answer = api.score(transaction)\n    if", "        pass\n    if"),
        ("notebooks/score.ipynb", "api = access.api(outputs)", "api = access.api({})"),
    ],
    ids=["all is well", "sent once", "a broken cell"],
)
def test_a_fault_of_the_client_makes_its_tests_fail(copy: Made, path: str, old: str, new: str) -> None:
    project = copy()
    change(project / path, old, new)
    done = run(project, "make", "test", "ARGS=-x tests/unit/test_ask.py tests/end_to_end/test_client.py")
    assert done.returncode != 0
    assert re.search(r"^(FAILED|ERROR) \S+", done.stdout, re.MULTILINE), done.stdout[-2000:]


@pytest.fixture(scope="module")
def few_data(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough to train from, for deployments whose models nobody judges."""
    place = tmp_path_factory.mktemp("data") / "few.csv"
    words = (
        "import sys; from pathlib import Path; from data.generate import generate, write; "
        "write(generate(10_000, seed=11), Path(sys.argv[1]))"
    )
    done = run(whole, ".venv/bin/python", "-c", words, str(place))
    assert done.returncode == 0, done.stderr
    return place


@pytest.mark.variant("fraud-detection deployed in pairs")
@pytest.mark.parametrize("chosen", PAIRS, ids=["-".join(one.values()) for one in PAIRS])
def test_any_two_options_are_deployed_together_and_answer(copy: Made, few_data: Path, chosen: dict[str, str]) -> None:
    project, python = copy(**chosen), ".venv/bin/python"
    deploy = [python, "-m", "deploy", "all", "--stage", "local", "--data", str(few_data), "--patience", "60"]
    done = run(project, python, "-m", "local", "run", "--", *deploy, env={"LOCAL_AWS_PORT": "0"})
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "both are in the lake" in done.stdout
