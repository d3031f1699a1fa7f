"""What a user can do wrong ends in one clear line per finding, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dataarch.engine.engine import Engine
from dataarch.engine.store import Compiled, keep
from dataarch.files import LIMIT

from .conftest import ROOT, Run

FRAUD = ("recommend", "--set", "use_cases=payment-fraud", "--format", "json")
UNIX = pytest.mark.skipif(os.name != "posix", reason="needs what Unix has")

Refuse = Callable[..., str]


@pytest.fixture
def refuse(run: Run, tmp_path: Path) -> Refuse:
    """Runs `dataarch`, which must refuse: what it says on standard error, all else having been looked at."""

    def refuse(*arguments: str, text: str | None = None, **env: str) -> str:
        before = contents(tmp_path)
        done = run(*arguments, text=text, **env)
        assert_refused(done.returncode, done.stdout, done.stderr)
        assert contents(tmp_path) == before
        return done.stderr

    return refuse


def assert_refused(status: int, out: str, err: str) -> None:
    assert status == 2, err
    assert out == ""
    assert err.endswith("\n")
    for line in err.removesuffix("\n").split("\n"):
        assert line.startswith("error: "), err
        assert line.isprintable()
        assert line.endswith((".", "?", ")"))


def contents(folder: Path) -> dict[str, bytes]:
    """Every name below a folder, with what the files hold."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")
    }


