"""Glue job: customers → segments, predictions, audiences, and the profile store.

    --lake BUCKET --database NAME --workgroup NAME --store NAME --namespace NAME

What is known of customers is asked of Athena. Nobody who may not be profiled is learned from, segmented or predicted;
nobody who may not be written to is in an audience. Only profiles that have changed are written, so that a run without
news writes none, and those of customers who are gone are removed.
"""

import csv
import hashlib
import io
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import boto3
import segments
import store
import value
from awsglue.utils import getResolvedOptions

Row = dict[str, str]
# What analysts see: the view it is made by, and the columns that are not text.
MASKED: dict[str, dict[str, Callable[[str], Any]]] = {
    "customers": {"records": int, "systems": int, "born_in_the": int, "marketing": lambda said: said == "true"},
    "segments": {"customers": int, "may_be_written_to": int, "returns": float, "value": float},
    "journeys": {"visits": int, "pages": int},
}
ATTRIBUTES = ("first_name", "last_name", "birth_date", "email", "phone", "street", "postcode", "town")


def main() -> None:
    """Publishes, and says how much."""
    given = getResolvedOptions(sys.argv, ["lake", "database", "workgroup", "store", "namespace"])
    lake = Lake(given["lake"], given["database"], given["workgroup"])
    customers = lake.ask("SELECT * FROM customers ORDER BY customer_id")
    insight, report = learned(lake, {row["customer_id"] for row in customers if row["profiling"] == "true"})
    lake.write("insight/customers/customers.json", "".join(f"{json.dumps(row)}\n" for row in insight))
    lake.write("insight/report.json", json.dumps(report, indent=1))
    by_customer = {row["customer_id"]: row for row in insight}
    profiles = dict(profile(row, by_customer.get(row["customer_id"]), facts) for row, facts in known(lake, customers))
    written, removed = store.keep(lake, given["store"], profiles)
    audiences(lake, customers, by_customer)
    for name, kinds in MASKED.items():
        rows = lake.ask(f"SELECT * FROM {name}_masked ORDER BY 1, 2")
        typed = ({at: kinds.get(at, str)(said) if said else None for at, said in row.items()} for row in rows)
        lake.write(f"masked/{name}/{name}.json", "".join(f"{json.dumps(row)}\n" for row in typed))
    measures = measured(lake, len(customers))
    boto3.client("cloudwatch").put_metric_data(
        Namespace=given["namespace"],
        MetricData=[{"MetricName": name, "Value": number} for name, number in measures.items()],
    )
    print(json.dumps({"customers": len(customers), "written": written, "removed": removed, **measures}))


