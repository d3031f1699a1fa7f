"""What SES tells of a message, and whom: EventBridge, Firehose and SNS, as the configuration set says."""

import base64
import json
import logging
import time
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import eventbridge, firehose, ses_v2, sns

from local.emulator import roles
from local.emulator.mail.message import Mail, stamp

log = logging.getLogger("ses")

SERVICE = "ses.amazonaws.com"

# The name of an event in its record, in a configuration set, and its detail-type at EventBridge.
KINDS = {
    "Send": ("SEND", "Email Sent"),
    "Delivery": ("DELIVERY", "Email Delivered"),
    "Open": ("OPEN", "Email Opened"),
    "Click": ("CLICK", "Email Clicked"),
    "Bounce": ("BOUNCE", "Email Bounced"),
    "Complaint": ("COMPLAINT", "Email Complaint Received"),
    "DeliveryDelay": ("DELIVERY_DELAY", "Email Delivery Delayed"),
}


def destinations(name: str) -> list[dict[str, Any]]:
    """Returns the event destinations of a configuration set that are switched on."""
    found = (ses_v2._config_sets.get(name) or {}).get("EventDestinations") or {}
    return [one for one in found.values() if one.get("Enabled")]


def wanted(name: str, kind: str) -> bool:
    """Whether a configuration set asks for a kind of event, which is what makes SES track opens and clicks."""
    return any(KINDS[kind][0] in one["MatchingEventTypes"] for one in destinations(name))


def publish(mail: Mail, kind: str, detail: dict[str, Any]) -> None:
    """Tells every destination that asks for this kind of event; a destination that refuses it is logged."""
    name, title = KINDS[kind]
    record = {"eventType": kind, "mail": mail.described(), kind[:1].lower() + kind[1:]: detail}
    with request_scope(mail.account, mail.region):
        for one in destinations(mail.configuration_set):
            if name not in one["MatchingEventTypes"]:
                continue
            try:
                _tell(one, mail, title, record)
            except (PermissionError, roles.RoleError, RuntimeError) as error:
                log.error("an event %s of %s is lost: %s", kind, mail.id, error)


def _tell(destination: dict[str, Any], mail: Mail, title: str, record: dict[str, Any]) -> None:
    if "EventBridgeDestination" in destination:
        entry = {
            "Source": "aws.ses",
            "DetailType": title,
            "Detail": json.dumps(record),
            "Resources": [f"arn:aws:ses:{mail.region}:{mail.account}:configuration-set/{mail.configuration_set}"],
        }
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
    elif "KinesisFirehoseDestination" in destination:
        target = destination["KinesisFirehoseDestination"]
        session = roles.credentials(target["IamRoleArn"], SERVICE, "ses")
        try:
            for action in ("firehose:PutRecordBatch",):
                roles.check(session, action, "firehose", target["DeliveryStreamArn"])
        finally:
            roles.forget(session)
        stream = target["DeliveryStreamArn"].rpartition("/")[2]
        data = base64.b64encode(f"{json.dumps(record)}\n".encode()).decode()
        status = firehose._put_record({"DeliveryStreamName": stream, "Record": {"Data": data}})[0]
        if status >= 300:
            raise RuntimeError(f"{stream} answered {status}")
    elif "SnsDestination" in destination:
        sns.publish_internal(
            destination["SnsDestination"]["TopicArn"], json.dumps(record), "Amazon SES Email Event Notification"
        )


def now() -> str:
    """Returns the time of an event."""
    return stamp(time.time())
