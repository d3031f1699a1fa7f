"""Runs the project end to end and shows what came of it.

    python -m pipeline --stage local

A day of every source is generated and lands where it would, the profiles are refreshed from it, a channel asks over
HTTP what to do next, and every source record is found again through Athena: in one customer, or in quarantine.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from data.generate import PEOPLE, SEED
from deploy.deployment import Deployment
from pipeline import outcome, page, reconciliation, result, sources, steps
from pipeline.api import ActionApi
from pipeline.clock import Clock
from pipeline.lake import Lake
from pipeline.refresh import refresh, report


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs everything; returns 0 if every record was found again where it belongs."""
    options = _options(arguments)
    return outcome.status(lambda: _run(options))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m pipeline", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stage", choices=["local", "dev", "prod"], default="local")
    parser.add_argument("--people", type=int, default=PEOPLE, help="to generate (%(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="of the generator (%(default)s)")
    parser.add_argument("--customer", help="whose profile the page shows; by default one whom many systems know")
    parser.add_argument("--page", type=Path, default=Path(".local/customer-360.html"), help="of the view (%(default)s)")
    options = parser.parse_args(arguments)
    if options.people < 200:
        parser.error("--people must be at least 200, or there is nothing to learn from.")
    return options


def _run(options: argparse.Namespace) -> int:
    deployment = Deployment.of_this_project(options.stage)
    clock = Clock()
    day = steps.generated(options.people, options.seed)
    lines = sum(day.lines.values()) + len(day.events)
    clock.done(f"{lines:,} lines of 8 tables about {options.people:,} people generated")

    outputs = deployment.deploy(steps.LOCAL if options.stage == "local" else {})
    steps.foundation(outputs, lambda _: None)
    clock.done("all layers deployed, views made")

    sources.land(outputs, day, 60 if options.stage == "local" else 600)
    labelled = sources.label(outputs, day.truth)
    clock.done(f"sources landed in the raw zone, {labelled} records labelled")

    refresh(outputs["RefreshMachineArn"], print, train=True)
    clock.done("curated, identities resolved, profiles published")

    lake = Lake(outputs["Database"], outputs["Workgroup"])
    sent = {**{table.replace("/", "_"): count for table, count in day.lines.items()}, "web_events": len(day.events)}
    compared = reconciliation.look(lake, day.truth.keys(), sent, {})
    clock.done("compared by id through Athena")

    api = ActionApi(outputs["ApiUrl"])
    customer = options.customer or result.customer_to_show(lake)
    answers = [api.next(customer), api.next(customer, signed=False)]
    clock.done("asked over HTTP what to do next")

    shown = result.Shown(
        compared, report(outputs, "identity/report.json"), report(outputs, "insight/report.json"), customer, answers[0]
    )
    written = page.write(options.page, result.html(lake, shown))
    print(result.text(lake, shown, answers[1].status))
    print(f"\nThe page is {written}.")
    return 0 if compared.agrees and [answer.status for answer in answers] == [200, 403] else 1


if __name__ == "__main__":
    sys.exit(main())
