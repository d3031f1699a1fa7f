"""What people do with the e-mail in their mailboxes: open it, follow a link, complain, unsubscribe.

They know Maildir and HTTP, and nothing of AWS: a picture that they load is an open, a link a click.
"""

import email
import email.policy
import html
import mailbox
import re
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from random import Random

from data.population import Person

_PICTURE = re.compile(r'<img[^>]+src="([^"]+)"')
_LINK = re.compile(r'<a href="([^"]+)"')


@dataclass
class Read:
    """What people did, by the person and the subject of a message."""

    opened: set[tuple[str, str]] = field(default_factory=set)
    done: Counter[str] = field(default_factory=Counter)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:  # the shop behind the link does not exist
        return None


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay())


def read(random: Random, boxes: Path, people: Sequence[Person], today: date, leaves: float = 0.01) -> Read:
    """Lets people read what is new in their mailboxes; `leaves` is how many of those who open unsubscribe."""
    found = Read()
    tasks: list[tuple[str, str]] = []
    for person in people:
        for message in inbox(boxes, person.address):
            subject = str(message["Subject"])
            if random.random() >= person.reads(today):
                continue
            found.opened.add((person.id, subject))
            body = _html(message)
            tasks.append(("open", _PICTURE.findall(body)[0]))
            links = [html.unescape(link) for link in _LINK.findall(body) if "/unsubscribe" not in link]
            if links and random.random() < person.clicks:
                tasks.append(("click", links[0]))
            if random.random() < person.complains:
                tasks.append(("complain", str(message["X-Local-Complaints"])))
            away = message["List-Unsubscribe"]
            if away and random.random() < leaves:
                tasks.append(("unsubscribe", str(away).replace("\n", "").replace(" ", "").strip("<>")))
    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(lambda task: act(*task), tasks))
    found.done.update(what for what, _ in tasks)
    return found


def inbox(boxes: Path, address: str) -> list[EmailMessage]:
    """Returns the messages in a mailbox that were not returned before."""
    folder = boxes / address
    if not (folder / "new").is_dir():
        return []
    box = mailbox.Maildir(folder, create=False)
    messages = []
    for key in sorted(box.keys()):
        if box.get_message(key).get_subdir() == "new":
            messages.append(email.message_from_bytes(box.get_bytes(key), policy=email.policy.default))
            seen = box.get_message(key)
            seen.set_subdir("cur")
            box[key] = seen
    return messages


def act(what: str, url: str) -> int:
    """Does one thing and returns the status of the answer."""
    post = what in {"unsubscribe", "complain"}
    request = urllib.request.Request(url, data=b"List-Unsubscribe=One-Click" if post else None)
    try:
        with _opener.open(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def _html(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    return str(part.get_content()) if part else ""
