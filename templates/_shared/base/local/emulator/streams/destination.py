"""Where a batch goes that a function could not work on."""

import json
import logging
import time
import uuid
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from ministack.core.lambda_runtime import execution_credentials

from local.emulator.clients import client
from local.emulator.streams.batches import Batch
from local.emulator.streams.events import record_event
from local.emulator.surroundings import Surroundings

log = logging.getLogger("stream_consumers")


def discard(
    aws: Surroundings,
    mapping: dict[str, Any],
    function: dict[str, Any],
    shard: str,
    batch: Batch,
    records: list[dict[str, Any]],
    reason: str,
    result: dict[str, Any],
) -> None:
    """Sends word of a batch to the mapping's destination, with the permissions of the function's role."""
    name = mapping["FunctionName"]
    target = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    if not target:
        log.error("%s: %d records of %s are given up (%s); there is no destination", name, len(records), shard, reason)
        return
    config = function.get("config") or function
    said = word(mapping, config, shard, batch, records, reason, result)
    try:
        send(aws, target, mapping["UUID"], shard, said, records, execution_credentials(config))
    except (ClientError, BotoCoreError) as error:
        log.error("%s: %d records of %s are lost, for %s takes no word: %s", name, len(records), shard, target, error)


def word(
    mapping: dict[str, Any],
    config: dict[str, Any],
    shard: str,
    batch: Batch,
    records: list[dict[str, Any]],
    reason: str,
    result: dict[str, Any],
) -> dict[str, Any]:
    """Returns what Lambda says of a batch that it gives up."""
    return {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": config.get("FunctionArn", mapping.get("FunctionArn")),
            "condition": reason,
            "approximateInvokeCount": batch.attempts,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": config.get("Version", "$LATEST"),
            "functionError": result.get("function_error") or "Unhandled",
        },
        "version": "1.0",
        "timestamp": stamp(time.time()),
        "KinesisBatchInfo": {
            "shardId": shard,
            "startSequenceNumber": records[0]["SequenceNumber"],
            "endSequenceNumber": records[-1]["SequenceNumber"],
            "approximateArrivalOfFirstRecord": stamp(records[0]["ApproximateArrivalTimestamp"]),
            "approximateArrivalOfLastRecord": stamp(records[-1]["ApproximateArrivalTimestamp"]),
            "batchSize": len(records),
            "streamArn": mapping["EventSourceArn"],
        },
    }


def send(
    aws: Surroundings,
    target: str,
    mapping: str,
    shard: str,
    said: dict[str, Any],
    records: list[dict[str, Any]],
    credentials: dict[str, str],
) -> None:
    """Sends the word to a queue or a topic, or stores it together with the records in a bucket."""
    service = target.split(":")[2]
    api = client(service, aws, credentials)
    if service == "sqs":
        account, queue = target.split(":")[4:6]
        api.send_message(QueueUrl=f"{aws.url}/{account}/{queue}", MessageBody=json.dumps(said))
    elif service == "sns":
        api.publish(TopicArn=target, Message=json.dumps(said))
    elif service == "s3":
        stream = said["KinesisBatchInfo"]["streamArn"]
        payload = {"Records": [record_event(shard, record, stream) for record in records]}
        now = time.gmtime()
        key = time.strftime(f"aws/lambda/{mapping}/{shard}/%Y/%m/%d/%Y-%m-%dT%H.%M.%S-{uuid.uuid4()}", now)
        body = json.dumps({**said, "payload": json.dumps(payload)})
        api.put_object(Bucket=target.rpartition(":")[2], Key=key, Body=body.encode())


def stamp(moment: float) -> str:
    """Returns a time as Lambda writes it.

    >>> stamp(0)
    '1970-01-01T00:00:00Z'
    """
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(float(moment)))
