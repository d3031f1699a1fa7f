"""`dataarch scaffold` as a process: what it makes, what it says, and what it refuses without leaving anything."""

from __future__ import annotations

import json
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from dataarch.engine.store import open_engine

from ..conftest import ROOT, Run
from ..test_bad_input import Refuse, assert_refused, contents as everything, ended, refuse, start
from .conftest import PATTERNS, contents

__all__ = ["refuse"]  # a fixture

FRAUD = str(ROOT / "examples/fraud-detection.yaml")
OPEN = "inference-serving"


def made(run: Run, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    done = run("scaffold", "fraud-detection", *arguments, **env)
    assert done.returncode == 0, done.stderr
    return done


def record(project: Path, decision: str) -> str:
    [path] = (project / "docs/decisions").glob(f"*-{decision}.md")
    return path.read_text(encoding="utf-8")


# --- what it makes -----------------------------------------------------------------------------------------------


def test_a_project_is_named_after_its_workload_and_ends_with_what_to_type(run: Run, tmp_path: Path) -> None:
    done = made(run, "--answers", FRAUD)
    assert "cd transactional-fraud-detection\n  make run\n  make test\n" in done.stdout
    assert (tmp_path / "transactional-fraud-detection" / "Makefile").is_file()
    assert (tmp_path / "transactional-fraud-detection" / ".git").is_dir()


def test_answers_and_decisions_travel_with_the_project(run: Run, tmp_path: Path) -> None:
    made(run, "here", "--answers", FRAUD)
    kept = yaml.safe_load((tmp_path / "here/architecture.yaml").read_text(encoding="utf-8"))
    recommended = json.loads(run("recommend", "--answers", FRAUD, "--format", "json").stdout)
    assert kept["answers"] == recommended["profile"]
    assert kept["rule_base"] == recommended["rule_base"]
    for id, decision in kept["decisions"].items():
        if decision["how"] in ("decided", "not-realised"):
            advised = recommended["decisions"][id]["choice"]
            assert set(decision["choice"]) <= set(advised if isinstance(advised, list) else [advised]), id
    assert [one for one in kept["decisions"].values() if one["how"] == "decided"]


def test_the_answers_that_a_project_keeps_are_answers(run: Run, tmp_path: Path) -> None:
    made(run, "here", "--answers", FRAUD)
    kept = yaml.safe_load((tmp_path / "here/architecture.yaml").read_text(encoding="utf-8"))["answers"]
    again = run("recommend", "--answers", "-", "--format", "json", text=json.dumps(kept))
    assert again.stdout == run("recommend", "--answers", FRAUD, "--format", "json").stdout


def test_a_decision_made_from_answers_has_its_reasons_and_their_sources_in_its_record(run: Run, tmp_path: Path) -> None:
    made(run, "here", "--answers", FRAUD)
    text = record(tmp_path / "here", "data-catalog")
    assert "decided from the answers" in text or "the same in every project" in text
    assert "https://docs.aws.amazon.com/whitepapers/" in text


@pytest.mark.parametrize("option", ["sagemaker-serverless", "sagemaker-endpoint"])
def test_a_choice_by_hand_is_what_the_project_gets(run: Run, tmp_path: Path, option: str) -> None:
    made(run, "here", "--choose", f"{OPEN}={option}")
    kept = yaml.safe_load((tmp_path / "here/architecture.yaml").read_text(encoding="utf-8"))
    assert kept["decisions"][OPEN] == {"choice": [option], "how": "chosen", "realised": True}
    assert "chosen by hand" in record(tmp_path / "here", OPEN)


def test_a_dry_run_names_every_file_and_writes_none(run: Run, tmp_path: Path) -> None:
    shown = made(run, "here", "--answers", FRAUD, "--dry-run").stdout
    assert everything(tmp_path) == {}
    made(run, "here", "--answers", FRAUD)
    for name in contents(tmp_path / "here"):
        assert name.rpartition("/")[2] in shown
    assert f"{OPEN}: sagemaker-endpoint" in shown


def test_the_list_names_the_patterns_that_have_a_template_and_those_that_have_none(run: Run) -> None:
    done = run("scaffold", "--list")
    assert done.returncode == 0
    for pattern in PATTERNS:
        assert f"dataarch scaffold {pattern}\n" in done.stdout


def test_without_git_none_is_begun_and_inside_a_repository_none_either(run: Run, tmp_path: Path) -> None:
    made(run, "plain", "--no-git")
    assert not (tmp_path / "plain/.git").exists()
    said = made(run, "alone", PATH=str(Path(sys.executable).parent)).stdout
    assert "git is not there" in said
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    assert "stands inside a git repository" in made(run, "inside").stdout
    assert not (tmp_path / "inside/.git").exists()


def test_answers_that_speak_for_another_pattern_are_said_and_done(run: Run, tmp_path: Path) -> None:
    done = made(run, "here", "--set", "use_cases=predictive-maintenance", "--set", "sources=iot-devices")
    assert "The answers speak for Event-driven IoT (iot-event-driven)" in done.stdout
    assert (tmp_path / "here/architecture.yaml").is_file()


def test_an_option_that_was_decided_beside_others_and_is_not_there_is_said_everywhere(run: Run, tmp_path: Path) -> None:
    done = made(run, "here", "--answers", FRAUD)
    decided = json.loads(run("recommend", "--answers", FRAUD, "--format", "json").stdout)["decisions"]["consumption"]
    assert {"athena", "quicksight"} <= set(decided["choice"]), "the workload has changed; take another one"
    assert "the project has athena." in " ".join(done.stdout.split())
    kept = yaml.safe_load((tmp_path / "here/architecture.yaml").read_text(encoding="utf-8"))["decisions"]
    assert kept["consumption"]["lacking"] == [one for one in decided["choice"] if one != "athena"]
    text = record(tmp_path / "here", "consumption")
    assert "not in this project: `quicksight`" in text
    foreign = {one["because"] for one in decided["because"]
               if one["rule"] in _rules_for("consumption", "quicksight")}  # fmt: skip
    assert foreign
    assert not [sentence for sentence in foreign if sentence in text], "what speaks for another option is no reason"


def _rules_for(decision: str, option: str) -> set[str]:
    """The criteria of a decision that speak for one of its options."""
    rules = yaml.safe_load((ROOT / f"rules/decisions/consumption/{decision}.yaml").read_text(encoding="utf-8"))
    return {f"{decision}.{one['id']}" for one in rules["criteria"] if one.get("favours") == option}


def test_what_was_decided_and_is_no_part_of_the_project_is_said(run: Run, tmp_path: Path) -> None:
    done = made(run, "here", "--answers", FRAUD)
    assert "not part of the project yet" in done.stdout
    text = record(tmp_path / "here", "stream-processing")
    assert "Status: proposed" in text


def test_an_empty_folder_is_taken(run: Run, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    made(run, "here")
    assert (tmp_path / "here/Makefile").is_file()


def test_two_runs_with_the_same_answers_make_the_same_bytes(run: Run, tmp_path: Path) -> None:
    for place in ("one/p", "two/p"):
        made(run, place, "--answers", FRAUD)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


# --- settings and replays of the user's cookiecutter --------------------------------------------------------------


def test_the_users_own_cookiecutter_has_no_influence_and_the_home_folder_stays_as_it_is(
    run: Run, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    (home / ".cookiecutter_replay").mkdir(parents=True)
    (home / ".cookiecutterrc").write_text("default_context: {workload: Foreigner, slug: foreigner}\n")
    (home / ".cookiecutter_replay/fraud-detection.json").write_text('{"cookiecutter": {"workload": "Foreigner"}}')
    before = everything(home)
    made(run, "here", HOME=str(home), COOKIECUTTER_CONFIG=str(home / ".cookiecutterrc"))
    made(run, "plain")
    assert everything(home) == before
    assert not [name for name, data in contents(tmp_path / "here").items() if b"foreigner" in data.lower()]


# --- destinations that cannot be taken ----------------------------------------------------------------------------


def test_a_folder_that_is_not_empty_stays_as_it_is(refuse: Refuse, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here/mine.txt").write_text("mine")
    assert "here: exists and is not empty; nothing was changed." in refuse("scaffold", "fraud-detection", "here")


def test_a_file_stays_as_it_is(refuse: Refuse, tmp_path: Path) -> None:
    (tmp_path / "here").write_text("mine")
    assert "here: is a file" in refuse("scaffold", "fraud-detection", "here")
    assert "is no folder" in refuse("scaffold", "fraud-detection", "here/below")


@pytest.mark.parametrize("target", ["folder", "nowhere"])
def test_a_link_is_not_followed(refuse: Refuse, tmp_path: Path, target: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "here").symlink_to(tmp_path / target)
    assert "here: is a link to" in refuse("scaffold", "fraud-detection", "here")


def test_a_destination_that_is_too_long_gets_one_sentence(refuse: Refuse) -> None:
    assert "cannot be written: file name too long" in refuse("scaffold", "fraud-detection", "a" * 300)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a file system that takes no files")
def test_a_file_system_that_takes_nothing_gets_one_sentence(refuse: Refuse) -> None:
    assert "/proc/dataarch: cannot be written" in refuse("scaffold", "fraud-detection", "/proc/dataarch")


def test_a_disk_that_fills_up_leaves_nothing(tmp_path: Path) -> None:
    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    (tmp_path / "tmp").mkdir()
    environment = {"TMPDIR": str(tmp_path / "tmp"), "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"]}
    open_engine()  # keeps the compiled rules, which could not be kept below
    process = start(tmp_path, "scaffold", "fraud-detection", "here", env=environment, preexec_fn=small_files)
    status, out, err = ended(process)
    assert_refused(status, out, err)
    assert "cannot be written: file too large" in err
    assert everything(tmp_path) == {"tmp": b""}


@pytest.mark.parametrize("name", ["../x", "a/b", "/tmp/x", "it's", 'a"b', "two words", "ümlaut", "{{7*7}}", "{%x%}",
                                  "-x", "Con", "con", "nul", "a" * 49, "1st", "x\ty"])  # fmt: skip
def test_a_name_that_no_project_can_have_is_refused_with_one_that_can(refuse: Refuse, name: str) -> None:
    said = refuse("scaffold", "fraud-detection", f"--name={name}")
    assert "--name" in said
    assert "no name for a project" in said or "reserved" in said


def test_a_workload_of_any_text_gives_a_plain_name(run: Run, tmp_path: Path) -> None:
    made(run, "--set", "workload={{ 7 * 7 }} ../../Kärtchen'; rm -rf", "--set", "use_cases=payment-fraud")
    [project] = [path for path in tmp_path.iterdir() if path.is_dir()]
    assert project.name == "kartchen-rm-rf"
    kept = yaml.safe_load((project / "architecture.yaml").read_text(encoding="utf-8"))
    assert kept["workload"] == "{{ 7 * 7 }} ../../Kärtchen'; rm -rf"
    assert not [name for name, data in contents(project).items() if b"49 ../" in data]


def test_a_destination_that_looks_like_a_template_is_a_name_like_any_other(run: Run, tmp_path: Path) -> None:
    made(run, "{{ cookiecutter.slug }}/{% if x %}/it's")
    assert (tmp_path / "{{ cookiecutter.slug }}/{% if x %}/it's/Makefile").is_file()


# --- words that mean nothing --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("arguments", "said"), [
    ((), "scaffold needs a pattern. dataarch scaffold --list"),
    (("fraud-detecton",), "There is no pattern 'fraud-detecton'. Did you mean 'fraud-detection'?"),
    (("fraud-detection", "--choose", "inference-servng=x"),
     "there is no decision 'inference-servng'. Did you mean 'inference-serving'?"),
    (("fraud-detection", "--choose", f"{OPEN}=sagemaker-endpont"), "Did you mean 'sagemaker-endpoint'?"),
    (("fraud-detection", "--choose", f"{OPEN}=batch-transform"),
     "the fraud-detection template has sagemaker-serverless, sagemaker-endpoint for it."),
    (("fraud-detection", "--choose", "table-format=iceberg"), "does not vary this; it varies"),
    (("fraud-detection", "--choose", "lake-storage=s3"), "every fraud-detection project has lake-storage=s3."),
    (("fraud-detection", "--choose", OPEN), "is not of the form decision=option."),
    (("fraud-detection", "--choose", f"{OPEN}=sagemaker-endpoint", "--choose", f"{OPEN}=sagemaker-serverless"),
     "twice."),
    (("fraud-detection", "--answers", "nowhere.yaml"), "nowhere.yaml: cannot be read"),
])  # fmt: skip
def test_what_is_not_understood_gets_one_sentence(refuse: Refuse, arguments: tuple[str, ...], said: str) -> None:
    assert said in refuse("scaffold", *arguments)


def test_a_pattern_without_a_template_is_said(refuse: Refuse) -> None:
    without = sorted({"customer-360", "iot-event-driven", "near-real-time-engagement"} - set(PATTERNS))
    for pattern in without:
        assert f"There is no template for {pattern} yet" in refuse("scaffold", pattern)


# --- interrupted, and two at once ---------------------------------------------------------------------------------


def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    temporary, place = tmp_path / "tmp", tmp_path / "place"
    temporary.mkdir()
    place.mkdir()
    seen = 0
    for wait in (0.05, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5):
        process = start(place, "scaffold", "fraud-detection", "here", env={"TMPDIR": str(temporary)})
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[1]
        # On a busy machine Python itself may still be starting, and has a word of its own for that.
        early = b"Fatal Python error: init_" in said
        assert process.returncode in (0, 130, -signal.SIGINT) or early, said
        assert list(temporary.iterdir()) == []
        if process.returncode:
            seen += 1
            assert list(place.iterdir()) == []
        else:
            assert (place / "here/Makefile").is_file()
            break
    assert seen


def test_of_two_at_once_one_makes_it_and_the_other_says_so(tmp_path: Path) -> None:
    both = [start(tmp_path, "scaffold", "fraud-detection", "here") for _ in range(2)]
    ends = [(process.wait(timeout=120), process.communicate()[1].decode()) for process in both]
    assert sorted(status for status, _ in ends) == [0, 2]
    assert [said for status, said in ends if status] == [
        "error: here: exists and is not empty; nothing was changed. Name another folder.\n"
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["here"]
    mode = stat.S_IMODE((tmp_path / "here").stat().st_mode)
    assert mode == 0o777 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


# --- the records and the picture -----------------------------------------------------------------------------------


def test_a_project_carries_the_whole_record_of_what_was_decided(run: Run, tmp_path: Path) -> None:
    run("scaffold", "fraud-detection", "here", "--answers", str(ROOT / "examples/fraud-detection.yaml"), "--no-git")
    text = record(tmp_path / "here", "data-catalog")
    for part in ("Decision drivers", "Considered options", "Consequences", "Confirmation", "Sources"):
        assert f"# {part}\n" in text
    assert str(ROOT) not in text


def test_its_picture_shows_what_is_in_it_and_nothing_else(run: Run, tmp_path: Path) -> None:
    run("scaffold", "fraud-detection", "here", "--answers", str(ROOT / "examples/fraud-detection.yaml"), "--no-git")
    index = (tmp_path / "here/docs/decisions/README.md").read_text(encoding="utf-8")
    drawn = index.partition("```mermaid\n")[2].partition("```")[0]
    assert drawn.startswith("flowchart LR\n")
    for line in index.splitlines():
        if line.startswith("| ["):
            title = line.partition("[")[2].partition("]")[0]
            if line.endswith("| no |"):
                assert f"{title}<br>" not in drawn


@pytest.mark.parametrize(
    ("size", "readers", "shards"), [("200 B", 0, 50), ("2 kB", 0, 201), ("2 kB", 2, 335)], ids=["few", "own", "all"]
)
def test_the_shards_of_a_stream_follow_from_the_numbers_that_were_stated(
    run: Run, tmp_path: Path, size: str, readers: int, shards: int
) -> None:
    answers = {"event_rate": "50000/s", "event_size": size, "consumers_per_stream": readers}
    chosen = ("--answers", "-", "--choose", "stream-capacity=kinesis-provisioned", "--force")
    done = run("scaffold", "iot-event-driven", "here", *chosen, text=json.dumps(answers))
    assert done.returncode == 0, done.stderr
    said, project = f"**{shards} shards**", tmp_path / "here"
    root = (project / "infra" / "root.yaml").read_text(encoding="utf-8")
    assert f"\n  Shards:\n    Type: Number\n    Default: {shards}\n" in root
    assert said in record(project, "stream-capacity")
    assert said in (project / "README.md").read_text(encoding="utf-8")
    assert json.loads((project / "pipeline" / "numbers.json").read_text())["event_rate"] == 50_000
