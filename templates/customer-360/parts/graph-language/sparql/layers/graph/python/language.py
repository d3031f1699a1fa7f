"""The graph, asked in SPARQL over HTTPS."""

import json
import os
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import boto3
import neptune
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

FORMAT, SUFFIX = "ntriples", ".rq"
OWN = "urn:customer-360:"
_PREFIX = f"PREFIX : <{OWN}>\nPREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"
_KINDS = {"boolean": lambda text: text == "true", "integer": int, "double": float, "decimal": float}
_WORDS = {"last_bought": "bought"}  # what a relationship is called, too
_RECORDS = f"{OWN}hasRecord"
_pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(connect=1, read=120))


def ask(text: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns the rows of a query; parameters are bound to its variables of their names."""
    bound = "".join(f"VALUES ?{name} {{ {_literal(value)} }}\n" for name, value in parameters.items())
    found = send(query=_PREFIX + text.replace("# PARAMETERS", bound))
    return [{name: _value(cell) for name, cell in row.items()} for row in found["results"]["bindings"]]


def customers(id: str | None = None) -> list[tuple[dict[str, Any], list[str]]]:
    """Returns what is known of a customer, or of all, and their records."""
    which = f"VALUES ?c {{ {_name('Customer', id)} }}" if id else ""
    rows = send(query=f"{_PREFIX}SELECT ?c ?p ?o WHERE {{ {which} ?c a :Customer ; ?p ?o }}")["results"]["bindings"]
    known: dict[str, dict[str, Any]] = defaultdict(dict)
    records: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        who, what = row["c"]["value"], row["p"]["value"]
        if what == _RECORDS:
            records[who].append(row["o"]["value"].partition("/")[2])
        elif row["o"]["type"] == "literal":
            key = what.removeprefix(OWN)
            known[who][_WORDS.get(key, key)] = _value(row["o"])
    return [(found, sorted(records[who])) for who, found in known.items()]


def forget(nodes: Mapping[str, list[str]], edges: Mapping[str, Any]) -> None:
    """Deletes relationships, by the labels and ids of their ends, and nodes with all that leads to them, by ids."""
    for kind, leading in edges.items():
        start, end = leading["between"]
        first, *others = kind.lower().split("_")
        term = first + "".join(word.capitalize() for word in others)
        for some in neptune.batches(leading["ends"]):
            triples = " ".join(f"{_name(start, one)} :{term} {_name(end, other)} ." for one, other in some)
            send(update=f"{_PREFIX}DELETE DATA {{ {triples} }}")
    for label, ids in nodes.items():
        for part in neptune.batches(ids):
            these = f"VALUES ?n {{ {' '.join(_name(label, id) for id in part)} }}"
            send(update=f"DELETE {{ ?n ?p ?o }} WHERE {{ {these} ?n ?p ?o }}")
            send(update=f"DELETE {{ ?s ?p ?n }} WHERE {{ {these} ?s ?p ?n }}")


def holding(ids: list[str], texts: list[str]) -> int:
    """Returns how many nodes have one of the ids, or hold one of the texts as an identity."""
    listed = " ".join(_literal(text) for text in (*ids, *texts))
    rows = ask(f"SELECT (count(DISTINCT ?n) AS ?count) WHERE {{ VALUES ?said {{ {listed} }} ?n ?p ?said }}", {})
    return int(rows[0]["count"])


def send(**form: str) -> dict[str, Any]:
    """Returns what the endpoint answers to a query or an update, signed.

    Raises:
        ClientError: it refuses.
    """
    session = boto3.Session()
    url = f"{os.environ['GRAPH_URL']}/sparql"
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/sparql-results+json"}
    request = AWSRequest("POST", url, data=urlencode(form), headers=headers)
    SigV4Auth(session.get_credentials(), "neptune-db", session.region_name).add_auth(request)
    try:
        answer = _pool.request("POST", url, body=request.body, headers=dict(request.headers.items()))
    except urllib3.exceptions.HTTPError as error:
        raise ClientError({"Error": {"Code": "NoAnswer", "Message": str(error)}}, "sparql") from error
    if answer.status != 200:
        said = answer.data.decode(errors="replace")[:500]
        raise ClientError({"Error": {"Code": str(answer.status), "Message": said}}, "sparql")
    found: dict[str, Any] = json.loads(answer.data or b"{}") if "query" in form else {}
    return found


def _name(label: str, id: str | None) -> str:
    return f"<{OWN}{label}/{quote(id or '', safe=':@/')}>"


def _literal(value: Any) -> str:
    return json.dumps(str(value), ensure_ascii=False)


def _value(cell: Mapping[str, str]) -> Any:
    read: Any = _KINDS.get(cell.get("datatype", "").rpartition("#")[2], str)
    return read(cell["value"].removeprefix(OWN) if cell["type"] == "uri" else cell["value"])
