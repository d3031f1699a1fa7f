"""Firehose delivers batches.

The pinned emulator writes an object for every record, ignores compression and delimiters, drops records that a
transformation marks as failed, and delivers untransformed records when the function fails. Here records are collected
by size and time as the stream's buffering hints say (with an interval of at most a second), transformed, partitioned,
converted and compressed as batches, with the permissions of the stream's role. A record that cannot be processed goes
to the error prefix with its reason; a batch that cannot be stored is tried again until it is. Stopping the local AWS
stores what is left; only a killed emulator loses the last second.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import ministack.app as emulator
from ministack.services import firehose

from local.emulator.firehose.buffer import Buffers
from local.emulator.firehose.delivery import COMPRESSION
from local.emulator.surroundings import Surroundings

Message = dict[str, Any]


def fill(_aws: Surroundings) -> None:
    """Puts the buffers between the streams and S3."""
    buffers = Buffers()

    def collect(stream: dict[str, Any], destination: dict[str, Any], records: list[tuple[str, bytes]]) -> None:
        # The emulator keeps a copy of every record for ever, and reads it nowhere.
        destination["records"].clear()
        buffers.of(stream, destination).add(records)

    firehose._deliver_records_to_s3 = collect
    _refuse_unknown_compression()
    _flush_before_shutdown(buffers)
    reset = firehose.reset

    def forget() -> None:
        buffers.clear()
        reset()

    firehose.reset = forget


def _refuse_unknown_compression() -> None:
    """Refuses a stream whose objects could not be written, instead of writing others."""
    validate = firehose._validate_s3_destination_config

    def check(kind: str, config: dict[str, Any]) -> Any:
        wanted = config.get("CompressionFormat", "UNCOMPRESSED")
        if wanted not in COMPRESSION:
            return firehose._invalid(f"The local AWS writes {', '.join(COMPRESSION)}, not {wanted}.")
        return validate(kind, config)

    firehose._validate_s3_destination_config = check


def _flush_before_shutdown(buffers: Buffers) -> None:
    """Stores what is left before the emulator writes down its state and ends."""
    application = emulator.app

    async def app(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        async def listen() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await asyncio.to_thread(buffers.close)
            return message

        await application(scope, listen if scope["type"] == "lifespan" else receive, send)

    emulator.app = app
