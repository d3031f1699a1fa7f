"""Rules of IoT Core hand messages over to Kinesis, Firehose and S3.

The pinned emulator skips these three actions silently. Here they deliver with the permissions of the role that the
action names, fill in templates such as `${topic(2)}`, and a failure leads to the rule's error action.
"""

import base64
import contextvars
import json
import re
from typing import Any, NamedTuple

from ministack.core.responses import request_scope
from ministack.services import firehose, iot, kinesis, s3

from local.emulator import roles
from local.emulator.surroundings import Surroundings

Action = dict[str, Any]

_TEMPLATE = re.compile(r"\$\{([^}]*)\}")
_RESOURCES = {"kinesis": ("streamName",), "firehose": ("deliveryStreamName",), "s3": ("bucketName",)}


class Message(NamedTuple):
    """A message as a rule sees it."""

    topic: str
    payload: bytes
    client: str | None

    def filled(self, text: str) -> str:
        """Returns a text with the templates in it evaluated."""
        read = iot._rule_message(self.payload)

        def value(found: re.Match[str]) -> str:
            result = iot._eval_select_expr(found[1], self.topic, self.payload, read, self.client)
            return "" if result is iot._MISSING else str(result)

        return _TEMPLATE.sub(value, text)


_message: contextvars.ContextVar[Message] = contextvars.ContextVar("message")
_sessions: dict[str, dict[str, str]] = {}


def fill(_aws: Surroundings) -> None:
    """Adds the actions to those that the emulator knows."""
    run, dispatch = iot._run_rule_actions, iot._dispatch_rule_action
    iot._RULE_ACTION_RESOURCE_KEYS.update(_RESOURCES)

    async def noted(
        account: str,
        region: str,
        rule: dict[str, Any],
        payload: bytes,
        topic: str = "",
        client_id: str | None = None,
    ) -> None:
        token = _message.set(Message(topic, payload or b"", client_id))
        try:
            await run(account, region, rule, payload, topic, client_id)
        finally:
            _message.reset(token)

    async def act(account: str, region: str, rule: str, action: Action, event: Any) -> None:
        kind = next((name for name in _RESOURCES if name in action), "")
        if not kind:
            await dispatch(account, region, rule, action, event)
            return
        with request_scope(account, region):
            given = action[kind] or {}
            if kind == "kinesis":
                _to_kinesis(account, region, given, _bytes(event))
            elif kind == "firehose":
                _to_firehose(account, region, given, event)
            else:
                await _to_s3(given, _bytes(event))

    iot._run_rule_actions = noted
    iot._dispatch_rule_action = act


def _to_kinesis(account: str, region: str, given: Action, data: bytes) -> None:
    stream = given["streamName"]
    _allowed(given, "kinesis:PutRecord", "kinesis", f"arn:aws:kinesis:{region}:{account}:stream/{stream}")
    key = _message.get().filled(given.get("partitionKey") or "${newuuid()}")
    record = {"StreamName": stream, "PartitionKey": key, "Data": base64.b64encode(data).decode()}
    _accepted(kinesis._put_record(record))


def _to_firehose(account: str, region: str, given: Action, event: Any) -> None:
    stream = given["deliveryStreamName"]
    arn = f"arn:aws:firehose:{region}:{account}:deliverystream/{stream}"
    separator = given.get("separator", "").encode()
    if given.get("batchMode") and isinstance(event, list):
        _allowed(given, "firehose:PutRecordBatch", "firehose", arn)
        records = [_bytes(one) + separator for one in event]
    else:
        _allowed(given, "firehose:PutRecord", "firehose", arn)
        records = [_bytes(event) + separator]
    for record in records:
        data = base64.b64encode(record).decode()
        _accepted(firehose._put_record({"DeliveryStreamName": stream, "Record": {"Data": data}}))


async def _to_s3(given: Action, data: bytes) -> None:
    bucket, key = given["bucketName"], _message.get().filled(given["key"])
    _allowed(given, "s3:PutObject", "s3", f"arn:aws:s3:::{bucket}/{key}")
    headers = {"content-type": "application/octet-stream", "content-length": str(len(data)), "host": "s3.localhost"}
    status, _, body = await s3.handle_request("PUT", f"/{bucket}/{key}", headers, data, {}, internal=True)
    if status >= 400:
        raise RuntimeError(body.decode(errors="replace") if isinstance(body, bytes) else str(body))


def _allowed(given: Action, action: str, service: str, resource: str) -> None:
    """Returns when the role of the action may do it; a role that does not exist or trust IoT raises, too."""
    role = given.get("roleArn") or ""
    if role not in _sessions:
        _sessions[role] = roles.credentials(role, "iot.amazonaws.com", "iot-rule")
    roles.check(_sessions[role], action, service, resource)


def _accepted(answer: tuple[int, Any, Any]) -> None:
    status, _, body = answer
    if status >= 400:
        said = json.loads(body)
        raise RuntimeError(f"{said.get('__type', status)}: {said.get('message', '')}")


def _bytes(event: Any) -> bytes:
    if isinstance(event, bytes):
        return event
    return (event if isinstance(event, str) else json.dumps(event)).encode()
