"""Scores the transactions of the stream, for which nobody waits.

Each of them ends where one of the API does: with its score in the lake, or among the dead letters with the reason. What
neither took, or what there is no time for, is given again; so a transaction may be scored twice, and is curated once.
"""

from typing import Any

from handler import NotStored, answer_to, log
from records import failed_from, records

_ENOUGH = 25_000  # milliseconds: longer than all tries of the model and a dead letter take


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Works through a batch in its order and names the record from which on it has to be given again, if any."""
    scored = 0
    for record in records(event):
        if context.get_remaining_time_in_millis() < _ENOUGH:
            log("INFO", "no time for the rest of a batch", scored=scored)
            return failed_from(record)
        try:
            answer_to(record.data.decode(errors="replace"), context.aws_request_id)
        except NotStored as error:
            log("ERROR", str(error), scored=scored)
            return failed_from(record)
        scored += 1
    log("INFO", "scored a batch", scored=scored)
    return failed_from(None)
