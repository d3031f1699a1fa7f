"""Programs whose output is read line by line: training scripts, model servers."""

import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence

from local.emulator import children
from local.emulator.surroundings import Surroundings


class Program:
    """A running program of the user's code."""

    def __init__(
        self,
        aws: Surroundings,
        runner: str,
        arguments: Sequence[str],
        variables: Mapping[str, str],
        line: Callable[[str], None],
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        """Starts a module of `local/runners`.

        Args:
            aws: where the emulator runs.
            runner: the name of the module.
            arguments: its arguments.
            variables: environment variables on top of those of the local AWS.
            line: gets every line of the output, in a thread of its own.
            ended: is called after the last line.
        """
        self.process = children.start(aws, runner, arguments, variables)
        self.reader = threading.Thread(target=self._read, args=(line, ended), name=f"output of {runner}", daemon=True)
        self.reader.start()

    def wait(self, timeout: float) -> int | None:
        """Returns the exit status with all output read, or None while the program still runs after the time-out."""
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        self.reader.join(5)
        return status

    def stop(self) -> None:
        """Ends the program and what it started."""
        children.stop(self.process)

    def _read(self, line: Callable[[str], None], ended: Callable[[], None]) -> None:
        if self.process.stdout is not None:
            for text in self.process.stdout:
                line(text.decode(errors="replace").rstrip("\r\n"))
        ended()
