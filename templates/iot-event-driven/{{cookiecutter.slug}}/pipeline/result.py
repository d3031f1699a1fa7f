"""What came of a run, for a person: a few lines on the screen, and one page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data.traffic import Ledger
from devices.fleet import Played
from pipeline import chart, page
from pipeline.lake import Lake
from pipeline.plant import Plant
from pipeline.reconciliation import Reconciliation

Rows = list[dict[str, str | None]]

_SHOWN = 3  # machines whose curves are drawn


@dataclass(frozen=True)
class Shown:
    """Everything that is shown."""

    played: Played
    compared: Reconciliation
    ledger: Ledger
    report: Mapping[str, Any]
    readings: Rows
    alerts: Rows
    windows: Rows
    prefix: str


def gather(
    lake: Lake, ledger: Ledger, played: Played, compared: Reconciliation, report: Mapping[str, Any], site: Plant
) -> Shown:
    """Returns what analysts see of a shift, as Athena answers."""
    since, prefix = f"{ledger.begins:%Y-%m-%dT%H:%M:%SZ}", f"{site.prefix}-"
    like = f"device LIKE '{prefix}m%'"
    readings = lake.query(
        "SELECT id, device, time, at, temperature, vibration, score, anomaly, cause, sent_at, scored_at, latency_ms "
        f"FROM readings WHERE {like} AND time >= '{since}' ORDER BY at"
    )
    alerts = lake.query(
        f"SELECT kind, device, name, site, since, time, temperature, vibration FROM alerts "
        f"WHERE {like} AND since >= '{since}' ORDER BY since"
    )
    windows = lake.query(
        f"SELECT device, site, window_start, readings, temperature_avg, temperature_max, vibration_max FROM windows "
        f"WHERE {like} AND minutes = 5 AND window_start >= '{since}' ORDER BY temperature_avg DESC LIMIT 5"
    )
    return Shown(played, compared, ledger, report, readings, alerts, windows, prefix)


def percentile(values: Sequence[float], share: float) -> float:
    """Returns the value below which this share of the values lies.

    >>> percentile([3, 1, 2], 0.5)
    2
    """
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def latencies(shown: Shown) -> list[float]:
    """Returns the milliseconds from the device's clock to the score, of readings whose device had a line."""
    return [float(str(row["latency_ms"])) for row in shown.readings if row["id"] not in shown.ledger.cut_off]


def anomalies(shown: Shown) -> Rows:
    """Returns the readings that the model calls anomalous."""
    return [row for row in shown.readings if str(row["anomaly"]).lower() == "true"]


def found_faults(shown: Shown) -> dict[str, tuple[int, int]]:
    """Returns for each kind of fault how many of its readings were called anomalous, and how many there were."""
    called = {row["id"] for row in anomalies(shown)}
    found: dict[str, tuple[int, int]] = {}
    for id, reading in shown.ledger.readings.items():
        kind = reading.fault or "healthy"
        hit, all_ = found.get(kind, (0, 0))
        found[kind] = (hit + (id in called), all_ + 1)
    return dict(sorted(found.items()))


def text(shown: Shown) -> str:
    """Returns what the screen shows."""
    compared = shown.compared
    lines = ["", f"Messages, compared one by one through Athena: {_verdict(compared)}", ""]
    lines += [f"  {label:58}{count:>7,}" for label, count in _account(shown).items()]
    model, rule = shown.report["model"], shown.report["limit_rule"]
    waited = latencies(shown)
    lines += [
        "",
        f"Readings of failing machines, found by the model (limits alone): {_percent(model['recall'])} "
        f"({_percent(rule['recall'])}); right when it says so: {_percent(model['precision'])}; "
        f"PR-AUC {model['pr_auc']:.2f} ({rule['pr_auc']:.2f}).",
        f"From the device's clock to the score: {percentile(waited, 0.5):,.0f} ms (median), "
        f"{percentile(waited, 0.95):,.0f} ms (95 %), {percentile(waited, 0.99):,.0f} ms (99 %), "
        f"at {rate(shown):,.0f} messages a second.",
        f"{len(shown.alerts)} alerts: "
        + "; ".join(f"{row['kind']} {_short(shown, row['device'])}" for row in shown.alerts[:6]),
    ]
    return "\n".join(lines)


