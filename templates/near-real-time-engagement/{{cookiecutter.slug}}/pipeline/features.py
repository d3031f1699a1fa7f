"""The training data: engagement joined with orders and customers by Athena, cut by time.

The days that the model learns from end before those begin by which a try is judged, and those before the days of the
report: a random split would let it look at the same customer from both sides of a day.
"""

import boto3

from pipeline.lake import Lake

# Which days are which part, as thirty days before today: the labels of a part end where the next one begins.
CHANNELS = {"train": (6, 5, 4, 3), "validation": (2,), "test": (1,)}


def prepare(lake: Lake, bucket: str) -> None:
    """Writes the channels of a training where its job reads them, in place of those that were there."""
    columns = ", ".join(name for name in _columns(lake) if name not in {"ago", "snapshot"})
    for channel, days in CHANNELS.items():
        prefix = f"training/{channel}/"
        _clear(bucket, prefix)
        chosen = ", ".join(map(str, days))
        lake.run(
            f"UNLOAD (SELECT {columns} FROM customer_features WHERE ago IN ({chosen})) TO 's3://{bucket}/{prefix}'"
            " WITH (format = 'TEXTFILE', field_delimiter = ',', compression = 'NONE')"
        )


def _columns(lake: Lake) -> list[str]:
    return list(lake.query("SELECT * FROM customer_features LIMIT 1")[0])


def _clear(bucket: str, prefix: str) -> None:
    s3 = boto3.client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            s3.delete_object(Bucket=bucket, Key=item["Key"])
