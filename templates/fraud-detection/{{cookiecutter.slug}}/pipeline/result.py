"""What the pipeline shows at its end."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.lake import Lake
from pipeline.payments import Payments
from pipeline.query import table
from pipeline.reconciliation import Curated, Reconciliation

Rows = list[dict[str, str | None]]
CALLED = {"fraud": "The classifier", "anomaly": "The forest"}


def text(
    reports: Mapping[str, Mapping[str, Any]],
    sent: Payments,
    compared: Reconciliation,
    once: Curated,
    suspects: Rows,
    outputs: Mapping[str, str],
    stage: str,
    page: Path,
) -> str:
    """Returns the figures of the models, the reconciliation, what an analyst would look at first, and where to look."""
    return "\n".join(
        [
            *(line for kind, report in reports.items() for line in _model(kind, report)),
            *_transactions(sent, compared, once),
            *_suspects(suspects),
            *_where(outputs, stage, page),
        ]
    )


def suspects(lake: Lake, since: datetime, count: int = 5) -> Rows:
    """Returns the cards with the highest scores among what has arrived since a moment."""
    return lake.query(
        "SELECT card, count(*) AS held_back, round(max(score), 3) AS highest_score,"
        " round(sum(amount), 2) AS amount, max_by(category, score) AS category, max_by(country, score) AS country"
        f" FROM transactions WHERE dt >= '{since:%Y-%m-%d}' AND scored_at >= '{since:%Y-%m-%dT%H:%M:%S}'"
        " AND decision = 'review'"
        f" GROUP BY card ORDER BY max(score) DESC LIMIT {count}"
    )


def percentile(values: list[float], share: float) -> float:
    """Returns the value below which a share of the values lies.

    >>> percentile([4.0, 1.0, 3.0, 2.0], 0.5)
    2.0
    """
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, round(share * len(ordered)) - 1))]


def _model(kind: str, report: Mapping[str, Any]) -> list[str]:
    model, rule, test = report["model"], report["amount_rule"], report["test"]
    if model is None:
        return [
            "",
            f"{CALLED[kind]} holds back {test['flagged']} of {test['transactions']:,} later transactions; "
            "no fraud is known among them, so nobody can say how many of them it finds.",
        ]
    costs = report["costs"]
    return [
        "",
        f"{CALLED[kind]} on {test['transactions']:,} later transactions, {test['frauds']} of them frauds,"
        " which neither training nor the threshold has seen:",
        "",
        f"  {'':34}{'model':>10}{'amount rule':>14}",
        f"  {'precision-recall, area (PR-AUC)':34}{model['pr_auc']:>10.3f}{rule['pr_auc']:>14.3f}",
        f"  {'frauds held back (recall)':34}{model['recall']:>10.0%}{rule['recall']:>14.0%}",
        f"  {'of those held back, fraud':34}{model['precision']:>10.0%}{rule['precision']:>14.0%}",
        f"  {'cost of all mistakes':34}{model['cost']:>10,.0f}{rule['cost']:>14,.0f}",
        f"  Without any check: {report['cost_without_any_check']:,.0f}. A missed fraud costs its amount and"
        f" {costs['dispute_fee']:.0f}, a false alarm {costs['review']:.0f}. Threshold {report['threshold']:.4g}, by"
        f" {report['threshold_by']}.",
    ]


def _transactions(sent: Payments, compared: Reconciliation, once: Curated) -> list[str]:
    caught = len(sent.frauds & sent.flagged)
    agrees = "posted = scored + dead letters" if compared.agrees and once.agrees else "DOES NOT AGREE"
    streamed = len(sent.told.unanswered)
    rows = [
        ("posted", compared.posted),
        *([("  of them by the stream, where nobody waits", streamed)] if streamed else []),
        ("  in the lake with the score that was answered", compared.scored - len(compared.differing)),
        ("  among the dead letters with a reason", compared.rejected),
        ("  missing", len(compared.missing) + max(compared.nameless_missing, 0)),
        ("  with another score than was answered", len(compared.differing)),
        ("sent again, and so twice in the lake", compared.repeated),
        ("  in the curated table, each id once", once.once),
        ("  duplicates removed by id", once.removed),
        ("in the lake, sent by nobody", len(compared.strange)),
    ]
    return [
        "",
        f"Transactions, compared by id through Athena: {agrees}",
        "",
        *(f"  {label:50}{count:>6}" for label, count in rows),
        f"  {'posted by a stranger, answered':50}{sent.unsigned:>6}",
        "",
        f"  Held back for review: {len(sent.flagged)}, with {caught} of the {len(sent.frauds)} frauds among them.",
        f"  Answered in {percentile(sent.seconds, 0.5) * 1000:.0f} ms (median),"
        f" {percentile(sent.seconds, 0.95) * 1000:.0f} ms (95 %), four at a time.",
    ]


def _suspects(rows: Rows) -> list[str]:
    lines = [f"  {line}" for line in table(rows).splitlines()]
    return ["", "The cards to look at first, as Athena answers:", "", *lines]


def _where(outputs: Mapping[str, str], stage: str, page: Path) -> list[str]:
    lake = f".local/lake/{outputs['LakeBucket']}/" if stage == "local" else f"s3://{outputs['LakeBucket']}/"
    return [
        "",
        f"The lake is in {lake} (scored/, dead-letter/, curated/, models/);",
        f"its tables are transactions, scored_transactions and rejected_transactions of {outputs['Database']}.",
        f"The same as a page, with what an analyst asks: {page}",
    ]
