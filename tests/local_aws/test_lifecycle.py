"""The local AWS starts, is found again and ends, leaves nothing behind and never reaches a real account."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local import LocalAws, LocalAwsError, environment, processes
from tests.local_aws.alive import children_of, gone, sleepers
from tests.local_aws.conftest import BASE, Start

pytestmark = pytest.mark.local_aws

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def variables(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(BASE), **more}


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Command]:
    """Runs `python -m local …` in a folder of its own, and stops what was started at the end."""

    def run(*words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "local", *words],
            cwd=tmp_path,
            env=variables(**more),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    yield run
    run("down")


def written(folder: Path) -> dict[str, str]:
    return dict(json.loads((folder / ".local" / "state.json").read_text()))


def wait_for(condition: Callable[[], object], patience: float = 20.0) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_two_instances_know_nothing_of_each_other(start: Start) -> None:
    one, two = start(), start()
    one.client("s3").create_bucket(Bucket="of-one")
    assert one.url != two.url
    assert [b["Name"] for b in one.client("s3").list_buckets()["Buckets"]] == ["of-one"]
    assert two.client("s3").list_buckets()["Buckets"] == []


def test_up_status_and_down(local: Command, tmp_path: Path) -> None:
    assert local("status").returncode == 1
    assert local("up").returncode == 0
    pid = int(written(tmp_path)["pid"])
    second = local("up")
    assert second.returncode == 0
    assert f"already runs at http://127.0.0.1:{written(tmp_path)['port']} (process {pid})" in second.stdout
    assert local("status").returncode == 0
    assert local("down").stdout == "The local AWS is stopped.\n"
    assert gone(pid)
    assert local("down").stdout == "The local AWS is not running.\n"


def test_a_taken_port_is_replaced_by_a_free_one(local: Command, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = local("up", LOCAL_AWS_PORT=str(port))
        assert said.returncode == 0
        assert f"Port {port} is taken by another program" in said.stdout
        assert int(written(tmp_path)["port"]) != port


def test_a_port_that_is_none_is_refused(local: Command) -> None:
    said = local("up", LOCAL_AWS_PORT="http")
    assert (said.returncode, said.stderr) == (1, "LOCAL_AWS_PORT is 'http'; it must be a number below 65536.\n")


def test_a_missing_emulator_is_one_sentence(local: Command, tmp_path: Path) -> None:
    said = local("up", LOCAL_AWS_EMULATOR_PYTHON=str(tmp_path / "none"))
    assert said.returncode == 1
    assert said.stderr.endswith("is missing); run `make setup`.\n")


def test_an_emulator_of_another_version_is_one_sentence(local: Command) -> None:
    said = local("up", LOCAL_AWS_EMULATOR_PYTHON=sys.executable)
    assert said.returncode == 1
    assert "The local AWS needs ministack 1.5.33" in said.stderr
    assert said.stderr.count("\n") == 1


def test_an_instance_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    aws = LocalAws(tmp_path)
    thread = threading.Thread(target=aws.start)
    thread.start()
    thread.join()
    try:
        time.sleep(0.5)
        assert aws.client("sts").get_caller_identity()["Account"] == "000000000000"
    finally:
        aws.stop()
    assert children_of(tmp_path) == []


def test_it_listens_on_this_machine_only(start: Start) -> None:
    aws = start()
    assert aws.running
    inodes = {str(link.readlink()) for link in Path(f"/proc/{aws.running.pid}/fd").iterdir() if link.exists()}
    table = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    heard = {line[1].split(":")[0] for line in table if line[3] == "0A" and f"socket:[{line[9]}]" in inodes}
    assert heard == {"0100007F"}


def test_a_second_instance_on_the_same_folder_is_refused(start: Start, tmp_path: Path) -> None:
    start(folder=tmp_path)
    with pytest.raises(LocalAwsError, match="already runs on"):
        start(folder=tmp_path)


def test_two_starts_at_once_make_one_instance(tmp_path: Path) -> None:
    commands = [
        subprocess.Popen(
            [sys.executable, "-m", "local", "up"],
            cwd=tmp_path,
            env=variables(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    said = [(*command.communicate(timeout=60), command.returncode) for command in commands]
    try:
        assert len(children_of(tmp_path)) == 1, said
        assert 0 in [status for *_, status in said]
        assert not any("Traceback" in error for _, error, _ in said)
    finally:
        subprocess.run([sys.executable, "-m", "local", "down"], cwd=tmp_path, env=variables(), check=True)
    assert children_of(tmp_path) == []


def test_a_recycled_process_number_is_never_killed(local: Command, tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as stranger:
        try:
            (tmp_path / ".local").mkdir()
            stale = {"pid": stranger.pid, "start": "long ago", "port": 4566}
            (tmp_path / ".local" / "state.json").write_text(json.dumps(stale))
            assert local("status").returncode == 1
            assert local("down").stdout == "The local AWS is not running.\n"
            assert stranger.poll() is None
        finally:
            stranger.kill()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}'])
def test_a_damaged_state_file_is_none(local: Command, tmp_path: Path, text: str) -> None:
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "state.json").write_text(text)
    assert local("up").returncode == 0
    assert local("down").stdout == "The local AWS is stopped.\n"


HOLD = """
import io, sys, time, zipfile
from pathlib import Path
from local import LocalAws
with LocalAws(Path.cwd()) as aws:
    glue, s3, functions = aws.client("glue"), aws.client("s3"), aws.client("lambda")
    s3.create_bucket(Bucket="jobs")
    s3.put_object(Bucket="jobs", Key="job.py", Body=b"import subprocess; subprocess.run(['sleep', '600'])")
    glue.create_job(Name="j", Role="r", Command={"Name": "pythonshell", "ScriptLocation": "s3://jobs/job.py"})
    glue.start_job_run(JobName="j")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): return 1")
    trust = ('{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", '
             '"Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}')
    role = aws.client("iam").create_role(RoleName="f", AssumeRolePolicyDocument=trust)
    functions.create_function(FunctionName="f", Runtime="python3.11", Role=role["Role"]["Arn"], Handler="app.handler",
                              Code={"ZipFile": packed.getvalue()})
    functions.invoke(FunctionName="f")
    print("ready", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("victim", ["parent", "emulator"])
def test_a_kill_leaves_nothing(tmp_path: Path, victim: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], cwd=tmp_path, env=variables(), stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        try:
            assert parent.stdout.readline() == "ready\n"
            pid = int(written(tmp_path)["pid"])
            job = tmp_path / ".local" / "work" / "jobs"
            wait_for(lambda: sleepers(job))
            everything = [*children_of(tmp_path), *sleepers(job)]
            assert len(set(everything)) >= 4, "emulator, function, job and what the job started"
            os.kill(parent.pid if victim == "parent" else pid, signal.SIGKILL)
            assert all(gone(process) for process in everything if process != parent.pid)
            assert children_of(tmp_path) == []
        finally:
            parent.kill()


def test_run_passes_on_the_exit_status_and_stops_what_it_started(local: Command, tmp_path: Path) -> None:
    script = "import boto3, sys; boto3.client('s3').create_bucket(Bucket='made-by-run'); sys.exit(7)"
    said = local("run", "--", sys.executable, "-c", script)
    assert (said.returncode, said.stderr) == (7, "")
    assert (tmp_path / ".local" / "lake" / "made-by-run").is_dir()
    assert children_of(tmp_path) == []


def test_a_second_run_is_kept_out_and_one_inside_another_is_not(local: Command, tmp_path: Path) -> None:
    inner = [sys.executable, "-m", "local", "run", "--", sys.executable, "-c", "print('inside')"]
    script = (
        f"import subprocess, time, pathlib; subprocess.run({inner!r}, check=True); pathlib.Path('ready').touch()\n"
        "while not pathlib.Path('go').exists(): time.sleep(0.05)"
    )
    first = subprocess.Popen(
        [sys.executable, "-m", "local", "run", "--", sys.executable, "-c", script],
        cwd=tmp_path, env=variables(), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        wait_for((tmp_path / "ready").exists)
        second = local("run", "--", sys.executable, "-c", "print('beside')")
        assert (second.returncode, second.stdout) == (1, "")
        assert second.stderr == "Another run is at work in this project; wait for it, or stop it.\n"
    finally:
        (tmp_path / "go").touch()
        out, _ = first.communicate(timeout=30)
    assert (first.returncode, out) == (0, "inside\n")
    assert local("run", "--", sys.executable, "-c", "print('after')").stdout == "after\n"


def test_run_uses_what_runs_and_leaves_it_running(local: Command, tmp_path: Path) -> None:
    local("up")
    pid = int(written(tmp_path)["pid"])
    said = local("run", "--", sys.executable, "-c", "import os; print(os.environ['AWS_ENDPOINT_URL'])")
    assert said.stdout == f"http://127.0.0.1:{written(tmp_path)['port']}\n"
    assert processes.started_at(pid)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "No command is named; write it after two dashes: `python -m local run -- COMMAND`.\n"),
        (["--", "no-such-program"], "no-such-program cannot be run: No such file or directory.\n"),
    ],
)
def test_run_without_a_command_that_can_run_is_one_sentence(local: Command, words: list[str], sentence: str) -> None:
    said = local("run", *words)
    assert (said.returncode, said.stderr) == (1, sentence)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_command_and_the_emulator(tmp_path: Path, number: signal.Signals) -> None:
    script = "import time; print('ready', flush=True); time.sleep(600)"
    with subprocess.Popen(
        [sys.executable, "-m", "local", "run", "--", sys.executable, "-c", script],
        cwd=tmp_path,
        env=variables(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == "ready\n"
        pid = int(written(tmp_path)["pid"])
        if number == signal.SIGINT:
            os.killpg(process.pid, number)  # as a terminal does
        else:
            process.send_signal(number)
        assert process.wait(timeout=20) == 128 + number
        assert "local/" not in process.stderr.read()
    assert gone(pid)
    assert children_of(tmp_path) == []


def test_what_was_made_is_there_after_a_restart(local: Command) -> None:
    make = "import boto3; boto3.client('glue').create_database(DatabaseInput={'Name': 'kept'})"
    look = "import boto3; print([d['Name'] for d in boto3.client('glue').get_databases()['DatabaseList']])"
    assert local("run", "--", sys.executable, "-c", make).returncode == 0
    assert local("run", "--", sys.executable, "-c", look).stdout == "['kept']\n"


def test_reset_deletes_everything_and_starts_again_what_ran(local: Command, tmp_path: Path) -> None:
    local("run", "--", sys.executable, "-c", "import boto3; boto3.client('s3').create_bucket(Bucket='to-go')")
    local("up")
    assert local("reset").returncode == 0
    assert local("status").returncode == 0
    assert not (tmp_path / ".local" / "lake" / "to-go").exists()
    names = "import boto3; print(boto3.client('s3').list_buckets()['Buckets'])"
    assert local("run", "--", sys.executable, "-c", names).stdout == "[]\n"


INHERITED = {
    "AWS_PROFILE": "prod",
    "AWS_DEFAULT_PROFILE": "prod",
    "AWS_ENDPOINT_URL_S3": "https://s3.amazonaws.com",
    "AWS_ENDPOINT_URL_GLUE": "https://glue.us-east-1.amazonaws.com",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/admin",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/token",
    "AWS_SESSION_TOKEN": "real",
    "AWS_ACCESS_KEY_ID": "AKIAREAL",
    "AWS_SECRET_ACCESS_KEY": "real",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.2/",
    "AWS_CONFIG_FILE": "/home/me/.aws/config",
    "AWS_CA_BUNDLE": "/none",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
}


def test_nothing_inherited_can_reach_a_real_account(local: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in INHERITED.items():
        monkeypatch.setenv(name, value)
    script = (
        "import boto3, os; s = boto3.Session();"
        "print({s.client(n).meta.endpoint_url for n in ('s3', 'glue', 'sts')} == {os.environ['AWS_ENDPOINT_URL']},"
        " s.get_credentials().access_key, s.get_credentials().token, s.client('sts').get_caller_identity()['Account'],"
        " sorted(n for n in os.environ if n.startswith('AWS_')))"
    )
    said = local("run", "--", sys.executable, "-c", script)
    assert said.stdout == f"True test None 000000000000 {sorted(aws_variables())}\n", said.stderr


def aws_variables() -> list[str]:
    return [name for name in environment.variables("http://127.0.0.1:1") if name.startswith("AWS_")]


def test_the_clients_of_the_object_ignore_what_is_inherited(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in INHERITED.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    aws = start()
    assert aws.client("sts").get_caller_identity()["Account"] == "000000000000"
    aws.client("s3").create_bucket(Bucket="here")
    assert (aws.lake / "here").is_dir()


def test_the_shell_lines_remove_what_is_inherited(local: Command) -> None:
    local("up")
    lines = local("env", **INHERITED).stdout
    shown = subprocess.run(
        ["sh", "-c", f"{lines}\nenv"], env={**variables(), **INHERITED}, capture_output=True, text=True, check=True
    ).stdout
    assert sorted(n for n in (line.partition("=")[0] for line in shown.splitlines()) if n.startswith("AWS_")) == sorted(
        aws_variables()
    )


def test_functions_get_nothing_of_the_developers_shell(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "secret")
    monkeypatch.setenv("S3_PERSIST", "1")
    aws: LocalAws = start()
    assert aws.running
    told = Path(f"/proc/{aws.running.pid}/environ").read_text().split("\0")
    assert [line for line in told if line.startswith(("DATABASE_PASSWORD", "S3_PERSIST"))] == []
