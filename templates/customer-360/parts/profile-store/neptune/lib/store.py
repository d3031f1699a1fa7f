"""The profile store: a graph in Neptune. What has changed is written as files for its bulk loader, and what has gone.

Below `graph/` of the lake: `load/` for the loader, `gone.json`, and the hash of every thing as it was loaded
(`loaded.json`) and as it is to be (`next.json`). The function `src/graph` brings it into the graph.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import bulk
import things
from things import Edge, Node

LOADED, NEXT, GONE, LOAD = "graph/loaded.json", "graph/next.json", "graph/gone.json", "graph/load/"


def keep(lake: Any, _store: str, profiles: dict[str, dict[str, Any]]) -> tuple[int, int]:
    """Writes what the graph is to load and to forget; returns how many customers have changed, and have gone."""
    nodes, edges = graph(lake, profiles)
    before: dict[str, str] = json.loads(read(lake, LOADED) or "{}")
    now = {key(node): digest(node) for node in nodes} | {key(edge): "" for edge in edges}
    fresh, old = changes(before, now)
    # A node that has changed is made anew, and with it the relationships that lead to it.
    renewed = {name for name in fresh & before.keys() if name.startswith("node ")}
    wanted = [node for node in nodes if key(node) in fresh]
    around = [edge for edge in edges if key(edge) in fresh or renewed & set(ends(edge))]
    files = bulk.files(wanted, around)
    for name in [name for name in lake_keys(lake) if name.removeprefix(LOAD) not in files]:
        lake.s3.delete_object(Bucket=lake.bucket, Key=name)
    for name, text in files.items():
        lake.write(f"{LOAD}{name}", text)
    lake.write(GONE, json.dumps(gone(old | renewed), sort_keys=True))
    lake.write(NEXT, json.dumps(now, indent=0, sort_keys=True))
    customers = [sum(name.startswith("node Customer ") for name in some) for some in (fresh, old)]
    return customers[0], customers[1]


def graph(lake: Any, profiles: dict[str, dict[str, Any]]) -> tuple[list[Node], list[Edge]]:
    """Returns the whole graph; of those who may not be profiled it holds nothing that they did."""
    parts = [
        things.customers(profiles),
        things.identities(
            lake.ask(
                "SELECT p.record_id, p.email, p.phone FROM persons p INNER JOIN clusters c ON p.record_id = c.record_id"
                " ORDER BY p.record_id"
            )
        ),
        things.households(lake.ask("SELECT * FROM households WHERE members > 1 ORDER BY household_id, customer_id")),
        things.journeys(
            lake.ask(
                "SELECT i.origin, i.event_id, i.kind, i.at, i.amount, i.quantity, i.detail, i.customer_id"
                " FROM interactions i INNER JOIN customers c ON i.customer_id = c.customer_id AND c.profiling"
                " ORDER BY i.customer_id, i.at, i.origin, i.event_id"
            )
        ),
    ]
    return [node for nodes, _ in parts for node in nodes], [edge for _, edges in parts for edge in edges]


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[set[str], set[str]]:
    """Returns what is new or has changed, and what is there no more.

    >>> changes({"a": "1", "b": "2"}, {"a": "1", "c": "3"})
    ({'c'}, {'b'})
    """
    return {name for name, hashed in now.items() if before.get(name) != hashed}, before.keys() - now.keys()


def gone(names: set[str]) -> dict[str, Any]:
    r"""Returns ids by label of the nodes, and by kind the labels and ids of both ends of the relationships, to forget.

    >>> gone({"node Segment loyal", "edge IN_SEGMENT c1\tloyal"})["edges"]
    {'IN_SEGMENT': {'between': ('Customer', 'Segment'), 'ends': [['c1', 'loyal']]}}
    """
    nodes: dict[str, list[str]] = defaultdict(list)
    edges: dict[str, list[list[str]]] = defaultdict(list)
    for name in sorted(names):
        what, kind, rest = name.split(" ", 2)
        if what == "node":
            nodes[kind].append(rest)
        else:
            edges[kind].append(rest.split("\t"))
    leading = {kind: {"between": things.KINDS[kind], "ends": ends} for kind, ends in edges.items()}
    return {"nodes": dict(nodes), "edges": leading}


def key(thing: Node | Edge) -> str:
    """Returns the name of a thing among all of the graph."""
    if isinstance(thing, Node):
        return f"node {thing.label} {thing.id}"
    return f"edge {thing.kind} {thing.start}\t{thing.end}"


def ends(edge: Edge) -> tuple[str, str]:
    """Returns the names of the nodes that a relationship leads from and to."""
    start, end = things.KINDS[edge.kind]
    return f"node {start} {edge.start}", f"node {end} {edge.end}"


def digest(node: Node) -> str:
    """Returns the hash of what is known of a node."""
    return hashlib.sha256(json.dumps(node.properties, sort_keys=True).encode()).hexdigest()[:16]


def read(lake: Any, name: str) -> str | None:
    """Returns an object as text, or None."""
    try:
        return str(lake.s3.get_object(Bucket=lake.bucket, Key=name)["Body"].read().decode())
    except lake.s3.exceptions.NoSuchKey:
        return None


def lake_keys(lake: Any) -> list[str]:
    """Returns the files for the loader that lie there."""
    pages = lake.s3.get_paginator("list_objects_v2").paginate(Bucket=lake.bucket, Prefix=LOAD)
    return [item["Key"] for page in pages for item in page.get("Contents", [])]
