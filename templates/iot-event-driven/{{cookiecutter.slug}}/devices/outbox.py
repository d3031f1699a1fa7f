"""What a device has measured and the cloud has not confirmed yet: in order, on disk, until it is confirmed."""

import sqlite3
from pathlib import Path


class Outbox:
    """A queue in a file. A device that is switched off finds in it what it had not delivered."""

    def __init__(self, path: Path) -> None:
        """Opens the file, or makes it."""
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS message (place INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB)"
        )

    def add(self, body: bytes) -> int:
        """Keeps a message and returns its place."""
        return int(self._database.execute("INSERT INTO message (body) VALUES (?)", (body,)).lastrowid or 0)

    def after(self, place: int, most: int) -> list[tuple[int, bytes]]:
        """Returns the messages behind a place, the oldest first."""
        found = self._database.execute(
            "SELECT place, body FROM message WHERE place > ? ORDER BY place LIMIT ?", (place, most)
        )
        return [(int(at), bytes(body)) for at, body in found]

    def confirmed(self, place: int) -> None:
        """Forgets a message that has been delivered."""
        self._database.execute("DELETE FROM message WHERE place = ?", (place,))

    def __len__(self) -> int:
        """How many messages are still to be delivered."""
        return int(self._database.execute("SELECT count(*) FROM message").fetchone()[0])

    def close(self) -> None:
        """Closes the file."""
        self._database.close()
