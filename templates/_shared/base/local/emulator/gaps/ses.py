"""E-mail of SES that leaves, arrives or comes back, and is told of.

The pinned emulator answers SendEmail (v2) and forgets the message: no configuration set, no event, no suppression list,
no sending rate, and a role may send whatever its policy says of identities. Here the message goes by SMTP to a real
server (`runners/mail_server.py`; mailboxes are in `.local/mail`), whose answer decides between delivery, delay and
bounce; opens and clicks come from the picture and the links in it, complaints from the address in its header; the event
destinations of the configuration set are told of each (EventBridge, Firehose, SNS). Hard bounces and complaints put an
address on the suppression list. `.local/mail/world.json` may set the sending rate of the account (`"rate"`, a second)
and make answers late (`"stall"`, seconds after the message was taken).
"""

import asyncio
import json
import re
import threading
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

import ministack.app as emulator
from ministack.core import iam_actions
from ministack.core.responses import get_account_id, get_region
from ministack.services import ses_v2
from ministack.services.cloudformation import provisioners

from local.emulator.mail import events
from local.emulator.mail.message import Mail, address, build, render, stamp, tags
from local.emulator.mail.outgoing import Outgoing, bounce, boxes
from local.emulator.surroundings import Surroundings

Answer = tuple[int, dict[str, str], bytes]
_TEMPLATE = "AWS::SES::Template"
_SEND = "/outbound-emails"
_PATH = re.compile(r"/_local/ses/(open|click|complaint)/([\w-]+)(?:/(\d+))?")
_RATE = 200  # messages a second; an account out of the sandbox begins lower


def fill(aws: Surroundings) -> None:
    """Takes the place of the emulator's SendEmail and suppression list, and answers pictures, links and complaints."""
    service = Service(aws)
    handle = ses_v2.handle_request

    async def handled(method: str, path: str, headers: Any, body: bytes, query: Any) -> Answer:
        sub = path.rstrip("/").removeprefix("/v2/email")
        if method == "POST" and sub == _SEND:
            return await service.send(json.loads(body))
        if sub.startswith("/suppression/addresses"):
            return service.suppression(method, unquote(sub.removeprefix("/suppression/addresses").strip("/")), body)
        answer: Answer = await handle(method, path, headers, body, query)
        return answer

    ses_v2.handle_request = handled
    _name_identities()
    provisioners._RESOURCE_HANDLERS[_TEMPLATE] = {
        "create": _make_template,
        "update": lambda _physical, _old, new, stack: _make_template("", new, stack),
        "delete": lambda physical, _: ses_v2._templates.pop(physical, None),
    }
    _answer_readers(service)
    reset = ses_v2.reset

    def forget() -> None:
        service.suppressed.clear()
        service.mails.clear()
        reset()

    ses_v2.reset = forget


