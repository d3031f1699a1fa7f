"""What a run shows at its end: in the terminal, and on one page."""

from pathlib import Path

from pipeline import chart, page as pages
from pipeline.reconciliation import Reconciliation
from pipeline.story import Told


def text(told: Told) -> str:
    """Returns the figures that matter first."""
    report, up = told.report, told.uplift
    model, rule, test = report["model"], report["rule"], report["test"]
    return "\n".join(
        [
            "",
            f"The model on {test['customers']:,} customers of later days, {test['churned']} of whom left:",
            "",
            f"  {'':44}{'model':>8}{'rule':>8}",
            f"  {'precision-recall, area (PR-AUC)':44}{model['pr_auc']:>8.3f}{rule['pr_auc']:>8.3f}",
            f"  {'lift of the highest tenth':44}{model['lift']:>8.2f}{rule['lift']:>8.2f}",
            f"  {'calibration error':44}{model['calibration_error']:>8.3f}",
            "",
            *(line for name, one in told.compared.items() for line in _reconciled(name, one)),
            "",
            "What the offer has changed, against the control group:",
            "",
            f"  {'ordered, of those with the offer':44}{up.treated_rate:>8.1%} of {up.treated}",
            f"  {'ordered, of the control group':44}{up.control_rate:>8.1%} of {up.control}",
            f"  {'uplift':44}{up.difference:>+8.1%} ({up.low:+.1%} to {up.high:+.1%}, 95 %)",
            f"  {'the truth, which no estimate sees':44}{told.truth:>+8.1%}",
            "",
            f"  From an event to the dashboard: {told.delays['p50']:.1f} s (p50), {told.delays['p95']:.1f} s (p95),"
            f" {told.delays['p99']:.1f} s (p99). A failed payment was answered in {told.trigger:.1f} s.",
        ]
    )


def _reconciled(name: str, one: Reconciliation) -> list[str]:
    agrees = "intended = sent + suppressed + failed + uncertain" if one.agrees else "DOES NOT AGREE"
    rows = [("intended", one.intended), *((f"  {state}", count) for state, count in sorted(one.ends.items()))]
    rows += [
        ("  under way", len(one.open)),
        ("  without a reason", len(one.without_reason)),
        ("missing in the lake", len(one.lost)),
        ("in the lake, intended by nobody", len(one.strange)),
        ("events there more than once", one.repeated),
    ]
    return [f"Campaign {name}, by id: {agrees}", "", *(f"  {label:44}{count:>8}" for label, count in rows), ""]


def page(told: Told, path: Path) -> Path:
    """Writes the page and returns where it is."""
    report, up = told.report, told.uplift
    calibration = report["calibration"]
    sections = [
        pages.Section(
            "What was sent, and how far it got",
            [
                pages.tiles(
                    {
                        "messages intended": sum(one.intended for one in told.compared.values()),
                        "accounted for": "all" if told.agrees else "NOT ALL",
                        "event to dashboard, p95": f"{told.delays['p95']:.1f} s",
                        "failed payment answered in": f"{told.trigger:.1f} s",
                        "uplift of the offer": f"{up.difference:+.1%}",
                    }
                ),
                pages.table(told.funnel),
                *(_funnel(row) for row in told.funnel if int(str(row["intended"])) > 1),
            ],
        ),
        pages.Section("Where every message ended", [pages.table([_row(*one) for one in told.compared.items()])]),
        pages.Section("Why messages did not arrive", [pages.table(told.reasons, "Every message arrived.")]),
        pages.Section(
            "The model",
            [
                pages.paragraph(
                    f"Judged on {report['test']['customers']:,} customers of later days. Good enough was a model whose"
                    f" highest tenth left {report['wanted']['lift']} times more often than everyone, and whose scores"
                    f" were off by {report['wanted']['calibration_error']} at most."
                ),
                pages.table(
                    [
                        {"": name, **{one: round(report[name][one], 3) for one in ("pr_auc", "lift")}}
                        for name in ("model", "rule")
                    ]
                ),
                pages.table([_round(one) for one in report["tries"]]),
                chart.lines(
                    {
                        "left, of those with this score": [chart.Point(one["said"], one["was"]) for one in calibration],
                        "as it should be": [chart.Point(one["said"], one["said"]) for one in calibration],
                    },
                    "score",
                    "share that left",
                    "Calibration",
                ),
                pages.table(told.segments),
            ],
        ),
        pages.Section(
            "What the offer changed",
            [
                chart.bars(
                    {"with the offer": up.treated_rate * 100, "control group": up.control_rate * 100}, "%", "Ordered"
                ),
                pages.paragraph(
                    f"Uplift {up.difference:+.1%}, between {up.low:+.1%} and {up.high:+.1%} (95 %). The truth, by the"
                    f" hidden numbers of these customers, is {told.truth:+.1%}."
                ),
            ],
        ),
        pages.Section(
            "From an event to the dashboard",
            [pages.tiles({name: f"{value:.1f} s" for name, value in told.delays.items()})],
        ),
    ]
    lead = "Two campaigns to customers who do not exist, by e-mail that was really sent and read on this machine."
    return pages.write(path, pages.page("Customer engagement", lead, sections))


def _funnel(row: dict[str, str | None]) -> str:
    steps = ("intended", "sent", "delivered", "opened", "clicked")
    return chart.bars({name: float(str(row[name])) for name in steps}, "", f"{row['campaign']}, {row['channel']}")


def _row(name: str, one: Reconciliation) -> dict[str, object]:
    ends = {state: one.ends.get(state, 0) for state in ("sent", "suppressed", "failed", "uncertain")}
    return {"campaign": name, "intended": one.intended, **ends, "missing in the lake": len(one.lost)}


def _round(figures: dict[str, object]) -> dict[str, object]:
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in figures.items()}
