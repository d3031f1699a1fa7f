"""Glue job: curated persons → customers.

    --lake BUCKET --engine duckdb|spark --train yes|no

Matching is learned when it is asked for, or has never been: the weights from records without a label, the threshold
from one half of the labelled people, the figures of the report from the other half, which neither has seen. The model
is `identity/model.json`, the figures `identity/report.json`, the customers `identity/clusters/`, and what became of
ids `identity/changes/`.
"""

import hashlib
import io
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import identity
from awsglue.utils import getResolvedOptions

THRESHOLDS = [0.01, 0.05, *(round(step / 20, 2) for step in range(2, 20)), 0.97, 0.98, 0.99, 0.995, 0.999]
MODEL, REPORT, CLUSTERS = "identity/model.json", "identity/report.json", "identity/clusters/clusters.json"
UNLABELLED = 0.95  # the threshold while nobody has labelled anything; then there are no figures either
IDS = "state/customer-ids.json"


People = dict[str, tuple[str, str]]  # of each labelled record who it is of, and in which half that person is


def main() -> None:
    """Resolves identities, and says how many there are."""
    given = getResolvedOptions(sys.argv, ["lake", "engine", "train"])
    lake = Lake(given["lake"])
    new_api, records = engine(given["engine"]), lake.persons()
    if given["train"] == "yes" or lake.read(MODEL) is None:
        model, report = learn(new_api, records, labels(lake))
        lake.write(MODEL, json.dumps(model))
        lake.write(REPORT, json.dumps(report, indent=1))
    model, threshold = json.loads(lake.read(MODEL) or "{}"), json.loads(lake.read(REPORT) or "{}")["threshold"]
    from splink import Linker

    api = new_api()
    linker = Linker([api.register(frame(api, records), table_name="persons")], model)
    pairs = linker.inference.predict(threshold_match_probability=threshold)
    grouped = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold)
    found = pandas_of(grouped)
    groups = found.groupby("cluster_id")["record_id"].apply(list).tolist()
    keep(lake, groups)


