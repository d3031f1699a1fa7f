"""Runs the project end to end and shows what came of it.

    python -m pipeline --stage local

Data are generated (or read from --data), the layers deployed, a model trained and served; later transactions are sent
to the API as a payment system would, some of them malformed and one by a stranger; and each of them is found again in
the lake by its id.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.deployment import Deployment
from pipeline import access, curation, models, outcome, payments, reconciliation, report, result, steps, training, ways
from pipeline.clock import Clock
from pipeline.kinds import KINDS
from pipeline.lake import Lake


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs everything; returns 0 if every transaction was found again as it was answered."""
    options = _options(arguments)
    return outcome.status(lambda: _run(options))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m pipeline", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stage", choices=["local", "dev", "prod"], default="local")
    parser.add_argument("--data", type=Path, help="your own transactions as CSV, or `real`")
    parser.add_argument("--transactions", type=int, default=steps.TRANSACTIONS, help="to generate (%(default)s)")
    parser.add_argument("--seed", type=int, default=steps.SEED, help="of the generator (%(default)s)")
    parser.add_argument("--send", type=int, default=600, help="transactions to send to the API (%(default)s)")
    options = parser.parse_args(arguments)
    if options.send < 1:
        parser.error("--send must be at least 1.")
    return options


def _run(options: argparse.Namespace) -> int:
    deployment = Deployment.of_this_project(options.stage)
    clock = Clock()
    parts = steps.parts(options.data, options.transactions, options.seed)
    live = payments.of_this_run(payments.stretch(parts.live, options.send), datetime.now(UTC))
    count = sum(len(part) for part in (parts.train, parts.validation, parts.test, parts.live))
    clock.done(f"{count:,} transactions, cut by time into training, validation, test and later ones")

    outputs = deployment.deploy({})
    steps.foundation(outputs, _say)
    training.upload(outputs["LakeBucket"], parts.channels)
    clock.done("storage, catalog, delivery and training deployed; training data in the lake")

    trained = models.train(outputs["TrainingMachineArn"], _say)
    clock.done(f"{' and '.join(KINDS)} model trained by {outputs['TrainingMachineArn'].rpartition(':')[2]}")

    outputs = deployment.deploy(trained.parameters)
    clock.done("endpoint, API and alarms deployed")

    since = datetime.now(UTC) - timedelta(seconds=2)
    sent = ways.send(outputs, live)
    clock.done(f"{len(live)} transactions sent, malformed ones and one by a stranger beside them")

    lake = Lake(outputs["Database"], outputs["Workgroup"])
    patience = 60 if options.stage == "local" else 600
    compared = reconciliation.wait(lake, sent.told, since, patience)
    clock.done("delivered to the lake and compared through Athena")

    curation.run(outputs["CurationMachineArn"])
    once = reconciliation.curated(lake, sent.told, since)
    clock.done("curated: every transaction once, by its id")

    suspects = result.suspects(lake, since)
    reports = trained.reports()
    page = report.write(lake, reports, sent, compared, once)
    print(result.text(reports, sent, compared, once, suspects, outputs, options.stage, page))
    return 0 if compared.agrees and once.agrees and sent.unsigned == access.REFUSED else 1


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
