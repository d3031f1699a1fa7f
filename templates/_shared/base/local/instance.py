"""One running local AWS: started, found again, stopped."""

import contextlib
import functools
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from local import environment, ports, processes, state
from local.errors import LocalAwsError

PROJECT = Path(__file__).resolve().parent.parent

_PATIENCE = 60.0  # seconds until an emulator answers; under one on a quiet machine
_GRACE = 10.0  # seconds for an emulator to write down what it knows


class LocalAws:
    """A local AWS that lives as long as a `with` block, and no longer than this process.

    with LocalAws(Path.cwd()) as aws:
        aws.client("s3").create_bucket(Bucket="lake")
    """

    def __init__(self, folder: Path, without: Sequence[str] = (), port: int | None = None) -> None:
        """Args:
        folder: where `.local` is made, in a project its root.
        without: gaps of the emulator that are left open (`local/emulator/gaps`); for the tests of the gaps.
        port: the port to try first; the usual one is taken from `LOCAL_AWS_PORT`, else 4566.
        """
        self.folders = state.Folders.of(folder)
        self.without = tuple(without)
        self.port = port if port is not None else _usual_port()
        self.running: state.Running | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._clients: dict[str, Any] = {}

    def __enter__(self) -> "LocalAws":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address of every AWS service."""
        if self.running is None:
            raise LocalAwsError("The local AWS is not running; start it with `python -m local up`.")
        return self.running.url

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that send AWS clients here."""
        return environment.variables(self.url)

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment of a process that works here: this one's, without anything of a real account."""
        return environment.complete(self.url)

    @property
    def lake(self) -> Path:
        """The folder with a folder of plain files for each bucket."""
        return self.folders.lake

    def client(self, service: str) -> Any:
        """Returns the boto3 client of a service; what this process inherited of a real account has no influence."""
        if service not in self._clients:
            self._clients[service] = _client(service, self.url)
        return self._clients[service]

    def start(self, *, detached: bool = False) -> None:
        """Starts the emulator and waits until it answers.

        Args:
            detached: lets it outlive this process, until `python -m local down`.

        Raises:
            LocalAwsError: one already runs on the folder, or it did not start.
        """
        found = state.read(self.folders)
        if found:
            raise LocalAwsError(
                f"A local AWS already runs on {self.folders.root} ({found.url}, process {found.pid}); "
                "use it through `python -m local run`, or stop it with `python -m local down`."
            )
        self.folders.work.mkdir(parents=True, exist_ok=True)
        self.folders.lake.mkdir(parents=True, exist_ok=True)
        by_thread = not detached and threading.current_thread() is threading.main_thread()
        command = [emulator_python(), "-m", "local.emulator"]
        with self.folders.starting_log(os.getpid()).open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=PROJECT,
                env=self._emulator_environment("none" if detached else "thread" if by_thread else "pipe"),
                stdin=subprocess.DEVNULL if detached else subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self.running = self._wait(self._process)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stops the emulator and everything that it started; harmless when it has already ended."""
        process, self._process, self.running = self._process, None, None
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        if process is None:
            return
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_GRACE)
        processes.stop_group(process.pid)
        if process.stdin:
            process.stdin.close()
        process.wait()
        state.forget(self.folders, process.pid)

    def _emulator_environment(self, lifeline: str) -> dict[str, str]:
        own = {
            "LOCAL_AWS_FOLDER": str(self.folders.root),
            "LOCAL_AWS_LIFELINE": lifeline,
            "LOCAL_AWS_PORT": str(self.port),
            "LOCAL_AWS_STARTER": str(os.getpid()),
            "LOCAL_AWS_PYTHON": os.environ.get("LOCAL_AWS_PYTHON", sys.executable),
            "LOCAL_AWS_WITHOUT": ",".join(self.without),
        }
        return {**environment.plain(f"http://127.0.0.1:{self.port}"), **own}

    def _wait(self, process: "subprocess.Popen[bytes]") -> state.Running:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline and process.poll() is None:
            running = state.read(self.folders)
            if running and running.pid == process.pid and _answers(running.url):
                return running
            time.sleep(0.02)
        raise LocalAwsError(self._last_words() or f"The local AWS did not start; see {self.folders.log}.")

    def _last_words(self) -> str:
        """Returns the last line of an emulator that ended at once."""
        log = self.folders.starting_log(os.getpid())
        with contextlib.suppress(FileNotFoundError):
            lines = log.read_text(errors="replace").strip().splitlines()
            log.unlink()
            return lines[-1] if lines else ""
        return ""


def _client(service: str, url: str) -> Any:
    """Returns a boto3 client that looks at no environment variable and no file of the user."""
    variables = environment.variables(url)
    return _session().client(
        service,
        region_name=variables["AWS_REGION"],
        endpoint_url=url,
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
    )


@functools.cache
def _session() -> Any:
    import boto3
    import botocore.session

    nothing = (None, None, None, None)
    file = (None, None, os.devnull, None)
    taken = {"profile": nothing, "config_file": file, "credentials_file": file, "ca_bundle": nothing}
    return boto3.Session(botocore_session=botocore.session.Session(session_vars=taken))


def emulator_python() -> str:
    """Returns the Python of the emulator's own environment.

    Raises:
        LocalAwsError: the environment has not been made.
    """
    named = os.environ.get("LOCAL_AWS_EMULATOR_PYTHON")
    parts = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    python = Path(named) if named else PROJECT.joinpath(".venv-local", *parts)
    if not python.exists():
        raise LocalAwsError(f"The emulator is not installed ({python} is missing); run `make setup`.")
    return str(python)


def _usual_port() -> int:
    named = os.environ.get("LOCAL_AWS_PORT", "")
    if not named:
        return ports.USUAL
    if not named.isdigit() or not 0 <= int(named) < 65536:
        raise LocalAwsError(f"LOCAL_AWS_PORT is {named!r}; it must be a number below 65536.")
    return int(named)


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/_ministack/health", timeout=_PATIENCE) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