def start(folder: Path, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    """`dataarch` as a process whose input and output are the caller's business."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", **options.pop("env", {})}
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        [sys.executable, "-m", "dataarch", *arguments], cwd=folder, env=environment, **{**streams, **options}
    )


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    """The exit status, standard output and standard error of a process that comes to its end."""
    out, err = process.communicate(timeout=120)
    return process.returncode, (out or b"").decode(), (err or b"").decode()


# --- answers that cannot be taken --------------------------------------------------------------------------------

ANSWERS: dict[str, tuple[str, str]] = {
    "unknown key": (
        "workload: x\nvelocty: batch\n",
        "a.yaml:2: there is no key 'velocty'. Did you mean 'velocity'?",
    ),
    "unknown key that resembles none": ("qqq: 1\n", "a.yaml:1: there is no key 'qqq'."),
    "bad value": (
        "velocity: realtime\n",
        "a.yaml:1: velocity: 'realtime' is none of its values. Did you mean 'real-time'?",
    ),
    "bad value in a list": (
        "sources:\n  - clickstream\n  - iot-device\n",
        "a.yaml:1: sources: 'iot-device' is none of its values. Did you mean 'iot-devices'?",
    ),
    "bad value that resembles none": (
        "budget: 7\n",
        "a.yaml:1: budget: '7' is none of its values. Allowed: cost-first, balanced, performance-first.",
    ),
    "neither yes nor no": ("kafka_experience: some\n", "a.yaml:1: kafka_experience: 'some' is neither yes nor no."),
    "missing unit": (
        "latency: 200\n",
        "a.yaml:1: latency: '200' has no unit (written like 200 ms, 15 min or 1 d).",
    ),
    "unreadable quantity": (
        "event_size: small\n",
        "a.yaml:1: event_size: 'small' is not a size (written like 500 GB or 4 KiB).",
    ),
    "negative quantity": (
        "latency: -5 s\n",
        "a.yaml:1: latency: '-5 s' is not a duration (written like 200 ms, 15 min or 1 d).",
    ),
    "unit of another kind": (
        "latency: 5 GB\n",
        "a.yaml:1: latency: '5 GB' has the unit 'GB', which is none of a duration"
        " (written like 200 ms, 15 min or 1 d).",
    ),
    "finer than its unit": ("latency: 0.1 ns\n", "a.yaml:1: latency: '0.1 ns' is finer than a duration is kept in."),
    "half a consumer": ("consumers_per_stream: 1.5\n", "a.yaml:1: consumers_per_stream: '1.5' is not whole."),
    "none beside another value": (
        "prediction: [none, vision]\n",
        "a.yaml:1: prediction: none was given beside vision; none excludes every other value.",
    ),
    "a list where one value belongs": (
        "velocity: [batch]\n",
        "a.yaml:1: velocity: a list was given, but it takes one value.",
    ),
    "empty file": ("", "a.yaml: is empty. An answer is a line such as velocity: real-time."),
    "only comments": ("# one\n# two\n", "a.yaml: is empty. An answer is a line such as velocity: real-time."),
    "a key twice": (
        "velocity: batch\nworkload: x\nvelocity: batch\n",
        "a.yaml:3: has the key 'velocity' a second time (first in line 1).",
    ),
    "a list at the top": ("- velocity\n", "a.yaml:1: holds no answers; they are a mapping of keys to values."),
    "a text at the top": ("velocity\n", "a.yaml:1: holds no answers; they are a mapping of keys to values."),
    "a mapping as a value": (
        "workload: x\nvelocity:\n  fast: yes\n",
        "a.yaml:2: 'velocity': a value is a text, a number or a list of them.",
    ),
    "a list in a list": ("sources: [[a]]\n", "a.yaml:1: 'sources': a value is a text, a number or a list of them."),
    "a list as a key": ("? [a]\n: b\n", "a.yaml:1: has a list or a mapping where a key belongs."),
    "an alias bomb": (
        "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n",
        "a.yaml:1: uses a YAML anchor or alias, which is not accepted here.",
    ),
    "a second document": (
        "velocity: batch\n---\nvelocity: batch\n",
        "a.yaml:2: holds a second YAML document; one is read.",
    ),
    "100,000 lists in lists": ("velocity: " + "[" * 100_000, "a.yaml:1: is nested more than 50 levels deep."),
    "100,000 mappings in mappings": ('{"a": ' * 100_000, "a.yaml:1: is nested more than 50 levels deep."),
    "a NUL": ("workload: x\nregion: a\0b\n", "a.yaml:2: holds a character that YAML does not allow."),
    "a raw control character": ("workload: a\x1b[31mb\n", "a.yaml:1: holds a character that YAML does not allow."),
    "an escaped control character": (
        'workload: "a\\x1b[31mb"\n',
        "a.yaml:1: workload: 'a\\x1b[31mb' holds a character that cannot be printed.",
    ),
    "text that runs the other way": (
        "workload: a\u202eb\n",
        "a.yaml:1: workload: 'a\\u202eb' holds a character that cannot be printed.",
    ),
    "a control character in a key": ('"a\\x1b[31m": b\n', "a.yaml:1: there is no key 'a\\x1b[31m'."),
    "a line break in a key": (
        '"a\\nb": {c: d}\n',
        "a.yaml:1: 'a\\nb': a value is a text, a number or a list of them.",
    ),
    "a text that is too long": (
        f"workload: {'x' * 501}\n",
        "a.yaml:1: workload: the text is longer than 500 characters.",
    ),
}


@pytest.mark.parametrize(("text", "said"), ANSWERS.values(), ids=ANSWERS.keys())
def test_answers_in_yaml_that_cannot_be_taken(refuse: Refuse, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.yaml").write_bytes(text.encode())
    assert refuse("recommend", "--answers", "a.yaml", "--format", "json") == f"error: {said}\n"


JSON: dict[str, tuple[str, str]] = {
    "unknown key": (
        '{"workload": "x",\n "velocty": 1}',
        "a.json:2: there is no key 'velocty'. Did you mean 'velocity'?",
    ),
    "unknown key spelt with escapes": (
        '{"workload": "x",\n "veloct\\u0079": 1}',
        "a.json: there is no key 'velocty'. Did you mean 'velocity'?",
    ),
    "a value that is also a key": (
        '{"workload": "velocity",\n "velocity": 1}',
        "a.json:2: velocity: '1' is none of its values. Allowed: real-time, near-real-time, micro-batch, batch.",
    ),
    "missing unit": (
        '{"latency": 200}',
        "a.json:1: latency: '200' has no unit (written like 200 ms, 15 min or 1 d).",
    ),
    "a key twice": ('{"velocity": "batch",\n"velocity": "batch"}', "a.json:2: has the key 'velocity' a second time."),
    "two keys twice": (
        '{"velocity": "batch",\n"budget": "balanced",\n"velocity": "batch",\n"budget": "balanced"}',
        "a.json:3: has the key 'velocity' a second time.\nerror: a.json:4: has the key 'budget' a second time.",
    ),
    "an object as a value": (
        '{"velocity": {"fast": true}}',
        "a.json:1: 'velocity': a value is a text, a number or a list of them.",
    ),
    "a list at the top": ("[1]", "a.json:1: holds no answers; they are a mapping of keys to values."),
    "no JSON": ('{"velocity": "batch"', "a.json:1: is not valid JSON: Expecting ',' delimiter."),
    "more than JSON": ('{"velocity": "batch"}\nx', "a.json:2: is not valid JSON: Extra data."),
    "100,000 lists in lists": (
        '{"velocity":\n' + "[" * 100_000 + "]" * 100_000 + "}",
        "a.json:2: is nested more than 50 levels deep.",
    ),
    "100,000 lists at the top": ("[" * 100_000, "a.json:1: is nested more than 50 levels deep."),
    "a lone surrogate": (
        '{"workload": "\\ud800"}',
        "a.json:1: workload: '\\ud800' holds a character that cannot be printed.",
    ),
    "a lone surrogate as a key": ('{"\\ud800": "x"}', "a.json: there is no key '\\ud800'."),
    "an escaped NUL": (
        '{"workload": "a\\u0000b"}',
        "a.json:1: workload: 'a\\x00b' holds a character that cannot be printed.",
    ),
    "a raw NUL": ('{"workload": "a\0b"}', "a.json:1: is not valid JSON: Invalid control character at."),
    "a huge integer": (
        '{"workload": "x",\n"device_count": ' + "9" * 5000 + "}",
        f"a.json:2: device_count: '{'9' * 59}…' is not a whole number (written like 3 or 20,000).",
    ),
    "a huge power": (
        '{"device_count": 1e999999999}',
        "a.json:1: device_count: '1e999999999' is not a whole number (written like 3 or 20,000).",
    ),
    "a number that is none": ('{"device_count": NaN}', "a.json:1: 'device_count': JSON has no NaN and no Infinity."),
    "a text that is no number": ('{"workload": NaN}', "a.json:1: 'workload': JSON has no NaN and no Infinity."),
    "infinitely many sources": ('{"sources": [Infinity]}', "a.json:1: 'sources': JSON has no NaN and no Infinity."),
}


@pytest.mark.parametrize(("text", "said"), JSON.values(), ids=JSON.keys())
def test_answers_in_json_that_cannot_be_taken(refuse: Refuse, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.json").write_bytes(text.encode())
    assert refuse("recommend", "--answers", "a.json", "--format", "json") == f"error: {said}\n"


@pytest.mark.parametrize("text", ["velocity: [batch\n", "a: b: c\n", "\tvelocity: batch\n", "%YAML 3.0\n---\na: b\n"])
def test_invalid_yaml_is_refused_with_its_line(refuse: Refuse, tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    said = refuse("recommend", "--answers", "a.yaml")
    assert said.startswith("error: a.yaml:")
    assert ": is not valid YAML: " in said


@pytest.mark.parametrize("form", ["workload: {}", "{}"], ids=["as a value", "as the whole"])
def test_a_yaml_tag_executes_nothing(refuse: Refuse, tmp_path: Path, form: str) -> None:
    (tmp_path / "a.yaml").write_text(form.format("!!python/object/apply:os.system [touch pwned]\n"), encoding="utf-8")
    assert "a.yaml:1: uses the YAML tag" in refuse("recommend", "--answers", "a.yaml")
    assert not (tmp_path / "pwned").exists()


def test_every_finding_has_a_line_of_its_own(refuse: Refuse, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("velocty: batch\nlatency: 200\nbudget: cost-first\n", encoding="utf-8")
    first, second, third = refuse("recommend", "--answers", "a.yaml", "--set", "budget=cheap").splitlines()
    assert first.startswith("error: a.yaml:1: ")
    assert second.startswith("error: a.yaml:2: ")
    assert third.startswith("error: --set budget: ")


def test_of_very_many_findings_the_first_are_shown_and_the_others_counted(refuse: Refuse, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("".join(f"k{n}: 1\n" for n in range(50_000)), encoding="utf-8")
    lines = refuse("recommend", "--answers", "a.yaml").splitlines()
    assert lines[0] == "error: a.yaml:1: there is no key 'k0'."
    assert lines[19] == "error: a.yaml:20: there is no key 'k19'."
    assert lines[20:] == ["error: and 49,980 more."]


def test_of_very_many_doubled_keys_the_first_are_shown(refuse: Refuse, tmp_path: Path) -> None:
    keys = ", ".join(f'"k{n}": 1, "k{n}": 1' for n in range(25_000))
    (tmp_path / "a.json").write_text(f"{{{keys}}}", encoding="utf-8")
    lines = refuse("recommend", "--answers", "a.json").splitlines()
    assert lines[0] == "error: a.json:1: has the key 'k0' a second time."
    assert len(lines) == 21
    assert lines[-1].endswith(" more.")


def test_answers_that_exclude_each_other_are_named_with_both_places(refuse: Refuse, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("velocity: batch\ninference: [real-time]\nprediction: [none]\n", encoding="utf-8")
    said = refuse("recommend", "--answers", "a.yaml")
    assert said.startswith("error: a.yaml:2: ")
    assert said.endswith(" (inference: a.yaml:2; prediction: a.yaml:3)\n")
    said = refuse("recommend", "--answers", "a.yaml", "--set", "inference=real-time")
    assert said.endswith(" (inference: --set inference; prediction: a.yaml:3)\n")


# --- the file of answers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["file", "standard input"])
def test_a_file_that_is_too_large_is_refused_by_its_size_and_not_parsed(
    refuse: Refuse, tmp_path: Path, way: str
) -> None:
    text = "[{" * (LIMIT // 2) + "["
    if way == "file":
        (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
        said = refuse("recommend", "--answers", "a.yaml")
        assert said == "error: a.yaml: is larger than 1 MB; answers fit in far less.\n"
    else:
        said = refuse("recommend", "--answers", "-", text=text)
        assert said == "error: standard input: is larger than 1 MB; answers fit in far less.\n"


def test_a_file_of_exactly_the_limit_is_read(run: Run, tmp_path: Path) -> None:
    text = "use_cases: [payment-fraud]\n"
    (tmp_path / "a.yaml").write_text(text + "#" * (LIMIT - len(text)), encoding="utf-8")
    done = run("recommend", "--answers", "a.yaml", "--format", "json")
    assert (done.returncode, done.stdout) == (0, run(*FRAUD).stdout)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"velocity: batch\nworkload: caf\xe9\n", "a.yaml:2: is not UTF-8 text (byte 30)."),
        ("velocity: batch\n".encode("utf-16"), "a.yaml:1: is not UTF-8 text (byte 1)."),
        (b"workload: \xed\xa0\x80\n", "a.yaml:1: is not UTF-8 text (byte 11)."),
    ],
    ids=["Latin-1", "UTF-16", "a surrogate"],
)
def test_bytes_that_are_not_utf_8(refuse: Refuse, tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "a.yaml").write_bytes(data)
    assert refuse("recommend", "--answers", "a.yaml") == f"error: {said}\n"


@pytest.mark.parametrize("text", ["use_cases: [payment-fraud]\n", '{"use_cases": ["payment-fraud"]}'])
def test_a_byte_order_mark_is_fine(run: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / "answers").write_bytes(b"\xef\xbb\xbf" + text.encode())
    done = run("recommend", "--answers", "answers", "--format", "json")
    assert (done.returncode, done.stdout) == (0, run(*FRAUD).stdout)


def test_a_folder_is_no_file(refuse: Refuse, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    said = refuse("recommend", "--answers", "folder")
    assert said == "error: folder: is a folder; answers are read from a file.\n"


@UNIX
def test_a_pipe_that_nobody_writes_to_does_not_hang(refuse: Refuse, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refuse("recommend", "--answers", "pipe") == "error: pipe: is no regular file; pipe answers in with -.\n"


@UNIX
def test_a_file_without_end_is_not_read(refuse: Refuse) -> None:
    said = refuse("recommend", "--answers", "/dev/zero")
    assert said == "error: /dev/zero: is no regular file; pipe answers in with -.\n"


@pytest.mark.parametrize("path", ["missing.yaml", "file/answers.yaml", "x" * 5000, "a\x1b[31m\nb", "\udcff"])
def test_a_file_that_cannot_be_read(refuse: Refuse, tmp_path: Path, path: str) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    assert ": cannot be read: " in refuse("recommend", "--answers", path)


@UNIX
def test_answers_from_a_terminal_are_not_waited_for(tmp_path: Path) -> None:
    import pty

    controller, terminal = pty.openpty()
    try:
        status, out, err = ended(start(tmp_path, "recommend", "--answers", "-", stdin=terminal))
    finally:
        os.close(controller)
        os.close(terminal)
    assert_refused(status, out, err)
    assert err == "error: - reads answers from standard input, and nothing is piped in.\n"


@UNIX
def test_a_closed_standard_input_holds_no_answers(tmp_path: Path) -> None:
    status, out, err = ended(start(tmp_path, "recommend", "--answers", "-", preexec_fn=lambda: os.close(0)))
    assert_refused(status, out, err)
    assert err == "error: - reads answers from standard input, and nothing is piped in.\n"


def test_an_empty_standard_input_holds_no_answers(refuse: Refuse) -> None:
    said = refuse("recommend", "--answers", "-", text="")
    assert said == "error: standard input: is empty. An answer is a line such as velocity: real-time.\n"


def test_answers_that_are_piped_in_are_taken(run: Run) -> None:
    done = run("recommend", "--answers", "-", "--format", "json", text="use_cases: [payment-fraud]\n")
    assert (done.returncode, done.stdout) == (0, run(*FRAUD).stdout)


# --- the command line --------------------------------------------------------------------------------------------

WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "--set without =": (("recommend", "--set", "velocity"), "--set 'velocity' is not of the form key=value."),
    "--set without a key": (("recommend", "--set", "=x"), "--set '=x' is not of the form key=value."),
    "--set of an unknown key": (
        ("recommend", "--set", "velocty=batch"),
        "--set velocty: there is no key 'velocty'. Did you mean 'velocity'?",
    ),
    "--set of a bad value": (
        ("recommend", "--set", "velocity=realtime"),
        "--set velocity: 'realtime' is none of its values. Did you mean 'real-time'?",
    ),
    "--set of bytes that are no text": (
        ("recommend", "--set", "workload=\udcff\udcfe"),
        "--set workload: '\\udcff\\udcfe' holds a character that cannot be printed.",
    ),
    "--set of a key that is no text": (
        ("recommend", "--set", "\udcff\x1b\nb=1"),
        "--set \\udcff\\x1b\\nb: there is no key '\\udcff\\x1b\\nb'.",
    ),
    "--as-of no day": (
        (*FRAUD, "--as-of", "soon"),
        "--as-of 'soon' is no day; one is written like REVIEWED.",
    ),
    "--as-of a day that never was": (
        (*FRAUD, "--as-of", "2024-02-30"),
        "--as-of '2024-02-30' is no day; one is written like REVIEWED.",
    ),
    "--as-of a day in another form": (
        (*FRAUD, "--as-of", "20240101"),
        "--as-of '20240101' is no day; one is written like REVIEWED.",
    ),
    "--as-of a day and more": (
        (*FRAUD, "--as-of", "2024-01-01\x1b[31m"),
        "--as-of '2024-01-01\\x1b[31m' is no day; one is written like REVIEWED.",
    ),
    "--as-of before the whitepaper": (
        (*FRAUD, "--as-of", "2022-08-02"),
        "--as-of 2022-08-02 is outside what the rule base speaks of: 2022-08-03 to REVIEWED.",
    ),
    "--as-of after the review": (
        (*FRAUD, "--as-of", "9999-12-31"),
        "--as-of 9999-12-31 is outside what the rule base speaks of: 2022-08-03 to REVIEWED.",
    ),
    "the whitepaper on another day": (
        (*FRAUD, "--basis", "whitepaper", "--as-of", "2024-01-01"),
        "--basis whitepaper stands on the whitepaper's own day, 2022-08-03; leave --as-of away.",
    ),
    "explain what is unknown": (
        ("explain", "kinesis-data-stream"),
        "There is no decision, option, pattern, service, reference or question 'kinesis-data-stream'."
        " Did you mean 'kinesis-data-streams'?",
    ),
    "explain a service with a typo": (
        ("explain", "pinpont"),
        "There is no decision, option, pattern, service, reference or question 'pinpont'. Did you mean 'pinpoint'?",
    ),
    "explain an answer key with a typo": (
        ("explain", "event-sise"),
        "There is no decision, option, pattern, service, reference or question 'event-sise'."
        " Did you mean 'event_size'?",
    ),
    "explain what is no text": (
        ("explain", "\udcff\x1b"),
        "There is no decision, option, pattern, service, reference or question '\\udcff\\x1b'.",
    ),
    "explain an option beside a service": (
        ("explain", "msk", "qldb"),
        "qldb is a service; only two options of one decision can be compared.",
    ),
    "explain three": (("explain", "msk", "glue", "emr"), "explain takes one name, or two options to compare."),
    "explain what nobody compares": (
        ("explain", "msk", "glue"),
        "msk and glue are options of no common decision; explain them one by one.",
    ),
}


@pytest.mark.parametrize(("arguments", "said"), WRONG.values(), ids=WRONG.keys())
def test_a_command_that_cannot_be_followed(
    refuse: Refuse, engine: Engine, arguments: tuple[str, ...], said: str
) -> None:
    assert refuse(*arguments) == f"error: {said.replace('REVIEWED', engine.base.reviewed)}\n"


def test_without_answers_it_says_how_to_give_some(run: Run, tmp_path: Path) -> None:
    done = run("recommend")
    assert (done.returncode, done.stdout) == (2, "")
    assert "  --set use_cases=" in done.stderr
    assert done.stderr.endswith(
        "error: No answers were given, and nothing can be asked without a terminal."
        " Give some with --answers FILE or --set KEY=VALUE.\n"
    )
    assert contents(tmp_path) == {}


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((*FRAUD[:-1], "xml"), ["--format", "'xml'", "'terminal', 'json', 'markdown'"]),
        ((*FRAUD, "--basis", "mine"), ["--basis", "'mine'", "'all', 'whitepaper'"]),
        (("recommend", "--anwsers", "x"), ["--anwsers", "--answers"]),
        (("recommend", "--answers"), ["--answers"]),
        (("recommend", "x"), ["x"]),
        (("recomend",), ["'recomend'", "'recommend'"]),
        (("rules", "chekc"), ["'chekc'", "'check'"]),
    ],
    ids=" ".join,
)
def test_an_option_or_command_that_is_not_there(refuse: Refuse, arguments: tuple[str, ...], named: list[str]) -> None:
    said = refuse(*arguments)
    for word in named:
        assert word in said
    assert said.count("\n") == 1
    assert said.endswith("--help shows what there is.\n")


def test_an_empty_set_makes_an_answer_unknown_again(run: Run) -> None:
    done = run(*FRAUD, "--set", "velocity=batch", "--set", "velocity=")
    assert (done.returncode, done.stderr, done.stdout) == (0, "", run(*FRAUD).stdout)


def test_json_and_yaml_of_the_same_content_give_the_same_bytes(run: Run, tmp_path: Path) -> None:
    answers = {
        "workload": "Zahlungen é 🚀",
        "use_cases": ["payment-fraud", "fake-accounts"],
        "kafka_experience": True,
        "open_source_required": False,
        "device_count": 20000,
        "latency": "150 ms",
        "velocity": "real-time",
        "budget": None,
        "sources": [],
    }
    (tmp_path / "a.json").write_text(json.dumps(answers), encoding="utf-8")
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in answers.items()]
    (tmp_path / "a.yaml").write_text("".join(lines), encoding="utf-8")
    (tmp_path / "b.yaml").write_text(json.dumps(answers, indent=1), encoding="utf-8")
    one, *others = [run("recommend", "--answers", f, "--format", "json") for f in ("a.json", "a.yaml", "b.yaml")]
    assert one.returncode == 0
    assert [other.stdout for other in others] == [one.stdout] * 2
    assert json.loads(one.stdout)["profile"]["kafka_experience"] is True


@pytest.mark.parametrize("value", ["true", "5", "1e3", '"null"'])
def test_a_bare_word_or_number_as_a_text_is_the_same_in_json_and_yaml(run: Run, tmp_path: Path, value: str) -> None:
    (tmp_path / "a.json").write_text(f'{{"workload": {value}}}', encoding="utf-8")
    (tmp_path / "a.yaml").write_text(f"workload: {value}\n", encoding="utf-8")
    one, other = (run("recommend", "--answers", file, "--format", "json") for file in ("a.json", "a.yaml"))
    assert json.loads(one.stdout)["profile"] == {"workload": value.strip('"')}
    assert one.stdout == other.stdout


# --- where the result goes ---------------------------------------------------------------------------------------

TARGET = pytest.mark.parametrize("option", ["--output", "--save"])


@TARGET
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("folder", "is a folder; name a file in it."),
        ("new/", "is a folder; name a file in it."),
        ("missing/x", "cannot be written: no such file or directory."),
        ("file/x", "cannot be written: not a directory."),
        ("file", "exists already and was kept. Add --force to replace it."),
        ("x" * 256, "cannot be written: file name too long."),
        ("missing\x1b\n/x", "cannot be written: no such file or directory."),
    ],
    ids=["folder", "a folder to be", "missing folder", "file as folder", "existing file", "long name", "hostile name"],
)
@UNIX
def test_a_place_that_cannot_be_written_to(refuse: Refuse, tmp_path: Path, option: str, path: str, said: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("old", encoding="utf-8")
    shown = path.replace("\x1b\n", "\\x1b\\n")
    assert refuse(*FRAUD, option, path) == f"error: {shown}: {said}\n"


@TARGET
@pytest.mark.parametrize("path", ["/dev/full", "/proc/dataarch"])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs what Linux has")
def test_a_device_that_takes_nothing(refuse: Refuse, option: str, path: str) -> None:
    assert refuse(*FRAUD, option, path).startswith(f"error: {path}: cannot be written: ")


@TARGET
def test_an_existing_file_with_the_same_content_is_no_conflict_and_force_replaces_another(
    run: Run, tmp_path: Path, option: str
) -> None:
    first = run(*FRAUD, option, "file")
    assert (first.returncode, first.stderr.count("\n")) == (0, 1)
    written = (tmp_path / "file").read_bytes()
    assert run(*FRAUD, option, "file").returncode == 0
    (tmp_path / "file").write_text("old", encoding="utf-8")
    assert run(*FRAUD, option, "file").returncode == 2
    assert (tmp_path / "file").read_bytes() == b"old"
    assert run(*FRAUD, option, "file", "--force").returncode == 0
    assert contents(tmp_path) == {"file": written}


@UNIX
@TARGET
@pytest.mark.parametrize("force", [[], ["--force"]], ids=["a new file", "an existing file"])
def test_a_disk_that_is_too_small_keeps_the_old_file_and_leaves_no_part_of_a_new_one(
    tmp_path: Path, option: str, force: list[str]
) -> None:
    import resource

    if force:
        (tmp_path / "file").write_text("old", encoding="utf-8")
    before = contents(tmp_path)
    process = start(
        tmp_path, *FRAUD, option, "file", *force,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10)),
    )  # fmt: skip
    assert_refused(*ended(process))
    assert contents(tmp_path) == before


def test_saving_and_writing_to_one_file_is_refused_before_either(refuse: Refuse) -> None:
    said = refuse(*FRAUD, "--save", "file", "--output", "./file")
    assert said == "error: --save and --output name the same file.\n"


@UNIX
def test_a_reader_that_has_gone_is_no_error_of_ours(tmp_path: Path) -> None:
    for arguments in (FRAUD, FRAUD[:3], ("explain",)):
        reading, writing = os.pipe()
        os.close(reading)
        status, _, err = ended(start(tmp_path, *arguments, stdout=writing))
        os.close(writing)
        assert (status, err) == (141, ""), arguments


@UNIX
def test_head_takes_one_line(tmp_path: Path) -> None:
    line = f'"{sys.executable}" -m dataarch recommend --set use_cases=payment-fraud --format json | head -1'
    done = subprocess.run(
        line, shell=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"{\n", b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs what Linux has")
@pytest.mark.parametrize("arguments", [FRAUD, FRAUD[:3], ("explain",)], ids=["document", "screen", "explain"])
def test_a_full_standard_output_is_said(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        status, _, err = ended(start(tmp_path, *arguments, stdout=full))
    assert_refused(status, "", err)
    assert err == "error: Standard output cannot be written: no space left on device.\n"


@UNIX
def test_a_closed_standard_error_puts_no_message_into_the_result(tmp_path: Path) -> None:
    process = start(tmp_path, "recommend", "--set", "velocity=batch", "--format", "json",
                    preexec_fn=lambda: os.close(2), stderr=None)  # fmt: skip
    status, out, _ = ended(process)
    assert status == 3
    json.loads(out)


@UNIX
def test_a_closed_standard_output_ends_without_a_traceback(tmp_path: Path) -> None:
    for arguments in (FRAUD, FRAUD[:3], ("explain",)):
        process = start(tmp_path, *arguments, preexec_fn=lambda: os.close(1), stdout=None)
        assert ended(process)[::2] == (0, "")


# --- interruption ------------------------------------------------------------------------------------------------


def interruptible() -> None:
    """A process that a shell starts in the background would be deaf to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupted(process: subprocess.Popen[bytes]) -> None:
    """Presses Ctrl-C, again where Python noted it just before it began to wait."""
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(0.2)
        except subprocess.TimeoutExpired:
            continue


@UNIX
def test_ctrl_c_while_answers_are_awaited(tmp_path: Path) -> None:
    process = start(tmp_path, "recommend", "--answers", "-", "--save", "a", "--output", "b", "--format", "json",
                    stdin=subprocess.PIPE, preexec_fn=interruptible)  # fmt: skip
    assert process.stdin
    process.stdin.write(b"#\n" * 150_000)  # more than a pipe holds: when this is done, the program is reading
    process.stdin.flush()
    interrupted(process)
    assert ended(process) == (130, "", "Interrupted.\n")
    assert contents(tmp_path) == {}


@UNIX
def test_ctrl_c_while_the_rules_are_compiled(tmp_path: Path) -> None:
    process = start(tmp_path, "recommend", "--answers", "-", "--as-of", "2024-01-01", "--save", "a", "--output", "b",
                    stdin=subprocess.PIPE, preexec_fn=interruptible)  # fmt: skip
    assert process.stdin
    process.stdin.write(b"#\n" * 150_000)
    process.stdin.close()  # from here on it evaluates, which on a day of the past takes a while
    process.stdin = None
    interrupted(process)
    assert ended(process) == (130, "", "Interrupted.\n")
    assert contents(tmp_path) == {}


def test_what_is_kept_of_the_rules_is_kept_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        keep(Compiled(b"{}", b"{}", b""), str(tmp_path), "rules.json")
    assert contents(tmp_path) == {}


# --- surroundings ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["json", "markdown"])
@pytest.mark.parametrize(
    "env",
    [{"LANG": "C", "LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "utf-16"}],
    ids=["LANG=C", "ASCII", "UTF-16"],
)
def test_a_document_is_the_same_whatever_the_terminal_can_show(
    run: Run, tmp_path: Path, format: str, env: dict[str, str]
) -> None:
    (tmp_path / "a.yaml").write_text("workload: Zahlungen é 🚀\nuse_cases: [payment-fraud]\n", encoding="utf-8")
    arguments = ("recommend", "--answers", "a.yaml", "--format", format)
    expected = run(*arguments, PYTHONIOENCODING="utf-8")
    assert "é 🚀" in expected.stdout
    done = run(*arguments, **env)
    assert (done.returncode, done.stdout) == (0, expected.stdout)


@pytest.mark.parametrize("env", [{"LANG": "C", "LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}], ids=["LANG=C", "ASCII"])
def test_a_screen_is_shown_whatever_the_terminal_can_show(run: Run, env: dict[str, str]) -> None:
    done = run(*FRAUD[:3], "--set", "workload=Zahlungen é", **env)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Zahlungen" in done.stdout


@pytest.mark.parametrize(
    "env",
    [
        {"XDG_CACHE_HOME": "", "HOME": "{folder}/file"},
        {"XDG_CACHE_HOME": "{folder}/file/cache"},
        {"XDG_CACHE_HOME": "relative"},
    ],
    ids=["home is a file", "cache is below a file", "cache is relative"],
)
def test_a_hostile_home_changes_no_byte_and_gets_no_file(run: Run, tmp_path: Path, env: dict[str, str]) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    done = run(*FRAUD, **{name: value.format(folder=tmp_path) for name, value in env.items()})
    assert (done.returncode, done.stderr, done.stdout) == (0, "", run(*FRAUD).stdout)
    assert contents(tmp_path) == {"file": b"x"}


def test_answers_with_any_printable_character_survive_being_saved(run: Run, tmp_path: Path) -> None:
    first = run(*FRAUD, "--set", "workload=\"é\" 🚀 # 'x': \\ &*!", "--save", "a.yaml")
    again = run("recommend", "--answers", "a.yaml", "--format", "json")
    assert (again.returncode, again.stderr, again.stdout) == (0, "", first.stdout)
