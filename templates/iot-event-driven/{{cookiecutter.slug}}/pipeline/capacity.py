"""What the stream needs for the numbers of the workload, with the arithmetic.

python -m pipeline.capacity --event-rate 50000 --event-size 200
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
RECORDS, WRITTEN, READ = 1000, 1024**2, 2 * 1024**2  # of a shard, a second
OWN_READERS = 3  # Firehose, the stream processor, and the function that scores; none has a throughput of its own
_ENVELOPE = 140  # bytes around a body: the names of its fields, the device, when it came, and the partition key


@dataclass(frozen=True)
class Numbers:
    """The numbers of a workload: messages a second at the peak, bytes of one, and readers beside the project's."""

    event_rate: int
    event_size: int
    consumers_per_stream: int = 0

    @classmethod
    def stated(cls) -> "Numbers":
        """Returns those that the project was made for."""
        return cls(**json.loads(Path(__file__).with_name("numbers.json").read_text(encoding="utf-8")))

    @property
    def record(self) -> int:
        """Bytes of a message in its envelope, in which its body is base64."""
        return 4 * -(-self.event_size // 3) + _ENVELOPE

    @property
    def terms(self) -> dict[str, int]:
        """The shards that are needed for each thing of which a shard has so much."""
        written, readers = self.event_rate * self.record, OWN_READERS + self.consumers_per_stream
        return {
            "records": -(-self.event_rate // RECORDS),
            "bytes written": -(-written // WRITTEN),
            "bytes read": -(-written * readers // READ),
        }

    @property
    def shards(self) -> int:
        """How many shards that is: at least one.

        >>> Numbers(50_000, 200).shards, Numbers(2_000, 256).shards, Numbers(10, 100_000, 5).shards
        (50, 2, 6)
        """
        return max(1, *self.terms.values())


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the arithmetic."""
    parser = argparse.ArgumentParser(
        prog="python -m pipeline.capacity", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    stated = Numbers.stated()
    for name, value in vars(stated).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=value, help="(%(default)s)")
    numbers = Numbers(**vars(parser.parse_args(arguments)))
    print(f"{numbers.event_rate:,} records a second of {numbers.record:,} bytes need {numbers.shards:,} shards:")
    for name, count in numbers.terms.items():
        print(f"  {name:15}{count:>7,}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
