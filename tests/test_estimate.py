"""What numbers need and cost: the arithmetic of the sources, ranges instead of guesses, no price without a source."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dataarch.engine.engine import Engine
from dataarch.engine.store import rules_folder
from dataarch.errors import RuleBaseError
from dataarch.estimate.cost import NO_PRICE, NO_QUANTITY, PARTLY, SOURCED, Cost
from dataarch.estimate.estimate import Estimate, Need, estimate
from dataarch.estimate.formula import text
from dataarch.profile import profile, read, settings
from dataarch.recommendation import recommend
from dataarch.render import figures, ledger, machine
from dataarch.render.page import Paragraph
from dataarch.rulebase.load import load
from dataarch.rulebase.sources import read_sources

from .conftest import ROOT
from .test_schema import assert_valid

STREAM = ("use_cases=transaction-anomaly", "sources=transactions", "velocity=real-time")
SIZED = (*STREAM, "event_rate=5000/s", "average_event_rate=1200/s", "event_size=600 B", "consumers_per_stream=1")
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))


def estimated(engine: Engine, *answers: str) -> Estimate:
    return estimate(recommend(engine, profile(engine.base.questions, settings(list(answers)))))


def need(found: Estimate, id: str) -> Need:
    return next(one for one in found.needs if one.id == id)


def cost(found: Estimate, id: str) -> Cost:
    return next(one for one in found.costs if one.id == id)


def test_many_small_events_need_shards_for_their_number_not_for_their_bytes(engine: Engine) -> None:
    one = need(estimated(engine, *STREAM, "event_rate=50000/s", "event_size=200 B", "consumers_per_stream=1"),
               "kinesis-shards")  # fmt: skip
    assert one.value.low == one.value.high == 50
    assert "50000/s ÷ 1,000/s" in one.value.said


def test_readers_that_share_a_shard_need_more_of_them(engine: Engine) -> None:
    answers = (*STREAM, "event_rate=5000/s", "event_size=1 kB", "consumers_per_stream=8")
    assert need(estimated(engine, *answers), "kinesis-shards").value.low == 20


def test_the_size_of_a_warehouse_is_a_range_where_its_source_gives_one(engine: Engine) -> None:
    reporting = ("use_cases=bi-reporting", "velocity=batch", "query_patterns=complex-sql")
    said = []
    for size in ("stored_data=10 TB", "stored_data=100 TB", "stored_data=900 TB"):
        said.append(text(need(estimated(engine, *reporting, size), "redshift-rpu").value))
    assert said == ["4", "8 to 24", "at least 32"]


def test_an_answer_that_is_missing_leaves_the_upper_end_open_and_is_named(engine: Engine) -> None:
    one = need(estimated(engine, *STREAM, "event_rate=50000/s"), "kinesis-shards")
    assert one.value.low == 50
    assert one.value.high is None
    assert "event_size" in one.value.needs
    assert text(one.value) == "at least 50"


def test_kinesis_on_demand_counts_each_event_as_a_full_kilobyte(engine: Engine) -> None:
    lines = {line.price.id: line for line in cost(estimated(engine, *SIZED), "kinesis-on-demand").lines}
    events = 1200 * 3600 * 730
    assert lines["kds.in"].amount == (Fraction(events * 8, 10**8),) * 2
    assert lines["kds.stream"].amount == (Fraction("29.2"),) * 2


def test_a_peak_alone_gives_a_range_up_to_it(engine: Engine) -> None:
    answers = [answer for answer in SIZED if not answer.startswith("average")]
    low, high = cost(estimated(engine, *answers), "kinesis-on-demand").total
    assert low == Fraction("29.2")
    assert high is not None
    assert high > 5 * cost(estimated(engine, *SIZED), "kinesis-on-demand").total[0] / 2


def test_what_has_no_price_with_a_source_is_unknown_and_opens_the_total(engine: Engine) -> None:
    found = estimated(engine, *SIZED)
    line = next(line for line in cost(found, "firehose").lines)
    assert (line.state, line.amount) == (NO_PRICE, None)
    assert found.total[1] is None
    assert figures.unknown(line) == "no price with a source"


def test_every_amount_names_its_source_and_its_day(engine: Engine) -> None:
    for price in engine.base.prices.values():
        assert bool(price.amount) == bool(price.as_of) == bool(price.reference) == bool(price.confidence), price.id
        assert price.check.startswith("https://aws.amazon.com/"), price.id
        if price.reference:
            assert engine.base.reference(price.reference).address.startswith("https://"), price.id


def test_old_prices_are_marked(engine: Engine) -> None:
    old = estimated(engine, *SIZED).old
    assert "kds.in" in old
    assert "flink.kpu" not in old


def test_all_formulas_come_out_in_what_their_price_is_for(engine: Engine) -> None:
    """A quantity of another kind than its price is an error; here every cost is computed once."""
    from dataarch.estimate.cost import cost as compute
    from dataarch.estimate.formula import Formulas

    formulas = Formulas(engine.base, {})
    for entry in engine.base.sizing["costs"]:
        assert compute(entry, "x", formulas).lines
    for one in engine.base.sizing["needs"]:
        assert formulas.range(one["is"]).dims == (0, 0), one["id"]


@pytest.mark.parametrize(("size", "meets"), [("100 B", True), ("1 kB", False), ("4 kB", False)])
def test_kinesis_and_msk_serverless_meet_only_where_events_are_small(engine: Engine, size: str, meets: bool) -> None:
    answers = [answer for answer in SIZED if not answer.startswith("event_size")]
    found = estimated(engine, *answers, f"event_size={size}")
    one = next(one for one in found.break_evens if one.second == "MSK, serverless")
    assert (one.at is not None) == meets
    assert one.cheaper == "Kinesis Data Streams, on demand"
    assert ("none at any rate" in figures.break_even(one)) != meets


def test_a_break_even_that_hangs_on_an_answer_says_which(engine: Engine) -> None:
    one = estimated(engine, *STREAM).break_evens[0]
    assert "event_size" in one.needs
    assert "unknown; it needs" in figures.break_even(one)


def test_a_limit_that_is_met_is_critical_where_every_kind_of_the_service_has_it(engine: Engine) -> None:
    met = {one.limit.id: one for one in estimated(engine, *STREAM, "event_size=12 MiB").met if "Kinesis" in one.service}
    assert (met["record"].state, met["record"].severity) == ("met", "critical")


def test_a_limit_of_one_kind_is_a_caution(engine: Engine) -> None:
    found = estimated(engine, *STREAM, "event_rate=1000/s", "event_size=1 MB", "consumers_per_stream=1").met
    met = {one.limit.id: one for one in found}
    assert (met["in.other-regions"].state, met["in.other-regions"].severity) == ("met", "caution")
    assert "in.large-regions" not in met


def test_growth_says_when_a_limit_is_reached(engine: Engine) -> None:
    found = estimated(engine, *STREAM, "event_rate=170k/s", "event_size=1 kB", "yearly_growth=40%").met
    one = next(one for one in found if one.limit.id == "in.other-regions")
    assert one.state == "near"
    assert one.years is not None
    assert 0.4 < one.years < 0.6
    assert "by your growth that is reached in about 6 months" in "".join(span.text for span in figures.limit_line(one))


def test_growth_says_when_a_choice_changes(engine: Engine) -> None:
    answers = ("use_cases=bi-reporting", "velocity=batch", "processing_framework=spark", "operating_model=serverless",
               "dataset_size=4.6 TB", "yearly_growth=40%")  # fmt: skip
    found = estimated(engine, *answers).crossings
    one = next(one for one in found if one.decision == "batch-processing")
    assert (one.question, one.threshold) == ("dataset_size", "5 TB")
    assert "in about 3 months" in figures.crossing(one)


def test_without_numbers_no_limit_is_met_and_every_line_says_what_it_needs(engine: Engine) -> None:
    found = estimated(engine, *STREAM)
    assert found.met == []
    for one in found.costs:
        for line in one.lines:
            assert line.state in (SOURCED, NO_PRICE) or line.needs or one.asks, line.what


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.stem for example in EXAMPLES])
def test_the_estimates_of_the_examples_are_valid_and_reproducible(engine: Engine, example: Path) -> None:
    result = recommend(engine, profile(engine.base.questions, read(str(example))))
    first, second = (machine.text(result, full=True) for _ in range(2))
    assert first == second
    assert_valid(json.loads(first))
    states = [line.state for line in estimate(result).lines]
    assert set(states) <= {SOURCED, PARTLY, NO_PRICE, NO_QUANTITY}


def test_the_document_without_full_has_no_estimate(engine: Engine) -> None:
    result = recommend(engine, profile(engine.base.questions, settings(list(SIZED))))
    assert "estimate" not in machine.document(result)
    assert ledger.document(estimate(result))["total"]["high"] is None


def test_a_total_names_what_it_leaves_out(engine: Engine) -> None:
    said = " ".join(
        span.text
        for block in figures.costs(estimated(engine, *SIZED))
        if isinstance(block, Paragraph)
        for span in block.line
    )
    assert "the total leaves out the others, and traffic between zones" in said


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        ("sizing.yaml", "{price: kds.stream,", "{price: kds.strem,", "the price 'kds.strem' is not known"),
        ("sizing.yaml", "{times: [peak_rate, event_size]}", "{times: [peak_rat, event_size]}", "'peak_rat' is no"),
        ("sizing.yaml", "shard.bytes]}", "shard.byte]}", "has no limit 'shard.byte' that is a figure"),
        ("sizing.yaml", "{need: kinesis-shards}", "{need: kinesis-shard}", "the need 'kinesis-shard' is not known"),
        ("sizing.yaml", "is: {times: [peak_rate,", "is: {tims: [peak_rate,", "is no formula"),
        ("prices.yaml", "amount: '0.04', per: h", "amount: 'four', per: h", "is no number"),
        ("prices.yaml", "per: h, as_of: 2025-11-03, reference", "per: h, reference", "lacks the key 'as_of'"),
        ("flows.yaml", "to: [edge-runtime, device-ingestion,", "to: [edge-runtime, devices,", "is not known"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_these_files_is_said_with_its_place(file: str, before: str, after: str, said: str) -> None:
    sources: dict[str, Any] = read_sources(rules_folder())
    text = sources[file].decode()
    assert before in text
    with pytest.raises(RuleBaseError) as caught:
        load({**sources, file: text.replace(before, after, 1).encode()})
    assert any(said in str(one) and f"rules/{file}:" in str(one) for one in caught.value.findings)
