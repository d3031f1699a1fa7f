"""The processes that hold the graphs: one for each language, started when it is asked for first."""

import http.client
import json
import queue
import shutil
import threading
from pathlib import Path
from typing import Any

from local.emulator.neptune.errors import Refused
from local.emulator.programs import Program
from local.emulator.surroundings import Surroundings

_PATIENCE = 60.0  # seconds until a graph is open


class Engine:
    """The graph of one language; property graphs and triples do not know of each other, as in Neptune."""

    def __init__(self, aws: Surroundings, language: str) -> None:
        self.aws, self.language = aws, language
        self.folder: Path = aws.folder / "graph" / language
        self._program: Program | None = None
        self._port = 0
        self._lock = threading.Lock()

    def ask(self, path: str, request: dict[str, Any]) -> Any:
        """Returns what the graph answers.

        Raises:
            Refused: it does not start, or refuses the request.
        """
        with self._lock:
            self._start()
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=300)
            try:
                connection.request("POST", path, json.dumps(request).encode())
                answer = connection.getresponse()
                content = json.loads(answer.read())
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise Refused("InternalFailureException", f"the graph does not answer: {error}", 500) from error
            finally:
                connection.close()
        if answer.status != http.HTTPStatus.OK:
            raise Refused(content["code"], content["message"], answer.status)
        return content

    def stop(self) -> None:
        """Ends the process; the graph stays in its folder."""
        with self._lock:
            if self._program:
                self._program.stop()
            self._program = None

    def drop(self) -> None:
        """Ends the process and deletes the graph."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self) -> None:
        if self._program:
            return
        said: queue.Queue[str | None] = queue.Queue()
        last: list[str] = []

        def line(text: str) -> None:
            if text.startswith("PORT "):
                said.put(text.removeprefix("PORT "))
            elif text.strip():
                last[:] = [text.strip()]

        words = [self.language, str(self.folder)]
        program = Program(self.aws, "serve_graph", words, {}, line, lambda: said.put(None))
        try:
            port = said.get(timeout=_PATIENCE)
        except queue.Empty:
            port = None
        if port is None:
            program.stop()
            raise Refused("InternalFailureException", f"the graph does not open: {''.join(last)}", 500)
        self._program, self._port = program, int(port)