def learned(lake: "Lake", allowed: set[str]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Returns segment and predictions of everyone who may be profiled, and how good the predictions are."""
    last = lake.ask("SELECT CAST(max(at) AS DATE) AS day FROM interactions WHERE kind IN ('order', 'invoice')")
    if not last or not last[0]["day"]:
        return [{"customer_id": id, "segment": segments.WITHOUT} for id in sorted(allowed)], {}
    today = date.fromisoformat(last[0]["day"]) + timedelta(days=1)
    past, before, now = (
        [row for row in histories(lake, today - timedelta(days=back)) if row.customer_id in allowed]
        for back in (2 * value.DAYS, value.DAYS, 0)
    )
    report: dict[str, Any] = {"today": f"{today}"}
    returns = spending = [0.0] * len(now)
    if min(sum(row.later > 0 for row in past), sum(row.later == 0 for row in past)) >= 10:
        # Judged as it would have gone: learned from what was known 90 days ago, compared with what came since.
        report |= value.judge(value.learn(past), before)
        returns, spending = value.learn(before).predict(now)
    found = [
        {"customer_id": row.customer_id, "segment": segment, "returns": round(float(p), 4), "value": round(float(v), 2)}
        for row, segment, p, v in zip(now, segments.segments(now), returns, spending, strict=True)
    ]
    without = allowed - {row.customer_id for row in now}
    nothing = [{"customer_id": id, "segment": segments.WITHOUT, "returns": None, "value": None} for id in without]
    return sorted(found + nothing, key=lambda row: str(row["customer_id"])), report


def histories(lake: "Lake", day: date) -> list[value.History]:
    """Returns what every customer bought before a day, and in the 90 days from it on."""
    earlier, later = day - timedelta(days=value.DAYS), day + timedelta(days=value.DAYS)
    rows = lake.ask(
        "SELECT customer_id,"
        f" sum(CASE WHEN at < DATE '{day}' THEN 1 ELSE 0 END) AS purchases,"
        f" sum(CASE WHEN at < DATE '{day}' THEN amount ELSE 0 END) AS spent,"
        f" date_diff('day', max(CASE WHEN at < DATE '{day}' THEN CAST(at AS DATE) END), DATE '{day}') AS recency,"
        f" date_diff('day', min(CAST(at AS DATE)), DATE '{day}') AS tenure,"
        f" sum(CASE WHEN at >= DATE '{earlier}' AND at < DATE '{day}' THEN amount ELSE 0 END) AS lately,"
        f" sum(CASE WHEN at >= DATE '{day}' AND at < DATE '{later}' THEN amount ELSE 0 END) AS later"
        " FROM interactions WHERE kind IN ('order', 'invoice') AND customer_id IS NOT NULL"
        f" GROUP BY customer_id HAVING min(at) < DATE '{day}' ORDER BY customer_id"
    )
    return [
        value.History(
            row["customer_id"],
            int(row["purchases"]),
            round(float(row["spent"]), 2),
            int(row["recency"]),
            int(row["tenure"]),
            round(float(row["lately"]), 2),
            round(float(row["later"]), 2),
        )
        for row in rows
    ]


def known(lake: "Lake", customers: list[Row]) -> Iterable[tuple[Row, dict[str, Any]]]:
    """Yields every customer with their records and with what they did."""
    records: dict[str, list[str]] = defaultdict(list)
    for row in lake.ask("SELECT customer_id, record_id FROM clusters ORDER BY record_id"):
        records[row["customer_id"]].append(row["record_id"])
    doings = {
        row["customer_id"]: row
        for row in lake.ask(
            "SELECT customer_id, count(*) AS purchases, round(sum(amount), 2) AS spent,"
            " CAST(max(at) AS DATE) AS last_purchase, max_by(detail, concat(CAST(at AS VARCHAR), event_id)) AS bought"
            " FROM interactions WHERE kind IN ('order', 'invoice') AND customer_id IS NOT NULL GROUP BY customer_id"
        )
    }
    for row in customers:
        yield row, {"records": records[row["customer_id"]], "doings": doings.get(row["customer_id"])}


def profile(row: Row, insight: dict[str, Any] | None, facts: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Returns a customer's id and profile: what is known of them, and which record each thing is from."""
    home = ("street", "postcode", "town")
    sources = {name: row["address_from" if name in home else f"{name}_from"] for name in ATTRIBUTES}
    found: dict[str, Any] = {
        "attributes": {name: {"value": row[name], "from": sources[name]} for name in ATTRIBUTES if row[name]},
        "consent": {"marketing": row["marketing"] == "true", "profiling": row["profiling"] == "true"},
        "records": facts["records"],
    }
    if insight is not None:  # without consent there is none, and no history of purchases either
        doings = facts["doings"] or {}
        found |= {name: doings[name] for name in ("purchases", "spent", "last_purchase", "bought") if name in doings}
        found |= {name: insight.get(name) for name in ("segment", "returns", "value")}
    return row["customer_id"], found


def audiences(lake: "Lake", customers: list[Row], insight: dict[str, dict[str, Any]]) -> None:
    """Writes the list of each segment for e-mail, and hashed for advertising; only those who may be written to."""
    lists: dict[str, list[Row]] = defaultdict(list)
    for row in customers:
        if row["marketing"] == "true" and row["customer_id"] in insight and row["email"]:
            lists[insight[row["customer_id"]]["segment"]].append(row)
    for segment in (segments.WITHOUT, *segments.NAMES):
        name = segment.replace(" ", "-")
        mail, hashed = io.StringIO(), io.StringIO()
        csv.writer(mail).writerows([["customer_id", "email", "first_name"]])
        csv.writer(mail).writerows([row["customer_id"], row["email"], row["first_name"]] for row in lists[segment])
        csv.writer(hashed).writerows([["email_sha256"]])
        csv.writer(hashed).writerows([hashlib.sha256(row["email"].encode()).hexdigest()] for row in lists[segment])
        lake.write(f"audiences/email/{name}.csv", mail.getvalue())
        lake.write(f"audiences/advertising/{name}.csv", hashed.getvalue())


def measured(lake: "Lake", customers: int) -> dict[str, float]:
    """Returns what alarms look at: the share in quarantine, and how long the quietest source has been silent."""
    bad = int(lake.ask("SELECT count(*) AS n FROM quarantine")[0]["n"])
    good = [
        int(lake.ask(f"SELECT count(*) AS n FROM {table}")[0]["n"]) for table in ("persons", "event_versions")
    ]
    newest: dict[str, datetime] = {}
    for page in lake.s3.get_paginator("list_objects_v2").paginate(Bucket=lake.bucket, Prefix="raw/"):
        for item in page.get("Contents", []):
            table = "/".join(item["Key"].split("/")[1:3])
            newest[table] = max(newest.get(table, item["LastModified"]), item["LastModified"])
    oldest = (datetime.now(UTC) - min(newest.values())).total_seconds() / 3600 if newest else 0.0
    return {
        "Customers": customers,
        "Records": good[0],
        "QuarantinedShare": round(bad / max(bad + sum(good), 1), 5),
        "OldestSourceHours": round(oldest, 2),
    }


class Lake:
    """The lake, as Athena and S3 show it."""

    def __init__(self, bucket: str, database: str, workgroup: str) -> None:
        self.bucket, self.database, self.workgroup = bucket, database, workgroup
        self.s3, self.athena = boto3.client("s3"), boto3.client("athena")

    def ask(self, sql: str) -> list[Row]:
        """Returns the rows of a query; nothing is an empty text."""
        started = self.athena.start_query_execution(
            QueryString=sql, QueryExecutionContext={"Database": self.database}, WorkGroup=self.workgroup
        )
        pause = 0.05
        while True:
            found = self.athena.get_query_execution(QueryExecutionId=started["QueryExecutionId"])["QueryExecution"]
            state = found["Status"]["State"]
            if state == "SUCCEEDED":
                break
            if state in {"FAILED", "CANCELLED"}:
                raise RuntimeError(f"{found['Status'].get('StateChangeReason', state)}: {sql}")
            time.sleep(pause)
            pause = min(pause * 1.5, 2)
        bucket, _, key = found["ResultConfiguration"]["OutputLocation"].removeprefix("s3://").partition("/")
        text = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        return list(csv.DictReader(io.StringIO(text)))

    def write(self, key: str, text: str) -> None:
        """Writes an object unless it already says the same."""
        try:
            if self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read().decode() == text:
                return
        except self.s3.exceptions.NoSuchKey:
            pass
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=text.encode())


if __name__ == "__main__":
    main()
