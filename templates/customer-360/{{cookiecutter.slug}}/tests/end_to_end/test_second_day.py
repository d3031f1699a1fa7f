"""A day of changes changes exactly what it should; whoever asks to be forgotten is, down to the bytes on the disk."""

import gzip
from pathlib import Path

import pyarrow.parquet
import pytest

from data.changes import Changes, change_day
from deploy.errors import DeployError
from pipeline import reconciliation, sources
from pipeline.refresh import erase

from .conftest import Deployed, objects, profiles


def clusters(deployed: Deployed) -> dict[str, str]:
    rows = deployed.rows("SELECT record_id, customer_id FROM clusters")
    return {str(row["record_id"]): str(row["customer_id"]) for row in rows}


@pytest.fixture(scope="module")
def changed(deployed: Deployed) -> tuple[Changes, dict[str, str], dict[str, str]]:
    """The day of changes, the customers before it, and the objects before it."""
    before = clusters(deployed), objects(deployed, "curated/", "quarantine/")
    changes = change_day(deployed.known)
    sources.land(deployed.outputs, changes.day)
    deployed.refresh()
    return changes, *before


def test_changes_arrive_and_every_record_is_still_where_it_belongs(
    deployed: Deployed, changed: tuple[Changes, dict[str, str], dict[str, str]]
) -> None:
    changes, _, _ = changed
    rows = deployed.rows(f"SELECT street, town FROM persons WHERE record_id = '{changes.moved}'")
    assert [(row["street"], row["town"]) for row in rows] == [("Neubaugasse", "Wien")]
    assert not deployed.rows(f"SELECT 1 AS n FROM persons WHERE record_id = '{changes.deleted}'")
    right, gone, new = changes.order
    found = {row["event_id"]: row["amount"] for row in deployed.rows("SELECT event_id, amount FROM interactions")}
    assert (found[right], found[new]) == ("123.45", "50.5")
    assert gone not in found
    lines = dict(deployed.day.lines)
    for table, count in changes.day.lines.items():
        lines[table] += count
    sent = {table.replace("/", "_"): count for table, count in lines.items()}
    sent["web_events"] = len(deployed.day.events)
    holds = {*deployed.day.truth, *changes.new} - {changes.deleted}
    # Of the shop's customers: the older version of one that moved, and both lines of one that is deleted.
    compared = reconciliation.look(deployed.lake, holds, sent, {"shop_customers": 3})
    assert compared.agrees, compared


def test_nothing_else_has_changed(
    deployed: Deployed, changed: tuple[Changes, dict[str, str], dict[str, str]]
) -> None:
    changes, before, files = changed
    now = clusters(deployed)
    # Where the deleted record alone held others together, they are two customers now; nobody else has another id.
    moved = {before[record] for record in before if record in now and before[record] != now[record]}
    assert moved <= {before[changes.deleted]}
    assert before.keys() ^ now.keys() == {changes.deleted, *changes.new}
    assert now["crm:00390000001"] == before[changes.moved]
    assert now["shop:900001"] not in before.values()
    quiet = ("curated/persons/source=loyalty/", "curated/persons/source=sap/", "curated/events/origin=web_sessions/")
    after = objects(deployed, *quiet)
    assert after == {key: etag for key, etag in files.items() if key.startswith(quiet)} != {}


def mentioned(folder: Path, texts: list[str]) -> list[str]:
    """The files of a folder in which any of the texts stands, packed or not."""
    found = []
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        body = path.read_bytes()
        if body[:4] == b"PAR1":
            body += str(pyarrow.parquet.ParquetFile(path).read().to_pylist()).encode()
        elif body[:2] == b"\x1f\x8b":
            body += gzip.decompress(body)
        if any(text.encode() in body for text in texts):
            found.append(str(path.relative_to(folder)))
    return found


def test_a_customer_who_asks_is_forgotten_down_to_the_bytes(
    deployed: Deployed, changed: tuple[Changes, dict[str, str], dict[str, str]]
) -> None:
    changes, _, _ = changed
    before = clusters(deployed)
    customer = before[changes.moved]
    records = sorted(record for record, one in before.items() if one == customer)
    person = deployed.known.people[deployed.known.truth[changes.moved]]
    shared = {one.email for one in deployed.known.people if one is not person}
    texts = [f'"{record}"' for record in records] + ([person.email] if person.email not in shared else [])
    files = mentioned(deployed.aws.folders.root, texts)
    assert {path.split("/")[2] for path in files if path.startswith("lake/")} >= {"raw", "identity", "curated"}

    erase(deployed.outputs["EraseMachineArn"], customer)

    # A store of its own forgets in its own time; the state machine has asked it, and so does the next line.
    left = mentioned(deployed.aws.folders.root, texts)
    assert [path for path in left if not path.startswith("graph/")] == []
    assert customer not in profiles(deployed)
    assert deployed.api.next(customer).status == 404
    now = clusters(deployed)
    assert now == {record: one for record, one in before.items() if one != customer}

    # The sources send everything again, as a full load does: nobody listens.
    sources.land(deployed.outputs, deployed.day)
    deployed.refresh()
    assert not {*clusters(deployed)} & {*records}
    refused = {str(row["id"]) for row in deployed.rows("SELECT id FROM quarantine")}
    assert not refused & {record.partition(":")[2] for record in records}


def test_who_is_no_customer_cannot_be_forgotten(deployed: Deployed) -> None:
    with pytest.raises(DeployError, match=r"erase: .*There is no customer c000000000000"):
        erase(deployed.outputs["EraseMachineArn"], "c000000000000")
