"""One e-mail: from a SendEmail request to the bytes that go out by SMTP, with the marks by which SES tracks it."""

import html
import json
import re
import time
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from typing import Any

_LINK = re.compile(r"<a\b([^>]*?)href=([\"'])(https?://[^\"']+)\2([^>]*)>", re.IGNORECASE)
# A header with an address in it is not to be folded: what has no spaces would be encoded.
_LINES = SMTP.clone(max_line_length=900)
_UNTRACKED = re.compile(r"\s*ses:no-track(?:=([\"']).*?\1)?", re.IGNORECASE)


@dataclass
class Mail:
    """A message that was taken.

    Attributes:
        id: of the message, as SES gives it.
        source: who sends it, and `identity`, the verified one of it.
        recipients: bare addresses.
        configuration_set: that it was sent with, or nothing.
        tags: of the message, each with its values.
        account: and `region`, where it was sent.
        content: what goes out by SMTP.
        links: those that are tracked, in their order.
        taken: when, in seconds.
    """

    id: str
    source: str
    identity: str
    recipients: list[str]
    configuration_set: str
    tags: dict[str, list[str]]
    account: str
    region: str
    content: bytes = b""
    links: list[str] = field(default_factory=list)
    taken: float = field(default_factory=time.time)

    def described(self) -> dict[str, Any]:
        """Returns the `mail` object of every event about it."""
        return {
            "timestamp": stamp(self.taken),
            "source": self.source,
            "sourceArn": f"arn:aws:ses:{self.region}:{self.account}:identity/{self.identity}",
            "sendingAccountId": self.account,
            "messageId": self.id,
            "destination": self.recipients,
            "headersTruncated": False,
            "headers": [],
            "commonHeaders": {"messageId": self.id, "to": self.recipients, "from": [self.source]},
            "tags": {"ses:configuration-set": [self.configuration_set], **self.tags},
        }


def build(mail: Mail, request: dict[str, Any], parts: dict[str, str], opens: bool, clicks: bool, base: str) -> None:
    """Gives a mail its content.

    Args:
        mail: the one.
        request: SendEmail.
        parts: Subject, Text and Html, rendered.
        opens: whether a picture tells that it was opened.
        clicks: whether links lead by way of SES.
        base: the address under which pictures and links are answered.
    """
    message = EmailMessage(_LINES)
    message["Message-ID"] = f"<{mail.id}@email.amazonses.com>"
    message["Date"] = formatdate(mail.taken)
    message["Subject"] = parts.get("Subject", "")
    message["From"] = mail.source
    message["To"] = ", ".join((request.get("Destination") or {}).get("ToAddresses") or [])
    for header in headers(request):
        message[header["Name"]] = header["Value"]
    # Stands for the feedback loop that mailbox providers have with AWS.
    message["X-Local-Complaints"] = f"{base}/complaint/{mail.id}"
    message.set_content(parts.get("Text") or "", cte="base64")
    if parts.get("Html"):
        body = _tracked(mail, parts["Html"], clicks, base)
        if opens:
            body += f'<img alt="" src="{base}/open/{mail.id}" width="1" height="1">'
        message.add_alternative(body, subtype="html", cte="base64")
    mail.content = message.as_bytes()


def headers(request: dict[str, Any]) -> list[dict[str, str]]:
    """Returns the headers that a request adds."""
    content = request.get("Content") or {}
    given: list[dict[str, str]] = (content.get("Simple") or content.get("Template") or {}).get("Headers") or []
    return given


def tags(request: dict[str, Any]) -> dict[str, list[str]]:
    """Returns the tags of a message as events hold them.

    >>> tags({"EmailTags": [{"Name": "intent", "Value": "i1"}]})
    {'intent': ['i1']}
    """
    return {one["Name"]: [one["Value"]] for one in request.get("EmailTags") or []}


def address(text: str) -> str:
    """Returns the bare address of `Name <address>`."""
    return parseaddr(text)[1]


def render(text: str | None, data: str | dict[str, Any] | None) -> str:
    """Returns a part of a template with its values in it; a value that is missing makes no message.

    >>> render("Hello {{name}}", '{"name": "Ann"}')
    'Hello Ann'

    Raises:
        KeyError: a value that the template names is not there.
    """
    values = json.loads(data or "{}") if isinstance(data, str | None) else data
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda place: str(values[place[1]]), text or "")


def stamp(moment: float) -> str:
    """Returns a time as SES writes it.

    >>> stamp(0.5)
    '1970-01-01T00:00:00.500Z'
    """
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(moment))}.{round(moment % 1 * 1000) % 1000:03}Z"


def _tracked(mail: Mail, body: str, clicks: bool, base: str) -> str:
    def link(found: re.Match[str]) -> str:
        before, quote, target, after = found.groups()
        untracked = _UNTRACKED.search(before) or _UNTRACKED.search(after)
        if clicks and not untracked:
            mail.links.append(html.unescape(target))
            target = f"{base}/click/{mail.id}/{len(mail.links) - 1}"
        kept = _UNTRACKED.sub("", before), _UNTRACKED.sub("", after)
        return f"<a{kept[0]}href={quote}{target}{quote}{kept[1]}>"

    return _LINK.sub(link, body)
