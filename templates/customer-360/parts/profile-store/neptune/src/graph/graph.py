"""Brings changes from the lake into the graph, and asks it the questions of the library.

| event | what is done, and answered |
| --- | --- |
| `{"do": "begin"}` | forgets what has gone, starts the bulk loader; `{"load": id or ""}` |
| `{"do": "look", "load": id}` | `{"state": "loading" or "done", …}`; fails where the load has |
| `{"do": "ask", "query": name, "parameters": {…}}` | `{"rows": […]}` of a query in `queries/` |
| `{"do": "profiles", "after": id or ""}` | `{"profiles": {…}}` of the customers that follow |
| `{"do": "forgotten", "customer": id}` | fails where the graph still holds one who is being erased |
"""

import json
import os
from pathlib import Path
from typing import Any

import boto3
import customer
import language
import neptune

LOAD, GONE, NEXT, LOADED = "graph/load/", "graph/gone.json", "graph/next.json", "graph/loaded.json"
QUERIES = Path(__file__).parent / "queries"


class GraphError(Exception):
    """The graph has not taken something, or still holds it."""


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Does one thing, see above."""
    act = {"begin": begin, "look": look, "ask": ask, "profiles": profiles, "forgotten": forgotten}[event["do"]]
    return act(event)


def begin(_: dict[str, Any]) -> dict[str, Any]:
    """Forgets what has gone, and starts to load what is new."""
    s3, lake = boto3.client("s3"), os.environ["LAKE"]
    gone = read(s3, lake, GONE)
    language.forget(gone.get("nodes", {}), gone.get("edges", {}))
    waiting = s3.list_objects_v2(Bucket=lake, Prefix=LOAD, MaxKeys=1).get("KeyCount", 0)
    load = neptune.start_load(f"s3://{lake}/{LOAD}", language.FORMAT, os.environ["LOADER_ROLE"]) if waiting else ""
    return {"load": load}


def look(event: dict[str, Any]) -> dict[str, Any]:
    """Looks whether the load is done, and then writes down what the graph holds.

    Raises:
        GraphError: the load has failed; the next refresh tries it again.
    """
    if event["load"]:
        state, reason = neptune.load_state(event["load"])
        if state in {"LOAD_NOT_STARTED", "LOAD_IN_QUEUE", "LOAD_IN_PROGRESS"}:
            return {"state": "loading", "load": event["load"]}
        if state != "LOAD_COMPLETED":
            raise GraphError(f"{state}: {reason}")
    s3, lake = boto3.client("s3"), os.environ["LAKE"]
    now = json.dumps(read(s3, lake, NEXT), indent=0, sort_keys=True)
    if now != json.dumps(read(s3, lake, LOADED), indent=0, sort_keys=True):
        s3.put_object(Bucket=lake, Key=LOADED, Body=now.encode())
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=lake, Prefix=LOAD):
        for item in page.get("Contents", []):
            s3.delete_object(Bucket=lake, Key=item["Key"])
    s3.delete_object(Bucket=lake, Key=GONE)  # it names those who are forgotten
    return {"state": "done", "load": event["load"]}


def ask(event: dict[str, Any]) -> dict[str, Any]:
    """Asks a question of the library.

    Raises:
        GraphError: there is none of that name.
    """
    names = {path.stem: path for path in QUERIES.glob(f"*{language.SUFFIX}")}
    if event["query"] not in names:
        raise GraphError(f"There is no query {event['query']!r}; there are {', '.join(sorted(names))}.")
    text = names[event["query"]].read_text(encoding="utf-8")
    return {"rows": language.ask(text, event.get("parameters") or {})}


def profiles(event: dict[str, Any]) -> dict[str, Any]:
    """Returns profiles, a thousand at a time."""
    return {"profiles": customer.stored(event["after"])}


def forgotten(event: dict[str, Any]) -> dict[str, Any]:
    """Looks for a customer who is being erased.

    Raises:
        GraphError: something of them is still there.
    """
    task = read(boto3.client("s3"), os.environ["LAKE"], f"state/erasures/{event['customer']}.json")
    left = language.holding([event["customer"], *task["records"]], task["texts"])
    if left:
        raise GraphError(f"The graph still holds the customer, in {left} places.")
    return {"left": 0}


def read(s3: Any, lake: str, key: str) -> dict[str, Any]:
    """Returns an object of JSON; an empty one where it is not there."""
    try:
        found: dict[str, Any] = json.loads(s3.get_object(Bucket=lake, Key=key)["Body"].read())
    except s3.exceptions.NoSuchKey:
        return {}
    return found
