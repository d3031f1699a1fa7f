"""Every message that was sent is found again, by its id or its digest, in exactly one place of the lake."""

import base64
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from data.plant import stamp
from data.traffic import Ledger, digest
from pipeline import processor
from pipeline.lake import Lake


@dataclass(frozen=True)
class Reconciliation:
    """What the lake holds, against what the ledger says was sent.

    Attributes:
        messages: that were sent, every copy counted.
        raw: messages in raw_telemetry.
        scored: rows of scored_readings; `readings`, how many ids those are.
        rejected: digests among the dead letters.
        undelivered: messages that the stream did not take.
        late: ids in late_readings, and in no window.
        windowed: readings in the windows of one minute; `open`, in minutes that are not closed yet.
        missing, strange: ids and digests that were sent and are nowhere, or that nobody sent.
        late_differing: ids that are late in the lake or must be, and not both.
        windows_differing: minutes of a device whose count is not what the ledger gives.
    """

    messages: int
    raw: int
    scored: int
    readings: int
    rejected: int
    undelivered: int
    late: int
    windowed: int
    open: int
    missing: frozenset[str]
    strange: frozenset[str]
    late_differing: frozenset[str]
    windows_differing: frozenset[tuple[str, str]]

    @property
    def repeated(self) -> int:
        """How many rows the key has removed."""
        return self.scored - self.readings

    @property
    def complete(self) -> bool:
        """Whether everything that was sent has arrived."""
        return not (self.missing or self.windows_differing or self.late_differing)

    @property
    def agrees(self) -> bool:
        """Whether sent = in the lake + dead letters, and every reading is in a window, late, or in one still open."""
        accounted = self.windowed + self.late + self.open == self.readings
        return self.complete and not self.strange and accounted and self.raw + self.undelivered >= self.messages


@dataclass(frozen=True)
class Found:
    """What the tables hold."""

    raw: int
    scored: list[str]
    rejected: set[str]
    undelivered: list[bytes]
    late: set[str]
    windows: dict[tuple[str, str], int]


def compare(ledger: Ledger, found: Found) -> Reconciliation:
    """Returns what is missing, what nobody sent, and what differs."""
    expected, late = processor.due(ledger, found.late)
    ids = set(found.scored)
    kept = {_known_by(body, ledger) for body in found.undelivered} - {""}
    differing = {key for key in expected.keys() | found.windows.keys() if expected.get(key) != found.windows.get(key)}
    return Reconciliation(
        messages=ledger.messages,
        raw=found.raw,
        scored=len(found.scored),
        readings=len(ids),
        rejected=len(found.rejected),
        undelivered=len(kept),
        late=len(found.late),
        windowed=sum(found.windows.values()),
        open=len(ledger.readings) - len(late) - sum(expected.values()),
        missing=frozenset((ledger.readings.keys() - ids - kept) | (ledger.malformed - found.rejected - kept)),
        strange=frozenset((ids - ledger.readings.keys()) | (found.rejected - ledger.malformed)),
        late_differing=frozenset(found.late ^ late),
        windows_differing=frozenset(differing),
    )


def _known_by(body: bytes, ledger: Ledger) -> str:
    """Returns the id or the digest by which the ledger knows a body; nothing if it does not."""
    if digest(body) in ledger.malformed:
        return digest(body)
    try:
        found = str(json.loads(body)["id"])
    except (ValueError, KeyError, TypeError):
        return ""
    return found if found in ledger.readings else ""


def look(lake: Lake, devices: Iterable[str], begins: datetime, since: datetime) -> Found:
    """Returns what the lake holds of a shift of these devices that begins then, and was played since a moment."""
    names = ", ".join(f"'{device}'" for device in devices)
    where = f"dt >= '{since - timedelta(days=1):%Y-%m-%d}' AND device IN ({names})"
    came, measured = f"received_at >= {round(since.timestamp() * 1000)}", f"time >= '{stamp(begins)}'"
    scored = lake.query(f"SELECT id FROM scored_readings WHERE {where} AND {measured}")
    rejected = lake.query(f"SELECT DISTINCT digest FROM rejected_messages WHERE {where} AND {came}")
    late = lake.query(f"SELECT DISTINCT id FROM late_readings WHERE {where} AND {measured}")
    windows = lake.query(
        "SELECT device, window_start, readings FROM windows "
        f"WHERE minutes = 1 AND device IN ({names}) AND window_start >= '{begins:%Y-%m-%dT%H:%M:%SZ}'"
    )
    undelivered = lake.query(
        f"SELECT base64OriginalPayload FROM undelivered_messages WHERE dt >= '{since - timedelta(days=1):%Y-%m-%d}'"
    )
    return Found(
        _count(lake, f"SELECT count(*) AS n FROM raw_telemetry WHERE {where} AND {came}"),
        [str(row["id"]) for row in scored],
        {str(row["digest"]) for row in rejected},
        [base64.b64decode(str(row["base64OriginalPayload"])) for row in undelivered],
        {str(row["id"]) for row in late},
        {(str(row["device"]), str(row["window_start"])): int(str(row["readings"])) for row in windows},
    )


def wait(lake: Lake, ledger: Ledger, devices: Iterable[str], since: datetime, patience: float) -> Reconciliation:
    """Returns the comparison once everything has arrived, or when patience (seconds) has run out."""
    deadline = time.monotonic() + patience
    names = list(devices)
    while True:
        compared = compare(ledger, look(lake, names, ledger.begins, since))
        if compared.agrees or time.monotonic() >= deadline:
            return compared
        time.sleep(min(0.5 if patience <= 60 else 10, max(0.0, deadline - time.monotonic())))


def wait_for(lake: Lake, ids: set[str], digests: set[str], patience: float) -> set[str]:
    """Returns what of these ids and digests has not arrived when patience has run out."""
    deadline = time.monotonic() + patience
    day = f"dt >= '{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}'"
    while True:
        scored = lake.query(f"SELECT id FROM scored_readings WHERE {day} AND id IN ({_quoted(ids)})")
        rejected = lake.query(f"SELECT digest FROM rejected_messages WHERE {day} AND digest IN ({_quoted(digests)})")
        missing = (ids | digests) - {str(row["id"]) for row in scored} - {str(row["digest"]) for row in rejected}
        if not missing or time.monotonic() >= deadline:
            return missing
        time.sleep(0.5 if patience <= 60 else 10)


def _count(lake: Lake, sql: str) -> int:
    return int(str(lake.query(sql)[0]["n"]))


def _quoted(values: set[str]) -> str:
    return ", ".join(f"'{value}'" for value in sorted(values))
