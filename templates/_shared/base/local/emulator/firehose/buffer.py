"""The records of a delivery stream that are not stored yet."""

import contextvars
import logging
import threading
from typing import Any

from local.emulator.firehose.delivery import Delivery, Item, Undelivered
from local.emulator.firehose.processors import Record

log = logging.getLogger("firehose")

MEBIBYTE = 1024 * 1024
_LONGEST = 1.0  # seconds; the hints of a project say minutes
_RETRY = 1.0


class Buffer:
    """The records of one destination of a stream."""

    def __init__(self, stream: dict[str, Any], destination: dict[str, Any]) -> None:
        """Starts empty."""
        self.stream = stream
        self.destination = destination
        self.context = contextvars.copy_context()
        self.lock = threading.Lock()
        self.flushing = threading.Lock()
        self.records: list[Record] = []
        self.size = 0
        self.items: list[Item] = []
        self.timer: threading.Timer | None = None

    def add(self, records: list[tuple[str, bytes]]) -> None:
        """Takes records; they are stored once there are enough of them, or after the interval."""
        hints = self.destination["config"].get("BufferingHints") or {}
        with self.lock:
            self.records += [Record(number, data) for number, data in records]
            self.size += sum(len(data) for _, data in records)
            full = self.size >= hints.get("SizeInMBs", 5) * MEBIBYTE
            self._wait(0 if full else min(hints.get("IntervalInSeconds", 300), _LONGEST), sooner=full)

    def flush(self) -> bool:
        """Stores everything; whether that worked. What did not stays for the next try."""
        with self.flushing:
            with self.lock:
                self.timer = None
                records, self.records, self.size = self.records, [], 0
            delivery = Delivery(self.stream, self.destination["config"])
            try:
                self.items += self.context.copy().run(delivery.prepare, records)
            except Exception:
                log.exception("Firehose %s: %d records could not be prepared", self.stream["name"], len(records))
                with self.lock:
                    self.records = records + self.records
                    self._wait(_RETRY)
                return False
            while self.items:
                try:
                    self.context.copy().run(delivery.store, self.items[0])
                except Exception as error:
                    # Whatever it is, the records stay here until they are stored.
                    known = isinstance(error, Undelivered)
                    log.error(
                        "Firehose %s: delivery failed and is tried again: %s",
                        self.stream["name"],
                        error,
                        exc_info=not known,
                    )
                    with self.lock:
                        self._wait(_RETRY)
                    return False
                self.items.pop(0)
            return True

    def close(self) -> None:
        """Stores everything, and says so when that is not possible."""
        with self.lock:
            if self.timer is not None:
                self.timer.cancel()
        if not self.flush():
            left = len(self.items) + len(self.records)
            log.error("Firehose %s: %d objects are lost, for they cannot be delivered", self.stream["name"], left)
            self.cancel()

    def cancel(self) -> None:
        """Forgets everything."""
        with self.lock:
            if self.timer is not None:
                self.timer.cancel()
                self.timer = None
            self.records, self.items, self.size = [], [], 0

    def _wait(self, seconds: float, *, sooner: bool = False) -> None:
        """Lets a flush come, unless one comes already; the lock is held."""
        if self.timer is not None:
            if not sooner:
                return
            self.timer.cancel()
        self.timer = threading.Timer(seconds, self.flush)
        self.timer.daemon = True
        self.timer.start()


class Buffers:
    """The buffers of all streams."""

    def __init__(self) -> None:
        """Starts with none."""
        self.lock = threading.Lock()
        self.buffers: dict[int, Buffer] = {}

    def of(self, stream: dict[str, Any], destination: dict[str, Any]) -> Buffer:
        """Returns the buffer of a stream's destination."""
        # Not by name: a stream that was deleted and made again is another one.
        key = id(destination)
        with self.lock:
            if key not in self.buffers:
                self.buffers[key] = Buffer(stream, destination)
            return self.buffers[key]

    def close(self) -> None:
        """Stores what is left in all of them."""
        for buffer in list(self.buffers.values()):
            buffer.close()

    def clear(self) -> None:
        """Forgets everything."""
        for buffer in list(self.buffers.values()):
            buffer.cancel()
        self.buffers.clear()