def worth(report: Mapping[str, Any]) -> str:
    """Returns the figures of a model beside those of the rule, on readings that neither has seen."""
    lines = ["", f"Of {report['test']['readings']:,} readings {report['test']['faulty']:,} are anomalous.", ""]
    lines.append(f"{'':24}{'PR-AUC':>8}{'found':>8}{'right when it says so':>24}")
    for name, label in (("model", "the model"), ("limit_rule", "a limit for each sensor")):
        one = report[name]
        lines.append(f"{label:24}{one['pr_auc']:>8.3f}{one['recall']:>8.1%}{one['precision']:>24.1%}")
    return "\n".join(lines)


def html(shown: Shown) -> str:
    """Returns the page."""
    waited = latencies(shown)
    figures = {
        "messages sent": shown.played.sent,
        "a second": f"{rate(shown):,.0f}",
        "clock to score, median": f"{percentile(waited, 0.5):,.0f} ms",
        "95 %": f"{percentile(waited, 0.95):,.0f} ms",
        "99 %": f"{percentile(waited, 0.99):,.0f} ms",
        "anomalous readings": len(anomalies(shown)),
        "alerts": len(shown.alerts),
    }
    account = [{"": label.strip(), "messages": count} for label, count in _account(shown).items()]
    alerts = [{**row, "device": _short(shown, row["device"])} for row in shown.alerts]
    windows = [{**row, "device": _short(shown, row["device"])} for row in shown.windows]
    faults = [
        {"what was wrong": kind, "readings": all_, "called anomalous": hit, "share": _percent(hit / all_)}
        for kind, (hit, all_) in found_faults(shown).items()
    ]
    return page.page(
        "Event-driven IoT: a shift of the plant",
        f"{len({row['device'] for row in shown.readings})} machines sent their readings over MQTT; "
        f"what they sent, compared through Athena: {_verdict(shown.compared)}.",
        [
            page.Section("Figures", [page.tiles(figures)]),
            page.Section("Telemetry, and what the model calls anomalous", _curves(shown)),
            page.Section("Alerts", [page.table(alerts, "No pattern was found.")]),
            page.Section("The hottest five minutes", [page.table(windows, "No window is closed yet.")]),
            page.Section("What was wrong, and what of it was seen", [page.table(faults)]),
            page.Section("What became of every message", [page.table(account)]),
        ],
    )


def rate(shown: Shown) -> float:
    """Returns how many messages a second the devices sent."""
    return shown.played.sent / max(shown.played.seconds, 0.001)


def _curves(shown: Shown) -> list[str]:
    """Returns the temperature of the machines with the most anomalies, each with those marked."""
    counts: dict[str, int] = {}
    for row in anomalies(shown):
        counts[str(row["device"])] = counts.get(str(row["device"]), 0) + 1
    drawn = []
    for device in sorted(counts, key=lambda name: -counts[name])[:_SHOWN]:
        rows = [row for row in shown.readings if row["device"] == device]
        begins = float(str(rows[0]["at"]))
        points = {str(row["id"]): _point(row, begins) for row in rows}
        marked = [points[str(row["id"])] for row in anomalies(shown) if row["device"] == device]
        drawn.append(
            chart.lines(
                {"temperature": list(points.values())},
                "minutes of the shift",
                "°C",
                f"{_short(shown, device)}, {counts[device]} readings anomalous.",
                {"anomalous": marked},
            )
        )
    return drawn or [page.paragraph("No reading was anomalous.")]


def _point(row: Mapping[str, str | None], begins: float) -> chart.Point:
    return chart.Point((float(str(row["at"])) - begins) / 60_000, float(str(row["temperature"])))


def _account(shown: Shown) -> dict[str, int]:
    compared, ledger = shown.compared, shown.ledger
    return {
        "sent, every copy counted": compared.messages,
        "  readings in the lake with a score": compared.readings,
        "    of them in a window of one minute": compared.windowed,
        "    late, and kept as such": compared.late,
        "    in a minute that is still open": compared.open,
        "    of a device that was cut off, delivered later": len(ledger.cut_off),
        "  sent twice, removed by key": sum(ledger.duplicates.values()),
        "  malformed, among the dead letters": compared.rejected,
        "  not taken by the stream, kept as undelivered": compared.undelivered,
        "missing": len(compared.missing),
        "in the lake, sent by nobody": len(compared.strange),
    }


def _verdict(compared: Reconciliation) -> str:
    return "sent = in the lake + dead letters" if compared.agrees else "DOES NOT AGREE"


def _short(shown: Shown, device: str | None) -> str:
    return str(device).removeprefix(shown.prefix)


def _percent(share: float) -> str:
    return f"{share:.0%}"
