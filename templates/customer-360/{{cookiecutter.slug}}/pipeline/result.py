"""What the pipeline shows at its end: figures in the terminal, and the 360° view as a page."""

import math
from html import escape
from typing import Any, NamedTuple

from pipeline import chart, page
from pipeline.lake import Lake
from pipeline.query import table
from pipeline.reconciliation import Reconciliation
from pipeline.signed import Answer

Rows = list[dict[str, str | None]]
ATTRIBUTES = {
    "first_name": "first name", "last_name": "last name", "birth_date": "born", "email": "e-mail", "phone": "phone",
    "street": "street", "postcode": "postcode", "town": "town",
}  # fmt: skip


class Shown(NamedTuple):
    """What there is to show."""

    compared: Reconciliation
    matching: dict[str, Any]
    insight: dict[str, Any]
    customer: str
    answer: Answer


def customer_to_show(lake: Lake) -> str:
    """Returns a customer whom many systems know, who buys, and who may be profiled.

    Of these, one whose attributes are from as many records as possible.
    """
    rows = lake.query(
        "SELECT c.* FROM customers c INNER JOIN insight i ON c.customer_id = i.customer_id"
        " WHERE c.profiling AND c.marketing AND i.value IS NOT NULL"
        " ORDER BY c.systems DESC, c.records DESC, i.value DESC, c.customer_id LIMIT 50"
    )
    if not rows:
        return ""
    return str(max(rows, key=lambda row: len({row[name] for name in row if name.endswith("_from")}))["customer_id"])


def text(lake: Lake, shown: Shown, unsigned: int) -> str:
    """Returns the reconciliation, the figures of matching and prediction, and the segments."""
    compared, matching, insight = shown.compared, shown.matching, shown.insight
    agrees = "every record is in one customer or in quarantine" if compared.agrees else "DOES NOT AGREE"
    rows = [
        ("records that sources hold", compared.sent),
        ("  in exactly one customer", compared.placed),
        ("  missing", len(compared.missing)),
        ("  in several", len(compared.repeated)),
        ("in a customer, sent by nobody", len(compared.strange)),
        ("lines in quarantine, each with its reason", sum(compared.refused.values())),
        ("lines that are nowhere", sum(compared.unread.values())),
    ]
    lines = ["", f"Records, compared by id through Athena: {agrees}", ""]
    lines += [f"  {label:50}{count:>7,}" for label, count in rows]
    if "test" in matching:
        test, exact = matching["test"], matching["exact"]
        lines += [
            "",
            f"Matching, on {matching['records']['test']} records whose people neither weights nor threshold have seen:",
            "",
            f"  {'':34}{'model':>10}{'same e-mail':>14}",
            f"  {'pairs that are right (precision)':34}{test['precision']:>10.1%}{exact['precision']:>14.1%}",
            f"  {'pairs that are found (recall)':34}{test['recall']:>10.1%}{exact['recall']:>14.1%}",
        ]
    if "auc" in insight:
        lines += [
            "",
            f"Who returns within 90 days, and what they spend: {insight['customers']} customers, learned before that:",
            "",
            f"  {'':34}{'model':>10}{'rule':>14}",
            f"  {'return, area under the curve':34}{insight['auc']:>10.3f}{insight['auc_rule']:>14.3f}",
            f"  {'spending, mean error':34}{insight['error']:>10.2f}{insight['error_rule']:>14.2f}",
            "  The rules: who bought last comes back first; one spends what one spent.",
        ]
    lines += ["", "Segments, as analysts see them:", ""]
    lines += [f"  {line}" for line in table(segments(lake)).splitlines()]
    answer = shown.answer.content
    lines += [
        "",
        f"Next best action for {shown.customer}, over HTTP in {shown.answer.seconds * 1000:.0f} ms:"
        f" {answer.get('action')} by {answer.get('channel')}: {answer.get('about')}",
        f"  because: {answer.get('reason')}. Without a signature: {unsigned}.",
    ]
    return "\n".join(lines)


def segments(lake: Lake) -> Rows:
    """Returns the segments with their sizes."""
    return lake.query("SELECT * FROM segments_masked ORDER BY customers DESC")


def html(lake: Lake, shown: Shown) -> str:
    """Returns the page of one customer, and of all."""
    compared, insight = shown.compared, shown.insight
    found = lake.query(f"SELECT * FROM customers WHERE customer_id = '{shown.customer}'")
    records = lake.query(
        "SELECT p.* FROM persons p INNER JOIN clusters c ON p.record_id = c.record_id"
        f" WHERE c.customer_id = '{shown.customer}' ORDER BY p.record_id"
    )
    sizes = segments(lake)
    counts = lake.query("SELECT count(*) AS customers, sum(records) AS records FROM customers")[0]
    quarantine = lake.query(
        'SELECT origin AS "table", reason, count(*) AS lines FROM quarantine'
        " GROUP BY origin, reason ORDER BY origin, reason"
    )
    sections = [
        page.Section("The records", [page.tiles({
            "records": compared.sent, "in one customer": compared.placed, "customers": int(str(counts["customers"])),
            "in quarantine": sum(compared.refused.values()), "missing": len(compared.missing),
        }), page.paragraph(
            "Every record of a source is in exactly one customer or in quarantine with a reason, compared by id."
            if compared.agrees else "The records do not agree."
        )]),
        page.Section(f"One customer: {shown.customer}", [*_profile(found, shown), picture(shown.customer, records)]),
        page.Section("Segments", [
            chart.bars({str(row["segment"]): float(str(row["customers"])) for row in sizes}, "customers"),
            page.table([{name.replace("_", " "): value for name, value in row.items()} for row in sizes]),
        ]),
        page.Section("How well records are matched", _matching(shown.matching)),
        page.Section("How well customers are predicted", _insight(insight)),
        page.Section("Quarantine", [page.table([dict(row) for row in quarantine], "Nothing is in quarantine.")]),
    ]  # fmt: skip
    return page.page("Customer 360", "What every system knows, as one profile of each customer.", sections)


