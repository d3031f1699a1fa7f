"""The profile graph: it holds what the lake holds, answers the library, and a refresh without news changes nothing."""

import json
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import bulk
import pytest
import store
from things import Edge, Node

from deploy.errors import DeployError
from pipeline import graph

from .conftest import Deployed, profiles


def test_every_customer_of_the_lake_is_in_the_graph_with_their_records(deployed: Deployed) -> None:
    lake = {str(row["customer_id"]) for row in deployed.rows("SELECT customer_id FROM customers")}
    found = profiles(deployed)
    assert found.keys() == lake
    placed: dict[str, set[str]] = {}
    for row in deployed.rows("SELECT record_id, customer_id FROM clusters"):
        placed.setdefault(str(row["customer_id"]), set()).add(str(row["record_id"]))
    assert {id: set(profile["records"]) for id, profile in found.items()} == {id: placed[id] for id in found}


def test_segments_are_as_large_as_the_lake_says(deployed: Deployed) -> None:
    sizes = Counter(profile["segment"] for profile in profiles(deployed).values() if profile.get("segment"))
    rows = graph.ask(deployed.outputs, "segment-sizes")
    assert {row["segment"]: int(row["customers"]) for row in rows} == dict(sizes)
    assert all(0 <= int(row["households"]) <= int(row["customers"]) for row in rows)


def test_a_journey_is_what_the_customer_did_in_its_order(deployed: Deployed) -> None:
    (busiest,) = deployed.rows(
        "SELECT i.customer_id, count(*) AS events FROM interactions i"
        " INNER JOIN customers c ON i.customer_id = c.customer_id AND c.profiling"
        " GROUP BY i.customer_id ORDER BY count(*) DESC, i.customer_id LIMIT 1"
    )
    rows = graph.ask(deployed.outputs, "journey", customer=str(busiest["customer_id"]))
    interactions = list(dict.fromkeys(row["interaction"] for row in rows))
    assert len(interactions) == int(str(busiest["events"]))
    times = [row["at"] for row in rows]
    assert times == sorted(times)


def test_the_library_finds_shared_identities_households_and_hidden_segments(deployed: Deployed) -> None:
    for row in graph.ask(deployed.outputs, "shared-identities"):
        assert row["customer"] < row["other"]
        assert row["kind"] in {"email", "phone"}
    assert all(int(row["customers"]) > 0 for row in graph.ask(deployed.outputs, "hidden-segments"))
    households = deployed.rows("SELECT household_id FROM households WHERE members > 1 ORDER BY household_id LIMIT 1")
    rows = graph.ask(deployed.outputs, "hierarchy", household=str(households[0]["household_id"]))
    assert len({row["customer"] for row in rows}) > 1
    with pytest.raises(DeployError, match="There is no query 'nothing'"):
        graph.ask(deployed.outputs, "nothing")


def bring(deployed: Deployed, files: Mapping[str, str], gone: set[str]) -> None:
    """Loads what is in files for the loader, and forgets what is named."""
    s3, bucket = deployed.client("s3"), deployed.outputs["LakeBucket"]
    for name, text in files.items():
        s3.put_object(Bucket=bucket, Key=f"{store.LOAD}{name}", Body=text.encode())
    s3.put_object(Bucket=bucket, Key=store.GONE, Body=json.dumps(store.gone(gone)).encode())
    event: dict[str, Any] = graph.call(deployed.outputs, {"do": "begin"})
    while graph.call(deployed.outputs, {"do": "look", **event})["state"] == "loading":
        time.sleep(0.2)


def test_a_relationship_that_has_ended_is_forgotten_and_its_nodes_stay(deployed: Deployed) -> None:
    one, two, shared = "0-one", "0-two", "email:x@y"  # the first of the answer's order
    nodes = [
        *(Node("Customer", id, {"marketing": True, "profiling": True}) for id in (one, two)),
        *(Node("Record", f"{id}-record", {}) for id in (one, two)),
        Node("Identity", shared, {"kind": "email", "known_as": "x@y"}),
    ]
    edges = [
        *(Edge("HAS_RECORD", id, f"{id}-record") for id in (one, two)),
        *(Edge("IDENTIFIED_BY", f"{id}-record", shared) for id in (one, two)),
    ]

    def together() -> bool:
        rows = graph.ask(deployed.outputs, "shared-identities")
        return any((row["customer"], row["other"]) == (one, two) for row in rows)

    try:
        bring(deployed, bulk.files(nodes, edges), set())
        assert together()
        bring(deployed, {}, {store.key(edges[-1])})
        assert not together()
        assert {one, two} <= profiles(deployed).keys()
    finally:
        bring(deployed, {}, {store.key(node) for node in nodes})
    assert not {one, two} & profiles(deployed).keys()


def test_what_was_loaded_is_written_down_and_nothing_is_left_to_load(deployed: Deployed) -> None:
    s3, bucket = deployed.client("s3"), deployed.outputs["LakeBucket"]
    names = {item["Key"] for item in s3.list_objects_v2(Bucket=bucket, Prefix="graph/")["Contents"]}
    assert names == {"graph/loaded.json", "graph/next.json"}
    loaded = json.loads(s3.get_object(Bucket=bucket, Key="graph/loaded.json")["Body"].read())
    assert sum(name.startswith("node Customer ") for name in loaded) == len(profiles(deployed))
