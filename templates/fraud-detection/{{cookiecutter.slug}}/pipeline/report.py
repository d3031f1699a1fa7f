"""The page that a run leaves behind: what the models are worth, what became of every payment, what an analyst sees.

Everything but the models' own reports and the answers' times is asked of Athena.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline import page
from pipeline.chart import Point, bars, lines
from pipeline.lake import Lake
from pipeline.page import Section
from pipeline.payments import Payments
from pipeline.reconciliation import Curated, Reconciliation
from pipeline.result import CALLED, percentile

PLACE = Path(__file__).resolve().parent.parent / ".local" / "report.html"
_MOST = 8

Reports = Mapping[str, Mapping[str, Any]]


def write(
    lake: Lake, reports: Reports, sent: Payments, compared: Reconciliation, once: Curated, where: Path = PLACE
) -> Path:
    """Writes the page and returns where it is."""
    sections = [
        Section("Every payment, found again by its id", _transactions(sent, compared, once)),
        *(Section(f"{CALLED[kind]} on later days", _model(report)) for kind, report in reports.items()),
        Section("What was held back", _held_back(lake)),
        Section("Cards and rings", _cards(lake)),
        Section("What got no score", _rejected(lake)),
    ]
    now = f"{datetime.now().astimezone():%Y-%m-%d %H:%M %Z}"
    lead = f"Payments that were scored while they happened, as the lake holds them on {now}."
    return page.write(where, page.page("Fraud detection", lead, sections))


def _transactions(sent: Payments, compared: Reconciliation, once: Curated) -> list[str]:
    caught = len(sent.frauds & sent.flagged)
    milliseconds = {share: f"{percentile(sent.seconds, share) * 1000:.0f} ms" for share in (0.5, 0.95, 0.99)}
    return [
        page.tiles(
            {
                "posted": compared.posted,
                "in the lake with their score": compared.scored - len(compared.differing),
                "among the dead letters": compared.rejected,
                "missing": len(compared.missing) + max(compared.nameless_missing, 0),
                "duplicates removed by id": once.removed,
                "once in the curated table": once.once,
                "held back": len(sent.flagged),
                "of the frauds among them": f"{caught} of {len(sent.frauds)}",
                "answered in, half of them": milliseconds[0.5],
                "answered in, 95 %": milliseconds[0.95],
                "answered in, 99 %": milliseconds[0.99],
            }
        ),
        page.paragraph(
            "The numbers agree: posted = in the lake + dead letters, each id once."
            if compared.agrees and once.agrees
            else "THE NUMBERS DO NOT AGREE: what was posted is not what the lake holds."
        ),
    ]


def _model(report: Mapping[str, Any]) -> list[str]:
    model, rule, test = report["model"], report["amount_rule"], report["test"]
    if model is None:
        return [page.paragraph(f"No fraud is known among the {test['transactions']:,} payments of the later days.")]
    rows = [
        {
            "": name,
            "area under the curve": f"{found['pr_auc']:.3f}",
            "frauds held back": f"{found['recall']:.0%}",
            "of those held back, fraud": f"{found['precision']:.0%}",
            "cost of all mistakes": f"{found['cost']:,.0f}",
        }
        for name, found in (("the model", model), ("a threshold on the amount", rule))
    ]
    costs = report["costs"]
    blocks = [
        page.paragraph(
            f"{test['transactions']:,} payments, {test['frauds']} of them frauds, that neither training nor the"
            f" threshold has seen. A missed fraud costs its amount and {costs['dispute_fee']:.0f}, a false alarm"
            f" {costs['review']:.0f}; checking nothing would cost {report['cost_without_any_check']:,.0f}."
        ),
        page.table(rows),
        lines(
            {
                "the model": [Point(recall, precision) for recall, precision in report["curve"]],
                "a threshold on the amount": [Point(recall, precision) for recall, precision in report["rule_curve"]],
            },
            "recall: share of the frauds that are held back",
            "precision: share of fraud among those held back",
            "Precision and recall as the threshold falls.",
            {"the chosen threshold": [Point(model["recall"], model["precision"])]},
        ),
    ]
    if report["calibration"]:
        blocks += [
            page.paragraph("Is the score a probability? Payments by their score, and how many of them were fraud:"),
            page.table(
                [
                    {
                        "score from": one["from"],
                        "payments": one["transactions"],
                        "mean score": f"{one['mean_score']:.3f}",
                        "share of fraud": f"{one['fraud_share']:.3f}",
                    }
                    for one in report["calibration"]
                ]
            ),
        ]
    return blocks


def _held_back(lake: Lake) -> list[str]:
    days = lake.query("SELECT * FROM decisions_by_day ORDER BY day DESC LIMIT 31")
    merchants = lake.query(
        f"SELECT * FROM held_back_by_merchant ORDER BY amount_held_back DESC, merchant LIMIT {_MOST}"
    )
    amounts = {f"{row['merchant']} ({row['category']})": float(str(row["amount_held_back"])) for row in merchants}
    return [
        page.table(days, "Nothing was scored."),
        bars(amounts, "", "Amounts held back, by merchant."),
        page.table(merchants, "Nothing was held back."),
    ]


def _cards(lake: Lake) -> list[str]:
    return [
        page.paragraph("The cards that were used fastest: the most payments within an hour."),
        page.table(
            lake.query(
                f"SELECT * FROM card_velocity ORDER BY payments_in_an_hour DESC, highest_score DESC LIMIT {_MOST}"
            ),
            "Nothing was scored.",
        ),
        page.paragraph("Merchants at which payments of several cards were held back within two days."),
        page.table(
            lake.query(f"SELECT * FROM rings ORDER BY cards DESC, amount DESC LIMIT {_MOST}"), "No such merchant."
        ),
    ]


def _rejected(lake: Lake) -> list[str]:
    return [page.table(lake.query("SELECT * FROM rejected_by_reason ORDER BY day DESC, requests DESC LIMIT 12"))]
