"""Lambda functions that read a Kinesis stream get past a bad record.

The pinned emulator repeats a failing batch for ever, ignores which records of it failed, and reads with the
permissions of nobody. Here MaximumRetryAttempts, MaximumRecordAgeInSeconds, BisectBatchOnFunctionError,
ReportBatchItemFailures and the OnFailure destination (SQS, SNS, S3) do what they do on AWS, and the function's role
needs kinesis:GetRecords. A mapping that starts at LATEST starts when it is made, not when it is first looked at.
"""

import time
from typing import Any

from ministack.core.arn import ArnParseError, parse_arn
from ministack.core.lambda_runtime import execution_credentials
from ministack.core.responses import request_scope
from ministack.services import kinesis, lambda_svc

from local.emulator import roles
from local.emulator.streams.batches import Batch, Shard
from local.emulator.streams.destination import discard
from local.emulator.streams.events import failed_from, record_event
from local.emulator.surroundings import Surroundings

Mapping = dict[str, Any]


def fill(aws: Surroundings) -> None:
    """Takes the place of the emulator's reader of Kinesis streams."""
    reader = Reader(aws)
    lambda_svc._poll_kinesis = reader.poll
    anchor = lambda_svc._init_stream_position

    def start(mapping: str, source: str, position: str) -> None:
        anchor(mapping, source, position)
        reader.anchor(mapping, source, position)

    lambda_svc._init_stream_position = start


class Reader:
    """Reads streams for their mappings: a batch of every shard in each round."""

    def __init__(self, aws: Surroundings) -> None:
        """Starts with what the emulator has stored of the positions."""
        self.aws = aws
        self.shards: dict[tuple[str, str], Shard] = {}

    def anchor(self, mapping: str, source: str, position: str) -> None:
        """Notes where a new mapping starts."""
        stream = _stream(source)
        if stream is None or mapping in lambda_svc._kinesis_positions:
            return
        lambda_svc._kinesis_positions[mapping] = {
            name: 0 if position == "TRIM_HORIZON" else len(shard["records"]) for name, shard in stream["shards"].items()
        }

    def poll(self) -> bool:
        """Hands the next batch of every shard to its function; whether any got further."""
        moved = False
        for account, region, mapping in lambda_svc._iter_all_esms():
            with request_scope(account, region):
                if mapping.get("Enabled", True) in {True, "true"}:
                    moved = self._read(mapping) or moved
        return moved

    def _read(self, mapping: Mapping) -> bool:
        """Hands batches of one mapping to its function."""
        stream = _stream(mapping.get("EventSourceArn", ""))
        if stream is None or stream["StreamStatus"] != "ACTIVE":
            return False
        function, _ = lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
        if function is None:
            return False
        self.anchor(mapping["UUID"], mapping["EventSourceArn"], mapping.get("StartingPosition", "LATEST"))
        positions = lambda_svc._kinesis_positions[mapping["UUID"]]
        moved = False
        for name, stored in stream["shards"].items():
            # A shard that has come later is the child of one that was split or merged: it is read from its start.
            position = positions.setdefault(name, 0)
            shard = self.shards.setdefault((mapping["UUID"], name), Shard())
            if time.monotonic() < shard.rest_until:
                continue
            batch = shard.next(position, len(stored["records"]), int(mapping.get("BatchSize", 100)))
            if batch is None or not self._may_read(mapping, function, shard):
                continue
            moved = self._work(mapping, function, name, shard, batch, stored["records"]) or moved
            positions[name] = shard.position(position)
        return moved

    def _may_read(self, mapping: Mapping, function: dict[str, Any], shard: Shard) -> bool:
        """Whether the function's role may read the stream; the mapping says when it may not."""
        session = execution_credentials(function.get("config") or function)
        try:
            roles.check(session, "kinesis:GetRecords", "kinesis", mapping["EventSourceArn"])
        except PermissionError as error:
            mapping["LastProcessingResult"] = f"PROBLEM: {error}"
            shard.rest()
            return False
        return True

    def _work(
        self,
        mapping: Mapping,
        function: dict[str, Any],
        name: str,
        shard: Shard,
        batch: Batch,
        stored: list[dict[str, Any]],
    ) -> bool:
        """Lets the function work on a batch and decides what becomes of it; whether the shard got further."""
        records = stored[batch.first : batch.end]
        events = [record_event(name, record, mapping["EventSourceArn"]) for record in records]
        wanted = lambda_svc._apply_filter_criteria(events, mapping)
        if not wanted:
            shard.done()
            return True
        result = lambda_svc._execute_function(function, {"Records": wanted})
        batch.attempts += 1
        failed = failed_from(result, events, "ReportBatchItemFailures" in mapping.get("FunctionResponseTypes", []))
        if failed is None:
            mapping["LastProcessingResult"] = f"OK - {len(records)} records"
            shard.done()
            return True
        mapping["LastProcessingResult"] = "PROBLEM: Function call failed"
        rest = shard.keep(failed)
        reason = _give_up(mapping, rest, stored[rest.first])
        if reason is None and _truth(mapping.get("BisectBatchOnFunctionError")) and shard.split():
            return True
        if reason is None:
            shard.rest()
            return failed > 0
        discard(self.aws, mapping, function, name, rest, stored[rest.first : rest.end], reason, result)
        shard.done()
        return True


def _give_up(mapping: Mapping, batch: Batch, oldest: dict[str, Any]) -> str | None:
    """Returns why a batch is not tried again, or None when it is."""
    age = int(mapping.get("MaximumRecordAgeInSeconds") or -1)
    if age > 0 and time.time() - float(oldest["ApproximateArrivalTimestamp"]) > age:
        return "RecordAgeExceeded"
    attempts = mapping.get("MaximumRetryAttempts")
    divisible = _truth(mapping.get("BisectBatchOnFunctionError")) and batch.end - batch.first > 1
    if attempts is not None and 0 <= int(attempts) < batch.attempts and not divisible:
        return "RetryAttemptsExhausted"
    return None


def _stream(arn: str) -> dict[str, Any] | None:
    """Returns the emulator's record of a Kinesis stream."""
    try:
        spec = parse_arn(arn)
    except ArnParseError:
        return None
    name = lambda_svc._kinesis_stream_name_from_arn_spec(spec) if spec.service == "kinesis" else None
    found: dict[str, Any] | None = kinesis._streams.get_scoped(spec.account_id, spec.region, name) if name else None
    return found


def _truth(value: Any) -> bool:
    """Whether a value of the API, or of a template, is true."""
    return value in {True, "true"}
