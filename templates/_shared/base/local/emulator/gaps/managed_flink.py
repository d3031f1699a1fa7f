"""Applications of Managed Service for Apache Flink run.

The pinned emulator only records them where there is no container engine. Here `main.py` of a Python application runs in
the project's Python with a Flink of its own in that process: its property groups are in the file that
APPLICATION_PROPERTIES names, `connectors` of them is `local`, and `input` the folder in which the records of its stream
appear as lines, read with the permissions of its role. It is RUNNING once the first checkpoint is made; one that ends
by itself is started again from its last checkpoint.
"""

import contextlib
import json
import logging
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import kinesisanalyticsv2

from local.emulator import children, roles
from local.emulator.surroundings import Surroundings
from local.paths import file_of

log = logging.getLogger("flink")

_PAUSE = 0.2
_REST = 2.0  # seconds before an application that ended is started again

Status = Callable[..., None]
View = dict[str, Any]


def fill(aws: Surroundings) -> None:
    """Takes the place of the emulator's containers."""
    kinesisanalyticsv2._dataplane = Applications(aws)


class Applications:
    """The applications that run, by their names."""

    def __init__(self, aws: Surroundings) -> None:
        """Starts with none."""
        self.aws = aws
        self.running: dict[str, Application] = {}

    def available(self) -> bool:
        """Applications can run here."""
        return True

    def supports(self, runtime: str) -> bool:
        """Whether a runtime is one of Flink."""
        return runtime.startswith("FLINK")

    def start(self, view: View, _savepoint: str | None, on_status: Status) -> None:
        """Starts an application; its status follows."""
        self.stop(view, force=True, snapshot=False)
        one = Application(self.aws, view, on_status)
        self.running[view["ApplicationName"]] = one
        one.thread.start()

    def stop(self, view: View, force: bool, snapshot: bool) -> None:
        """Stops an application; its checkpoints stay, and it goes on from them."""
        del force, snapshot
        one = self.running.pop(view["ApplicationName"], None)
        if one is not None:
            one.stop()

    def delete(self, view: View) -> None:
        """Stops an application and forgets its checkpoints."""
        self.stop(view, force=True, snapshot=False)
        shutil.rmtree(place(self.aws, view), ignore_errors=True)

    def reset(self) -> None:
        """Stops all of them."""
        for one in list(self.running.values()):
            one.stop()
        self.running.clear()


class Application:
    """One application and the process in which it runs."""

    def __init__(self, aws: Surroundings, view: View, on_status: Status) -> None:
        """Prepares it; `thread` starts it."""
        self.aws, self.view, self.on_status = aws, view, on_status
        self.folder = place(aws, view)
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True, name=f"flink-{view['ApplicationName']}")
        self.process: Any = None

    def stop(self) -> None:
        """Ends it."""
        self.ended.set()
        if self.process is not None:
            children.stop(self.process)

    def _run(self) -> None:
        """Starts it again and again until it is stopped."""
        told = False
        while not self.ended.is_set():
            try:
                with request_scope(self.view["AccountId"], self.view["Region"]):
                    extra = roles.credentials(
                        self.view["ServiceExecutionRole"], "kinesisanalytics.amazonaws.com", "flink"
                    )
                    config = self._prepared()
            except (roles.RoleError, LookupError, OSError, ValueError) as error:
                self.on_status("READY", str(error))
                return
            with (self.folder / "log").open("ab") as output:
                self.process = children.start(
                    self.aws, "run_flink", [str(config)], {**extra, "AWS_REGION": self.aws.region}, output=output
                )
            while self.process.poll() is None and not self.ended.is_set():
                if not told and (self.folder / "running").exists():
                    told = True
                    self.on_status("RUNNING")
                time.sleep(_PAUSE)
            if self.ended.is_set():
                return
            if not told:
                self.on_status("READY", f"it ended with {self.process.returncode}; see {self.folder / 'log'}")
                return
            log.warning("%s ended and is started again", self.view["ApplicationName"])
            self.ended.wait(_REST)

    def _prepared(self) -> Path:
        """Writes down what the process has to know and returns where."""
        given = self.view["ApplicationConfigurationDescription"]
        where = given["ApplicationCodeConfigurationDescription"]["CodeContentDescription"]
        code = where["S3ApplicationCodeLocationDescription"]
        bucket = code["BucketARN"].rpartition(":")[2]
        groups = given.get("EnvironmentPropertyDescriptions", {}).get("PropertyGroupDescriptions", [])
        self.folder.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            (self.folder / "running").unlink()
        config = {
            "folder": str(self.folder),
            "lake": str(self.aws.lake),
            "code": str(file_of(self.aws.lake, f"s3://{bucket}/{code['FileKey']}")),
            "groups": groups,
        }
        path = self.folder / "config.json"
        path.write_text(json.dumps(config), encoding="utf-8")
        return path


def place(aws: Surroundings, view: View) -> Path:
    """Returns the folder of an application."""
    return aws.work / "flink" / str(view["ApplicationName"])
