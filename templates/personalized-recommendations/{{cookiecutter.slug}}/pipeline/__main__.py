"""Runs the project end to end and shows what came of it, also as a page: `.local/recommendations.html`.

    python -m pipeline --stage local

Interactions are generated (or read from --data) and cut at a moment. What is older is landed, cleaned, imported and
learned from; the served model is judged by what came later; then people come by, are shown items, do something and are
shown others; requests arrive at a known rate; and every event and answer is found again in the lake by its id.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from data import sources, split
from deploy.deployment import PROJECT, Deployment
from pipeline import evaluation, load, outcome, page, reconciliation, report, sessions, steps, training, users
from pipeline.api import RecommendationsApi
from pipeline.clock import Clock
from pipeline.judge import served_model
from pipeline.lake import Lake


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs everything; returns 0 if everything was found again, no request failed, and the model beats popularity."""
    options = _options(arguments)
    return outcome.status(lambda: _run(options), sources.DataError)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m pipeline", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stage", choices=["local", "dev", "prod"], default="local")
    parser.add_argument("--data", type=Path, help="a folder of your own files, or `real` for MovieLens 100k")
    parser.add_argument("--seed", type=int, default=7, help="of the generator (%(default)s)")
    parser.add_argument("--visits", type=int, default=60, help="people who come by (%(default)s)")
    parser.add_argument("--rate", type=float, default=load.RATE, help="requests a second of the load (%(default)s)")
    parser.add_argument("--seconds", type=float, default=load.SECONDS, help="of the load (%(default)s)")
    options = parser.parse_args(arguments)
    if options.visits < 1 or options.rate <= 0 or options.rate * options.seconds < 10:
        parser.error("--visits must be at least 1, and --rate times --seconds at least 10.")
    return options


def _run(options: argparse.Namespace) -> int:
    clock = Clock()
    deployment = Deployment.of_this_project(options.stage)
    parts = split.by_time(sources.load(options.data, print, options.seed))
    clock.done(f"{len(parts.history.interactions):,} interactions before {parts.moment}, {len(parts.later):,} after it")

    outputs = deployment.deploy({})
    lake = Lake(outputs["Database"], outputs["Workgroup"])
    steps.foundation(outputs, lambda _: None)
    training.upload(outputs["LakeBucket"], parts.history)
    cleaned = lake.query("SELECT outcome, interactions FROM cleaning ORDER BY interactions DESC")
    clock.done("storage, catalog, delivery, Personalize and training deployed; history landed and cleaned")

    trained = training.train(outputs["TrainingMachineArn"], print)
    clock.done(f"prepared, imported and trained by {outputs['TrainingMachineArn'].rpartition(':')[2]}")

    outputs = deployment.deploy(trained.parameters)
    known = users.fill(outputs)
    clock.done(f"campaigns, API and alarms deployed; {known} users known to the fallback")

    judged = evaluation.evaluate(parts, served_model(outputs, parts))
    clock.done(f"the model judged by what {judged.users} users did later")

    since = datetime.now(UTC) - timedelta(seconds=2)
    api, told = RecommendationsApi(outputs["ApiUrl"]), sessions.Told()
    visits = sessions.run(api, parts, options.visits, told)
    sessions.poison(api, parts.history.interactions[0], told)
    unsigned = api.send("GET", "/popular", signed=False).status
    clock.done(f"{len(visits)} people came by, {len(told.rejected) + told.nameless} poisoned events kept aside")

    people = [row["user_id"] for row in parts.history.users]
    items = [row["item_id"] for row in parts.history.items if row["available"] != "no"][:8]
    loaded = load.run(api, people, items, told, options.rate, options.seconds)
    clock.done(f"{loaded.requests} requests at {options.rate:g} a second")

    compared = reconciliation.wait(lake, told, since, 60 if options.stage == "local" else 600)
    clicked = lake.query("SELECT variant, answers, with_event FROM clicked ORDER BY variant")
    clock.done("delivered to the lake and compared through Athena")

    found = report.Found(parts, cleaned, judged, visits, loaded, compared, clicked, unsigned, outputs)
    place = page.write(PROJECT / ".local" / "recommendations.html", report.html(found))
    print(report.text(found, place, options.stage))
    sound = compared.agrees and unsigned == 403 and not told.failed and not loaded.failed
    return 0 if sound and judged.better else 1


if __name__ == "__main__":
    sys.exit(main())
