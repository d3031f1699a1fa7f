"""The mail server of everyone who gets e-mail: it takes messages by SMTP and keeps them as Maildir folders.

usage: python mail_server.py FOLDER

It says `PORT <number>` once it listens. FOLDER gets a Maildir for each address. FOLDER/world.json, where it is there,
says how mailboxes behave: `{"unknown": ["gone@example.org"], "busy": ["full@example.org"]}`; an address of the first
kind is refused for ever (550), of the second kind for now (451), and "*" means everyone.
"""

import asyncio
import json
import mailbox
import sys
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parents[2])

from local import lifeline  # noqa: E402


def answer(world: dict[str, Any], address: str) -> str | None:
    """Returns how a server refuses an address, or None.

    >>> answer({"unknown": ["a@example.org"]}, "a@example.org")
    '550 5.1.1 user unknown'
    >>> answer({"busy": ["*"]}, "a@example.org")
    '451 4.3.2 try again later'
    >>> answer({}, "a@example.org") is None
    True
    """
    for kind, said in (("unknown", "550 5.1.1 user unknown"), ("busy", "451 4.3.2 try again later")):
        if {address, "*"} & set(world.get(kind, [])):
            return said
    return None


class Boxes:
    """The hooks that aiosmtpd calls."""

    def __init__(self, folder: Path) -> None:
        """Takes the folder of the mailboxes."""
        self.folder = folder
        self.known: dict[str, mailbox.Maildir] = {}

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        """Answers for one recipient."""
        try:
            world = json.loads((self.folder / "world.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            world = {}
        refused = answer(world, address)
        if refused:
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Keeps the message for all its recipients."""
        for address in envelope.rcpt_tos:
            if address not in self.known:
                self.known[address] = mailbox.Maildir(self.folder / address.replace("/", "_"), create=True)
            self.known[address].add(envelope.content)
        return "250 2.6.0 Message received"


async def serve(folder: Path) -> None:
    """Listens on a free port until the emulator ends."""
    from aiosmtpd.smtp import SMTP

    boxes = Boxes(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(boxes, hostname="local.invalid"), "127.0.0.1", 0)
    print(f"PORT {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    lifeline.hold()
    place = Path(sys.argv[1])
    place.mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(place))
