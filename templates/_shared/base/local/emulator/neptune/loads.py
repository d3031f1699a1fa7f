"""The bulk loader: a job reads files of S3 with the permissions of the cluster's role."""

import gzip
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError
from ministack.core.concurrency import spawn_background

from local.emulator import roles
from local.emulator.clients import client
from local.emulator.neptune.engine import Engine
from local.emulator.neptune.errors import Refused
from local.emulator.surroundings import Surroundings

SERVICE = "rds.amazonaws.com"  # whom a role of Neptune trusts
LANGUAGES = {
    "opencypher": "opencypher",
    "ntriples": "sparql",
    "nquads": "sparql",
    "turtle": "sparql",
    "rdfxml": "sparql",
}
Json = dict[str, Any]


class Loads:
    """Load jobs, by id."""

    def __init__(self, aws: Surroundings, engines: dict[str, Engine]) -> None:
        self.aws, self.engines = aws, engines
        self.jobs: dict[str, Json] = {}

    def start(self, request: Json, cluster_roles: list[str]) -> Json:
        """StartLoaderJob.

        Raises:
            Refused: the format is not offered, or the role is not one of the cluster.
        """
        if request.get("format") not in LANGUAGES:
            raise Refused(
                "BadRequestException", f"the local AWS loads {', '.join(LANGUAGES)}, not {request.get('format')}"
            )
        if request.get("iamRoleArn") not in cluster_roles:
            raise Refused("BadRequestException", f"{request.get('iamRoleArn')} is no role of the cluster")
        id = str(uuid.uuid4())
        self.jobs[id] = {"status": "LOAD_IN_PROGRESS", "source": request["source"], "records": 0, "error": ""}
        spawn_background(self._run, id, request, thread_name=f"load {id}")
        return {"status": "200 OK", "payload": {"loadId": id}}

    def look(self, id: str) -> Json:
        """GetLoaderJobStatus.

        Raises:
            Refused: there is no such job.
        """
        job = self.jobs.get(id)
        if job is None:
            raise Refused("LoadUrlAccessDeniedException", f"there is no load {id}", 404)
        errors = [{"errorCode": job["status"], "errorMessage": job["error"], "fileName": job["source"]}]
        overall = {
            "fullUri": job["source"],
            "runNumber": 1,
            "retryNumber": 0,
            "status": job["status"],
            "totalRecords": job["records"],
            "parsingErrors": int(bool(job["error"])),
            "insertErrors": 0,
        }
        return {
            "status": "200 OK",
            "payload": {
                "feedCount": [{job["status"]: 1}],
                "overallStatus": overall,
                "errors": {"errorLogs": errors if job["error"] else []},
            },
        }

    def _run(self, id: str, request: Json) -> None:
        job = self.jobs[id]
        try:
            files = self._files(request["source"], request["iamRoleArn"], id)
            asked = {"format": request["format"], "files": files}
            job["records"] = self.engines[LANGUAGES[request["format"]]].ask("/load", asked)["loaded"]
            job["status"] = "LOAD_COMPLETED"
        except (ClientError, roles.RoleError, PermissionError) as error:
            job.update(status="LOAD_S3_ACCESS_DENIED_ERROR", error=str(error))
        except Refused as error:
            job.update(status="LOAD_FAILED", error=error.message)
        finally:
            job["ended"] = time.time()

    def _files(self, source: str, role: str, id: str) -> list[tuple[str, str]]:
        """Returns the name and the text of everything below an address."""
        place = urlsplit(source)
        session = roles.credentials(role, SERVICE, f"load-{id}")
        try:
            s3 = client("s3", self.aws, session)
            pages = s3.get_paginator("list_objects_v2").paginate(Bucket=place.netloc, Prefix=place.path.lstrip("/"))
            keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
            if not keys:
                raise Refused("LOAD_FAILED", f"there is nothing at {source}")
            bodies = ((key, s3.get_object(Bucket=place.netloc, Key=key)["Body"].read()) for key in keys)
            return [
                (key, (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode()) for key, body in bodies
            ]
        finally:
            roles.forget(session)
