"""What the pipeline shows at its end: a text, and a page that stands alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from data.split import Parts
from pipeline import chart, page
from pipeline.evaluation import Evaluation
from pipeline.load import Load
from pipeline.query import table
from pipeline.reconciliation import Reconciliation
from pipeline.sessions import Visit

Rows = list[dict[str, str | None]]


class Found(NamedTuple):
    """Everything that a run has found."""

    parts: Parts
    cleaned: Rows
    judged: Evaluation
    visits: list[Visit]
    loaded: Load
    compared: Reconciliation
    clicked: Rows
    unsigned: int
    outputs: Mapping[str, str]


def text(found: Found, place: Path, stage: str) -> str:
    """Returns the figures of the model, the reconciliation, the latencies, and where to look."""
    judged, compared = found.judged, found.compared
    low, high = judged.difference
    lines = [
        "",
        f"The model, judged by what {judged.users} users took up after {found.parts.moment}",
        table(_figures(judged)),
        f"NDCG@10 above popularity by {low:.4f} to {high:.4f} (bootstrap, 95 %)",
        "",
        table(_segments(judged)),
        "",
        f"Requests, {found.loaded.rate:g} a second for {found.loaded.seconds:g} s, {found.loaded.failed} failed",
        table([{name: str(value) for name, value in row.items()} for row in _latency(found.loaded)]),
        "",
        "Found again in the lake, by id",
        f"  events               {compared.events:>6}",
        f"  poisoned events      {compared.rejected:>6}",
        f"  answers              {compared.answers:>6}",
        f"  missing              {len(compared.missing) + max(compared.nameless_missing, 0):>6}",
        f"  sent by nobody       {len(compared.strange):>6}",
        f"  differing            {len(compared.differing):>6}",
        f"  not tracked          {compared.untracked:>6}",
        f"  unsigned, answered   {found.unsigned:>6}",
        "everything told = everything kept" if compared.agrees else "what was told and what was kept DIFFER",
        "",
        f"Page       {place}",
        f"API        {found.outputs['ApiUrl']}",
        f"Tables     {found.outputs['Database']} in workgroup {found.outputs['Workgroup']}",
    ]
    if stage == "local":
        lines.append('Look       make up, then .venv/bin/python -m pipeline.query "SELECT * FROM clicked"')
    return "\n".join(lines)


def html(found: Found) -> str:
    """Returns the page."""
    judged, compared = found.judged, found.compared
    low, high = judged.difference
    personal = [visit for visit in found.visits if visit.after.content.get("source") == "model"]
    changed = sum(visit.changed for visit in personal) / max(len(personal), 1)
    lead = (
        "A model of who likes what was trained on the older part of a log, judged by the later part, and served. "
        "People came by; what they did changed what they were shown next."
    )
    sections = [
        page.Section(
            "At a glance",
            [
                page.tiles(
                    {
                        "NDCG@10, model": f"{judged.model.ndcg:.3f}",
                        "NDCG@10, popularity": f"{judged.popular.ndcg:.3f}",
                        "of 10 items, new after a visit": f"{changed:.1f}",
                        "events found in the lake": compared.events,
                        "poisoned events kept aside": compared.rejected,
                        "requests failed": found.loaded.failed,
                    }
                )
            ],
        ),
        page.Section("How recommendations change as events arrive", _visits(found, personal)),
        page.Section(
            "How good they are",
            [
                page.paragraph(
                    f"Asked of the served model for {judged.users} users, over what they took up after "
                    f"{found.parts.moment}; both ways may offer the same items. The model's NDCG@10 is above that of "
                    f"popularity by {low:.4f} to {high:.4f} (bootstrap over users, 95 %)."
                ),
                page.table(_figures(judged)),
                page.paragraph("The same by kind of user; where the model loses, it is said here."),
                page.table(_segments(judged)),
            ],
        ),
        page.Section(
            "How fast they are",
            [
                page.paragraph(
                    f"{found.loaded.requests} requests, {found.loaded.rate:g} a second for {found.loaded.seconds:g} s; "
                    "milliseconds from the moment a request was due, after a warm-up. Answers that are the same for "
                    "everyone are kept for a minute: hits and misses apart. On this machine, which is not AWS."
                ),
                page.table(_latency(found.loaded)),
            ],
        ),
        page.Section(
            "What was cleaned",
            [chart.bars({str(row["outcome"]): float(row["interactions"] or 0) for row in found.cleaned}, "")],
        ),
        page.Section("The A/B split, as Athena sees it", [page.table(found.clicked)]),
    ]
    return page.page("Recommendations", lead, sections)


def _visits(found: Found, personal: list[Visit]) -> list[str]:
    category = {row["item_id"]: row["category"] or "none" for row in found.parts.history.items}
    blocks = [
        page.paragraph(
            f"Of the {len(personal)} visits that the model answered, the twelve whose answers changed most: what each "
            "person did, and how many of the ten items shown were of the same categories before and after it."
        )
    ]
    rows = []
    for visit in sorted(personal, key=lambda one: -one.changed)[:12]:
        looked = {category[row["item_id"]] for row in visit.did}
        rows.append(
            {
                "user": visit.user,
                "did": f"{len(visit.did)} events in {', '.join(sorted(looked))}",
                "of these, before": sum(category.get(item) in looked for item in visit.before.items),
                "after": sum(category.get(item) in looked for item in visit.after.items),
                "new items": visit.changed,
                "first before": ", ".join(visit.before.items[:3]),
                "first after": ", ".join(visit.after.items[:3]),
            }
        )
    return [*blocks, page.table(rows, "Nobody was answered by the model.")]


def _figures(judged: Evaluation) -> list[dict[str, str | None]]:
    rows = []
    for name, one in (("model", judged.model), ("popularity", judged.popular)):
        row: dict[str, str | None] = {"way": name, "NDCG@10": f"{one.ndcg:.4f}", "recall@10": f"{one.recall:.4f}"}
        rows.append(row | {"coverage": f"{one.coverage:.3f}", "novelty (bits)": f"{one.novelty:.2f}"})
    return rows


def _segments(judged: Evaluation) -> list[dict[str, str | None]]:
    return [
        {
            "users": one.name,
            "count": str(one.users),
            "NDCG@10, model": f"{one.model:.4f}",
            "popularity": f"{one.popular:.4f}",
            "": "loses" if one.model < one.popular else "",
        }
        for one in judged.segments
    ]


def _latency(loaded: Load) -> list[dict[str, object]]:
    return [
        {"kind": one.kind, "requests": one.requests, "p50 ms": round(one.p50, 1), "p95 ms": round(one.p95, 1),
         "p99 ms": round(one.p99, 1)}
        for one in loaded.kinds
    ]  # fmt: skip
