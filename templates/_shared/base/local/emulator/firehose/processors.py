"""What a stream does with its records before it stores them: the processors of its configuration."""

import base64
import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ministack.core.responses import get_region
from ministack.services import firehose, lambda_svc

from local.emulator import roles

# A request to a function is at most 6 MB, and the records travel in base64.
_BATCH_BYTES = 3 * 1024 * 1024
_BATCH_RECORDS = 500


@dataclass(frozen=True)
class Record:
    """A record, and the partition keys that a transformation has given it."""

    id: str
    data: bytes
    keys: dict[str, str] | None = None
    arrived: float = field(default_factory=time.time)


@dataclass(frozen=True)
class Rejected:
    """A record for the error prefix.

    Attributes:
        record: as it came.
        kind: the error output type, part of the prefix.
        code: of the error.
        message: why.
        function: the ARN of the function that failed.
        attempts: how often it was tried.
    """

    record: Record
    kind: str
    code: str | None
    message: str
    function: str | None = None
    attempts: int = 1

    def document(self, table: dict[str, Any] | None) -> dict[str, Any]:
        """Returns the line that Firehose writes for it."""
        # Only the errors of a conversion call themselves the last ones.
        code, message = ("lastErrorCode", "lastErrorMessage") if table else ("errorCode", "errorMessage")
        said: dict[str, Any] = {
            "attemptsMade": self.attempts,
            "arrivalTimestamp": int(self.record.arrived * 1000),
            code: self.code,
            message: self.message,
            "attemptEndingTimestamp": int(time.time() * 1000),
            "rawData": base64.b64encode(self.record.data).decode(),
        }
        if self.function:
            said["lambdaArn"] = self.function
        if table:
            said["dataCatalogTable"] = table
        return said


Session = Callable[[], dict[str, str]]


def process(
    stream: dict[str, Any], config: dict[str, Any], records: list[Record], rejected: list[Rejected], session: Session
) -> list[Record]:
    """Returns what the processors make of the records; those that fail are added to `rejected`."""
    processing = config.get("ProcessingConfiguration") or {}
    if not processing.get("Enabled"):
        return records
    for processor in processing.get("Processors") or []:
        parameters = {one["ParameterName"]: one["ParameterValue"] for one in processor.get("Parameters") or []}
        if processor["Type"] == "Lambda":
            function = parameters["LambdaArn"]
            retries = int(parameters.get("NumberOfRetries", 3))
            records = [
                record
                for batch in batches(records)
                for record in transform(stream, function, retries, batch, rejected, session)
            ]
        elif processor["Type"] == "AppendDelimiterToRecord":
            # The parameter is written as in a string of Java: "\\n".
            delimiter = parameters.get("Delimiter", "\\n").encode().decode("unicode_escape").encode()
            records = [replace(record, data=record.data + delimiter) for record in records]
        elif processor["Type"] == "RecordDeAggregation" and parameters.get("SubRecordType", "JSON") == "JSON":
            records = [part for record in records for part in parts(record, rejected)]
    return records


def batches(records: list[Record]) -> Iterator[list[Record]]:
    """Yields the records in batches that a function can take."""
    batch: list[Record] = []
    size = 0
    for record in records:
        if batch and (size + len(record.data) > _BATCH_BYTES or len(batch) == _BATCH_RECORDS):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += len(record.data)
    if batch:
        yield batch


def transform(
    stream: dict[str, Any],
    function: str,
    retries: int,
    batch: list[Record],
    rejected: list[Rejected],
    session: Session,
) -> list[Record]:
    """Returns what a function makes of a batch."""
    event: dict[str, Any] = {
        "invocationId": str(uuid.uuid4()),
        "deliveryStreamArn": stream["arn"],
        "region": get_region(),
        "records": [
            {
                "recordId": record.id,
                "approximateArrivalTimestamp": int(record.arrived * 1000),
                "data": base64.b64encode(record.data).decode(),
            }
            for record in batch
        ],
    }
    source = (stream.get("kinesis_source") or {}).get("KinesisStreamARN")
    if source:
        event["sourceKinesisStreamArn"] = source
    failure = ("", "")
    for attempt in range(1, retries + 2):
        try:
            answers = {answer["recordId"]: answer for answer in invoke(function, event, session)["records"]}
        except (PermissionError, roles.RoleError) as error:
            failure = ("Lambda.InvokeAccessDenied", str(error))
            break
        except (RuntimeError, KeyError, TypeError, ValueError) as error:
            failure = ("Lambda.FunctionError", f"The Lambda function was invoked but it returned an error: {error}")
        else:
            return list(outcomes(function, batch, answers, rejected, attempt))
    rejected += [Rejected(record, "processing-failed", *failure, function, attempt) for record in batch]
    return []


def outcomes(
    function: str, batch: list[Record], answers: dict[str, dict[str, Any]], rejected: list[Rejected], attempt: int
) -> Iterator[Record]:
    """Yields the transformed records; what is dropped is left out, and every other record is rejected."""
    for record in batch:
        answer = answers.get(record.id)
        if answer is None:
            code, said = "Lambda.MissingRecordId", "One or more record Ids were not returned."
        elif answer.get("result") == "Ok":
            keys = (answer.get("metadata") or {}).get("partitionKeys")
            named = {str(key): str(value) for key, value in keys.items()} if isinstance(keys, dict) else record.keys
            yield Record(record.id, base64.b64decode(answer.get("data") or b""), named)
            continue
        elif answer.get("result") == "Dropped":
            continue
        else:
            code, said = "Lambda.ProcessingFailedStatus", "ProcessingFailed status set for record"
        rejected.append(Rejected(record, "processing-failed", code, said, function, attempt))


def invoke(function: str, event: dict[str, Any], session: Session) -> dict[str, Any]:
    """Returns the answer of a function that is invoked with the permissions of the stream's role.

    Raises:
        PermissionError: the role may not.
        RoleError: the role cannot be assumed.
        RuntimeError: there is no such function, or it failed.
    """
    credentials = session()
    try:
        roles.check(credentials, "lambda:InvokeFunction", "lambda", function)
    finally:
        roles.forget(credentials)
    name, qualifier = lambda_svc._resolve_name_and_qualifier(function)
    found, _ = lambda_svc._get_func_record_for_qualifier(name, qualifier)
    if found is None:
        raise RuntimeError(f"the function {function} does not exist")
    result = lambda_svc._execute_function(found, event)
    body = result.get("body")
    if result.get("error"):
        raise RuntimeError(str(body))
    answer: dict[str, Any] = json.loads(body) if isinstance(body, str | bytes) else body
    return answer


def parts(record: Record, rejected: list[Rejected]) -> Iterator[Record]:
    """Yields the JSON objects that were put together into one record."""
    try:
        documents = firehose._json_documents(record.data)
    except firehose._DeliveryError as error:
        rejected.append(Rejected(record, "processing-failed", error.code, error.message))
        return
    for number, document in enumerate(documents):
        yield Record(f"{record.id}-{number}", json.dumps(document).encode(), record.keys)