def learn(new_api: Callable[[], Any], records: Any, people: People) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns a model and the report about it."""
    from splink import Linker

    unlabelled = records[~records["record_id"].isin(people)]
    api = new_api()
    linker = Linker([api.register(frame(api, unlabelled), table_name="unlabelled")], identity.settings())
    # Spark draws its sample without a seed.
    identity.train(linker, 1 if getattr(api, "spark", None) is None else None)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.json")
        linker.misc.save_model_to_json(str(path), overwrite=True)
        model = json.loads(path.read_text(encoding="utf-8"))
    labelled = records[records["record_id"].isin(people)]
    api = new_api()
    judge = Linker([api.register(frame(api, labelled), table_name="labelled")], model)
    pairs = pandas_of(judge.inference.predict(threshold_match_probability=0.005))
    scored = list(
        zip(pairs["record_id_l"], pairs["record_id_r"], pairs["match_probability"].astype(float), strict=True)
    )
    halves = {
        part: {record: one for record, (one, half) in people.items() if half == part} for part in ("threshold", "test")
    }
    if not people:
        return model, {"threshold": UNLABELLED, "curve": [], "records": {"training": len(unlabelled)}}
    chosen = max(identity.quality(scored, halves["threshold"], THRESHOLDS), key=lambda point: point["f1"])
    curve = identity.quality(scored, halves["test"], THRESHOLDS)
    report = {
        "threshold": chosen["threshold"],
        "test": next(point for point in curve if point["threshold"] == chosen["threshold"]),
        "exact": exact(labelled, halves["test"]),
        "curve": curve,
        "records": {
            "training": len(unlabelled),
            **{part: int(labelled["record_id"].isin(half).sum()) for part, half in halves.items()},
        },
    }
    return model, report


def exact(records: Any, person: dict[str, str]) -> dict[str, float]:
    """Returns the figures of the trivial rule: the same e-mail address is the same person."""
    mine = records[records["record_id"].isin(person) & records["email"].notna()][["record_id", "email"]]
    both = mine.merge(mine, on="email", suffixes=("_l", "_r"))
    both = both[both["record_id_l"] < both["record_id_r"]]
    pairs = [(*pair, 1.0) for pair in zip(both["record_id_l"], both["record_id_r"], strict=True)]
    return identity.quality(pairs, person, [0.5])[0]


def keep(lake: "Lake", groups: list[list[str]]) -> None:
    """Writes the customers down, each under the id that they had."""
    before = {row["record_id"]: row["customer_id"] for row in map(json.loads, (lake.read(CLUSTERS) or "").splitlines())}
    retired = json.loads(lake.read(IDS) or "[]")
    now, changes = identity.keep_ids(groups, before, retired)
    lines = "".join(f"{json.dumps({'record_id': r, 'customer_id': c})}\n" for r, c in sorted(now.items()))
    lake.write(CLUSTERS, lines)
    if changes:
        text = "".join(f"{json.dumps(change._asdict())}\n" for change in changes)
        lake.write(f"identity/changes/{hashlib.sha256(text.encode()).hexdigest()[:16]}.json", text)
        gone = {change.customer_id for change in changes if change.kind != "split"}
        lake.write(IDS, json.dumps(sorted({*retired, *gone})))
    print(json.dumps({"records": len(now), "customers": len(set(now.values())), "changes": len(changes)}))


def labels(lake: "Lake") -> People:
    """Returns the labelled records: who each is of, and to which half that person belongs."""
    rows = [json.loads(line) for line in (lake.read("labels/records.json") or "").splitlines()]
    return {row["record_id"]: (str(row["person"]), row["part"]) for row in rows}


def engine(name: str) -> Callable[[], Any]:
    """Returns what makes Splink's database.

    Each set of records needs one of its own: it keeps how often a name occurs, and would take it for that of the next.
    """
    if name == "duckdb":
        from splink import DuckDBAPI

        return DuckDBAPI
    from pyspark.sql import SparkSession
    from splink import SparkAPI
    from splink.internals.spark.jar_location import similarity_jar_location

    spark = SparkSession.builder.config("spark.jars", similarity_jar_location()).getOrCreate()
    spark.sparkContext.setCheckpointDir(tempfile.mkdtemp())
    connect: Any = SparkAPI
    return lambda: connect(spark_session=spark)


def pandas_of(found: Any) -> Any:
    """Returns a table of Splink's database as a frame of pandas."""
    return found.as_pandas_dataframe()


def frame(api: Any, records: Any) -> Any:
    """Returns the records as the database takes them."""
    spark = getattr(api, "spark", None)
    return records if spark is None else spark.createDataFrame(records.astype(object).where(records.notna(), None))


class Lake:
    """The bucket, by boto3."""

    def __init__(self, bucket: str) -> None:
        self.bucket = bucket
        self.s3 = boto3.client("s3")

    def read(self, key: str) -> str | None:
        """Returns an object as text, or None."""
        try:
            return str(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read().decode())
        except self.s3.exceptions.NoSuchKey:
            return None

    def write(self, key: str, text: str) -> None:
        """Writes an object unless it already says the same."""
        if self.read(key) != text:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=text.encode())

    def persons(self) -> Any:
        """Returns the curated persons, sorted by their id."""
        import pandas
        import pyarrow.parquet

        parts = []
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix="curated/persons/"):
            for item in page.get("Contents", []):
                if item["Key"].endswith(".parquet"):
                    body = self.s3.get_object(Bucket=self.bucket, Key=item["Key"])["Body"].read()
                    wanted = ["record_id", *identity.COLUMNS]
                    parts.append(pyarrow.parquet.ParquetFile(io.BytesIO(body)).read(columns=wanted).to_pandas())
        found = pandas.concat(parts).sort_values("record_id", ignore_index=True)
        found["birth_date"] = found["birth_date"].astype(str).where(found["birth_date"].notna(), None)
        found["address"] = [
            identity.address(*row) for row in found[["street", "house_number", "postcode"]].itertuples(index=False)
        ]
        found["first_name"] = found["first_name"].replace(identity.SHORT)
        return found.drop(columns=["street", "house_number"])


if __name__ == "__main__":
    main()