class Service:
    """The messages that were taken, and the addresses that get none."""

    def __init__(self, aws: Surroundings) -> None:
        """Starts with none."""
        self.aws = aws
        self.base = f"{aws.url}/_local/ses"
        self.mails: dict[str, Mail] = {}
        self.suppressed: dict[str, tuple[str, float]] = {}
        self.outgoing = Outgoing(aws, self._bounced)
        self.recent: list[float] = []
        self.lock = threading.Lock()

    async def send(self, request: dict[str, Any]) -> Answer:
        """SendEmail."""
        world = self._world()
        if self._too_fast(float(world.get("rate", _RATE))):
            return _refused("TooManyRequestsException", "Maximum sending rate exceeded.", 429)
        source = request.get("FromEmailAddress", "")
        name = request.get("ConfigurationSetName", "")
        identity = verified(source)
        if identity is None:
            said = f"Email address is not verified. The following identities failed the check: {source}"
            return _refused("MessageRejected", said)
        if name and name not in ses_v2._config_sets:
            return _refused("NotFoundException", f"Configuration set <{name}> does not exist.", 404)
        recipients = [address(one) for kind in (request.get("Destination") or {}).values() for one in kind]
        if not recipients or not all("@" in one for one in recipients):
            return _refused("BadRequestException", "Missing final '@domain'")
        try:
            parts = _parts(request)
        except (KeyError, ValueError) as error:
            return _refused("BadRequestException", f"The message cannot be made: {error}")
        mail = Mail(uuid.uuid4().hex, source, identity, recipients, name, tags(request), get_account_id(), get_region())
        build(mail, request, parts, events.wanted(name, "Open"), events.wanted(name, "Click"), self.base)
        self.mails[mail.id] = mail
        await asyncio.to_thread(self._dispatch, mail)
        await asyncio.sleep(float(world.get("stall", 0)))
        return _said({"MessageId": mail.id})

    def _dispatch(self, mail: Mail) -> None:
        events.publish(mail, "Send", {})
        held = [one for one in mail.recipients if one in self.suppressed]
        if held:
            detail = bounce(
                mail, True, "Amazon SES did not send the message to this address", "OnAccountSuppressionList"
            )
            events.publish(mail, "Bounce", detail)
        else:
            self.outgoing.add(mail)

    def _bounced(self, mail: Mail, permanent: bool) -> None:
        if permanent:
            self._suppress(mail, "BOUNCE")

    def _suppress(self, mail: Mail, reason: str) -> None:
        for one in mail.recipients:
            self.suppressed[one] = (reason, time.time())

    def read(self, kind: str, id: str, number: int) -> str | None:
        """Notes that a message was opened, clicked or complained about; returns where a link leads, or nothing.

        Raises:
            LookupError: there is no such message or link.
        """
        mail = self.mails[id]
        at = events.now()
        seen = {"ipAddress": "127.0.0.1", "timestamp": at, "userAgent": "local"}
        if kind == "open":
            events.publish(mail, "Open", seen)
        elif kind == "click":
            target = mail.links[number]
            events.publish(mail, "Click", {**seen, "link": target, "linkTags": None})
            return target
        else:
            complained = [{"emailAddress": one} for one in mail.recipients]
            detail = {
                "complainedRecipients": complained,
                "timestamp": at,
                "feedbackId": uuid.uuid4().hex,
                "complaintFeedbackType": "abuse",
                "arrivalDate": at,
            }
            events.publish(mail, "Complaint", detail)
            self._suppress(mail, "COMPLAINT")
        return None

    def suppression(self, method: str, named: str, body: bytes) -> Answer:
        """PutSuppressedDestination, and Get, Delete and List."""
        if method == "PUT":
            request = json.loads(body)
            self.suppressed[request["EmailAddress"]] = (request["Reason"], time.time())
            return _said({})
        if not named:
            found = [_suppressed(one, *why) for one, why in sorted(self.suppressed.items())]
            return _said({"SuppressedDestinationSummaries": found})
        if named not in self.suppressed:
            said = f"Email address {named} does not exist on your suppression list."
            return _refused("NotFoundException", said, 404)
        if method == "DELETE":
            del self.suppressed[named]
            return _said({})
        return _said({"SuppressedDestination": _suppressed(named, *self.suppressed[named])})

    def _world(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads((boxes(self.aws) / "world.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found

    def _too_fast(self, rate: float) -> bool:
        with self.lock:
            now = time.monotonic()
            self.recent = [one for one in self.recent if now - one < 1]
            if len(self.recent) >= rate:
                return True
            self.recent.append(now)
            return False


def verified(source: str) -> str | None:
    """Returns the identity by which someone may send: the address, or its domain."""
    known = {name for name, record in ses_v2._identities.items() if record.get("VerifiedForSendingStatus", True)}
    bare = address(source)
    return next((one for one in (bare, bare.rpartition("@")[2]) if one in known), None)


def _parts(request: dict[str, Any]) -> dict[str, str]:
    content = request.get("Content") or {}
    if "Template" in content:
        stored, _, error = ses_v2._resolve_send_template(content["Template"])
        if error:
            raise ValueError(json.loads(error[2])["message"])
        data = content["Template"].get("TemplateData")
        return {
            part: render(stored.get(f"{part}Part") or stored.get(part), data) for part in ("Subject", "Text", "Html")
        }
    simple = content["Simple"]
    found = {kind: part["Data"] for kind, part in simple.get("Body", {}).items()}
    return {"Subject": simple["Subject"]["Data"], **found}


def _make_template(_logical: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
    """Makes a template of a CloudFormation stack."""
    given = properties["Template"]
    name = given.get("TemplateName") or provisioners._physical_name(stack, _logical)
    ses_v2._templates[name] = {"TemplateName": name, **given}
    return name, {"Id": name}


def _name_identities() -> None:
    """SendEmail is allowed or not for the identity that sends, not for everything."""
    resource = iam_actions._ses_v2_resource_arn

    def named(method: str, path: str, body: bytes, region: str, account: str) -> str:
        if path.rstrip("/") == f"/v2/email{_SEND}" and method == "POST":
            identity = verified(str(iam_actions._safe_json_field(body, "FromEmailAddress")))
            return f"arn:aws:ses:{region}:{account}:identity/{identity or '*'}"
        found: str = resource(method, path, body, region, account)
        return found

    iam_actions._ses_v2_resource_arn = named


Message = dict[str, Any]


def _answer_readers(service: Service) -> None:
    """Answers what readers of messages ask for, before the emulator looks at it."""
    application = emulator.app

    async def app(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        found = _PATH.fullmatch(scope.get("path", "")) if scope["type"] == "http" else None
        if found is None:
            await application(scope, receive, send)
            if scope["type"] == "lifespan":
                await asyncio.to_thread(service.outgoing.stop)
            return
        headers: list[tuple[bytes, bytes]] = [(b"content-length", b"0")]
        try:
            target = await asyncio.to_thread(service.read, found[1], found[2], int(found[3] or 0))
            status = 302 if target else 200
            headers += [(b"location", target.encode())] if target else []
        except LookupError:
            status = 404
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    emulator.app = app


def _suppressed(named: str, reason: str, since: float) -> dict[str, Any]:
    return {"EmailAddress": named, "Reason": reason, "LastUpdateTime": stamp(since)}


def _said(content: dict[str, Any]) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(content).encode()


def _refused(code: str, message: str, status: int = 400) -> Answer:
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": code}
    return status, headers, json.dumps({"__type": code, "message": message}).encode()
