"""The graph, asked in openCypher."""

import json
from collections.abc import Mapping
from typing import Any

import neptune

FORMAT, SUFFIX = "opencypher", ".cypher"
_PROFILE = (
    "MATCH (c:Customer {id: $id}) OPTIONAL MATCH (c)-[:HAS_RECORD]->(r:Record) RETURN c, collect(r.id) AS records"
)
_ALL = "MATCH (c:Customer) OPTIONAL MATCH (c)-[:HAS_RECORD]->(r:Record) RETURN c, collect(r.id) AS records"


def ask(text: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns the rows of a query; parameters stand in it as `$name`."""
    answer = neptune.data().execute_open_cypher_query(openCypherQuery=text, parameters=json.dumps(dict(parameters)))
    rows: list[dict[str, Any]] = answer["results"]
    return rows


def customers(id: str | None = None) -> list[tuple[dict[str, Any], list[str]]]:
    """Returns what is known of a customer, or of all, and their records."""
    rows = ask(_PROFILE, {"id": id}) if id else ask(_ALL, {})
    return [(row["c"]["~properties"], sorted(row["records"])) for row in rows]


def forget(nodes: Mapping[str, list[str]], edges: Mapping[str, Any]) -> None:
    """Deletes relationships, by the labels and ids of their ends, and nodes with all that leads to them, by ids."""
    for kind, leading in edges.items():
        start, end = leading["between"]
        between = f"(a:{start} {{id: p[0]}})-[r:{kind}]->(b:{end} {{id: p[1]}})"
        for some in neptune.batches(leading["ends"]):
            ask(f"UNWIND $pairs AS p MATCH {between} DELETE r", {"pairs": some})
    for label, ids in nodes.items():
        for part in neptune.batches(ids):
            ask(f"MATCH (n:{label}) WHERE n.id IN $ids DETACH DELETE n", {"ids": part})


def holding(ids: list[str], texts: list[str]) -> int:
    """Returns how many nodes have one of the ids, or hold one of the texts as an identity."""
    found = ask("MATCH (n:Customer) WHERE n.id IN $ids RETURN count(n) AS n", {"ids": ids})
    found += ask("MATCH (n:Record) WHERE n.id IN $ids RETURN count(n) AS n", {"ids": ids})
    found += ask("MATCH (n:Identity) WHERE n.known_as IN $texts RETURN count(n) AS n", {"texts": texts})
    return sum(int(row["n"]) for row in found)
