"""A query's result lies where Athena says it does, written as Athena writes it.

The pinned emulator announces `<location>/<id>.csv`, writes `<location>/<id>.csv/<id>.csv`, and quotes no values; a
location without a slash at its end runs into the name, and a workgroup's own location does not win where it must.
"""

import io
from typing import Any
from urllib.parse import urlparse

from ministack.services import athena, s3

from local.emulator.surroundings import Surroundings


def fill(_: Surroundings) -> None:
    """Puts results into their announced place."""
    start = athena._start_query_execution

    def start_with_folder(data: dict[str, Any]) -> Any:
        location = _location(data)
        return start({**data, "ResultConfiguration": {"OutputLocation": location}} if location else data)

    athena._start_query_execution = start_with_folder
    athena._save_query_results = save


def _location(data: dict[str, Any]) -> str:
    """Returns the folder of a query's result, of its workgroup where that says so or the query does not."""
    own = (data.get("ResultConfiguration") or {}).get("OutputLocation") or ""
    group = (athena._workgroups.get(data.get("WorkGroup", "primary")) or {}).get("Configuration") or {}
    shared = (group.get("ResultConfiguration") or {}).get("OutputLocation") or ""
    location = shared if shared and (not own or group.get("EnforceWorkGroupConfiguration")) else own
    return f"{location.rstrip('/')}/" if location else ""


async def save(query_id: str) -> None:
    """Writes the result of a query.

    Raises:
        ValueError: the bucket is not there.
    """
    execution = athena._executions[query_id]
    found = execution["_results"]
    place = urlparse(execution["ResultConfiguration"]["OutputLocation"])
    content = io.StringIO()
    rows = [[_quoted(value) for value in row] for row in [found["columns"], *found["rows"]]]
    content.writelines(",".join(row) + "\n" for row in rows)
    status, _, _ = s3._put_object(
        place.netloc, place.path.lstrip("/"), content.getvalue().encode(), {"content-type": "application/octet-stream"}
    )
    if status >= 300:
        raise ValueError(f"Unable to verify/create output bucket {place.netloc}")


def _quoted(value: object) -> str:
    return "" if value is None else '"' + str(value).replace('"', '""') + '"'