def _profile(found: Rows, shown: Shown) -> list[str]:
    if not found:
        return [page.paragraph("There is no such customer.")]
    row, answer = found[0], shown.answer.content
    attributes = [
        {"attribute": label, "value": row[name],
         "from": row["address_from" if name in ("street", "postcode", "town") else f"{name}_from"]}
        for name, label in ATTRIBUTES.items()
    ]  # fmt: skip
    action = f"{answer.get('action')} · {answer.get('channel') or '-'} · {answer.get('about') or '-'}"
    return [
        page.tiles({
            "records": row["records"], "systems": row["systems"], "may be written to": _yes(row["marketing"]),
            "may be profiled": _yes(row["profiling"]), "next best action": action,
        }),
        page.paragraph(f"Why: {answer.get('reason')}."),
        page.table(attributes),
    ]  # fmt: skip


def _yes(value: str | None) -> str:
    return "yes" if value == "true" else "no"


def _matching(matching: dict[str, Any]) -> list[str]:
    if "test" not in matching:
        return [page.paragraph("Nobody has labelled records yet, so nothing is known.")]
    curve = {
        name: [chart.Point(point["threshold"], point[name]) for point in matching["curve"]]
        for name in ("precision", "recall")
    }
    test = matching["test"]
    at = [chart.Point(test["threshold"], test["precision"]), chart.Point(test["threshold"], test["recall"])]
    records = matching["records"]
    return [
        page.paragraph(
            f"Weights from {records['training']} records without labels, threshold {test['threshold']} from"
            f" {records['threshold']} labelled ones, figures from {records['test']} others: precision"
            f" {test['precision']:.1%}, recall {test['recall']:.1%}. The same e-mail address alone:"
            f" {matching['exact']['precision']:.1%} and {matching['exact']['recall']:.1%}."
        ),
        chart.lines(curve, "threshold", "share of pairs", "By threshold, the chosen one marked.", {"chosen": at}),
    ]


def _insight(insight: dict[str, Any]) -> list[str]:
    if "auc" not in insight:
        return [page.paragraph("Too few purchases to learn from.")]
    return [
        page.paragraph(
            f"Learned from what was known 180 days before {insight['today']}, tried on the 90 days that came last:"
            f" {insight['returned']:.0%} of {insight['customers']} customers came back."
        ),
        page.table(
            [
                {"what": "return, area under the curve", "model": f"{insight['auc']:.3f}",
                 "who bought last": f"{insight['auc_rule']:.3f}"},
            ]
        ),
        page.table(
            [
                {"what": "spending in 90 days, mean error", "model": f"{insight['error']:.2f}",
                 "as much as before": f"{insight['error_rule']:.2f}"},
            ]
        ),
    ]  # fmt: skip


def picture(customer: str, records: Rows) -> str:
    """Returns the customer in the middle and the records around it, with what each of them says."""
    width, height = 760, 420
    middle = (width / 2, height / 2)
    drawn: list[str] = []
    dots: list[str] = []
    for place, row in enumerate(records):
        angle = 2 * math.pi * place / max(len(records), 1) - math.pi / 2
        x, y = middle[0] + 250 * math.cos(angle), middle[1] + 150 * math.sin(angle)
        drawn.append(f'<line x1="{middle[0]}" y1="{middle[1]}" x2="{x:.0f}" y2="{y:.0f}" stroke="var(--line)"/>')
        name = " ".join(part for part in (row["first_name"], row["last_name"]) if part)
        dots.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="7" fill="var(--one)"/>')
        said = [what for what in (row["record_id"], name, row["birth_date"], row["postcode"]) if what]
        for line, what in enumerate(said):
            at = y + 22 + 14 * line if y >= middle[1] else y - 12 - 14 * (len(said) - 1 - line)
            dots.append(f'<text x="{x:.0f}" y="{at:.0f}" text-anchor="middle">{escape(what)}</text>')
    dots.append(f'<circle cx="{middle[0]}" cy="{middle[1]}" r="10" fill="var(--two)"/>')
    dots.append(f'<text x="{middle[0]}" y="{middle[1] - 16}" text-anchor="middle">{escape(customer)}</text>')
    return (
        f'<figure><svg viewBox="0 0 {width} {height + 60}" role="img" aria-label="The records of one customer">'
        f'<g transform="translate(0 20)">{"".join(drawn)}{"".join(dots)}</g></svg>'
        "<figcaption>The records that were found to be of one person.</figcaption></figure>"
    )
