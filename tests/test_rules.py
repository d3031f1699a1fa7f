"""The built-in rules: their examples, what is proven of them, and the few promises that people rely on."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from dataarch.check.check import check
from dataarch.check.examples import Example, failures, read_examples
from dataarch.engine.engine import Engine
from dataarch.engine.graph import Walk
from dataarch.engine.roots import NA, OPTIONS, TRUE
from dataarch.engine.store import open_engine, rules_folder
from dataarch.errors import Place, UserError
from dataarch.profile import Answer, Profile, profile, settings
from dataarch.recommendation import recommend, refuse_invalid
from dataarch.rulebase.fields import Findings

from . import oracle
from .conftest import ROOT

EXAMPLES = read_examples(open_engine(), rules_folder(), "rules/", Findings())


@pytest.mark.parametrize("example", EXAMPLES, ids=[f"{e.decision}: {e.it}" for e in EXAMPLES])
def test_example(example: Example, engine: Engine) -> None:
    assert failures(engine, [example]) == []


def test_every_decision_of_this_release_is_there_and_has_examples(engine: Engine) -> None:
    expected = {
        "pattern", "streaming-ingestion", "stream-delivery", "stream-processing", "batch-processing", "orchestration",
        "warehouse", "ml-approach", "prediction-service", "inference-serving", "fraud-model", "prediction-api",
        "api-authorization", "consumption", "lake-storage", "data-catalog", "stream-capacity", "device-ingestion",
        "edge-runtime", "database-ingestion", "saas-ingestion", "sap-ingestion", "file-ingestion", "partner-ingestion",
        "third-party-data", "custom-ingestion", "table-format", "warehouse-loading", "data-preparation",
        "query-federation", "query-acceleration", "operational-database",
    }  # fmt: skip
    assert expected <= set(engine.base.decisions)
    assert {example.decision for example in EXAMPLES} == set(engine.base.decisions)


def test_everything_provable_is_proven() -> None:
    report = check()
    assert report.findings == ()


def random_profile(engine: Engine, random: Random) -> dict[str, Any]:
    """Known answers to a random share of the questions, at and around every threshold."""
    share = random.choice((0.1, 0.3, 0.6, 0.9))
    known: dict[str, Any] = {}
    for id, question in engine.base.questions.items():
        if question.type == "text" or random.random() > share:
            continue
        cuts = engine.atoms["answers"].get(id, {}).get("cuts", [])
        if question.type == "any-of":
            density = random.choice((0.05, 0.15, 0.5))
            chosen = [value for value in question.values if random.random() < density]
            known[id] = ["none"] if "none" in chosen else chosen
        elif question.type == "one-of":
            known[id] = random.choice(list(question.values))
        elif question.type == "yes-no":
            known[id] = random.choice(("yes", "no"))
        else:
            known[id] = random.choice([0, *(cut + d for cut in cuts for d in (-1, 0, 1))])
    return known


def outcomes(engine: Engine, known: dict[str, Any]) -> dict[str, Any]:
    bits, _ = engine.bits(known)
    return {id: (verdict.applies, verdict.chosen) for id, verdict in engine.view().evaluate(bits).items()}


def test_the_diagrams_agree_with_the_plain_evaluator_on_random_partial_profiles(engine: Engine) -> None:
    random, graph = Random(7), engine.graph(engine.view())
    for _ in range(1500):
        known = random_profile(engine, random)
        walk = Walk(graph, graph.classes(known))
        for id, (applies, chosen) in outcomes(engine, known).items():
            roots = graph.roots[id]
            if roots.selected:
                found = tuple(place for place, root in enumerate(roots.selected) if walk.terminal(root) == TRUE)
                assert (walk.terminal(roots.applies) == TRUE, found) == (applies, tuple(sorted(chosen)))
            else:
                end = walk.terminal(roots.outcome)
                assert (end != NA, (end - OPTIONS,) if end >= OPTIONS else ()) == (applies, chosen)


def test_what_is_settled_stays_so_in_every_sampled_completion(engine: Engine) -> None:
    random, graph = Random(11), engine.graph(engine.view())
    for _ in range(60):
        known = random_profile(engine, random)
        if any(_meets(engine, known)):
            continue
        classes = graph.classes(known)
        scopes = {id: graph.scopes(roots.all(), classes) for id, roots in graph.roots.items()}
        for _ in range(20):
            complete = {**{id: _any(engine, id, random) for id in engine.base.questions}, **known}
            complete = {id: value for id, value in complete.items() if value is not None}
            if any(_meets(engine, complete)):
                continue
            for id, (applies, chosen) in outcomes(engine, complete).items():
                if engine.base.decisions[id].many:
                    may_apply, *selected = scopes[id]
                    assert may_apply.terminals >> applies & 1
                    assert all(scope.terminals >> (place in chosen) & 1 for place, scope in enumerate(selected))
                else:
                    terminal = OPTIONS + chosen[0] if applies else NA
                    assert scopes[id][0].terminals >> terminal & 1


def _meets(engine: Engine, known: dict[str, Any]) -> list[bool]:
    from dataarch.engine.atoms import holds

    bits, _ = engine.bits(known)
    return [holds(test, bits) for test in engine.tests["constraints"]]


def _any(engine: Engine, id: str, random: Random) -> Any:
    question = engine.base.questions[id]
    if question.type == "text":
        return None
    if question.type == "any-of":
        chosen = [value for value in question.values if random.random() < 0.2]
        return ["none"] if "none" in chosen else chosen
    if question.type == "yes-no":
        return random.choice(("yes", "no"))
    if question.type == "one-of":
        return random.choice(list(question.values))
    return random.choice([0, *(c + d for c in engine.atoms["answers"].get(id, {}).get("cuts", []) for d in (-1, 0))])


def test_the_built_in_base_says_what_the_semantics_say() -> None:
    from dataarch.rulebase.load import load
    from dataarch.rulebase.sources import read_sources

    engine, random = open_engine(), Random(3)
    document = load(read_sources(rules_folder()))
    for _ in range(150):
        known = random_profile(engine, random)
        days = (("all", engine.base.reviewed), ("whitepaper", engine.base.whitepaper), ("all", "2024-01-01"))
        for basis, day in days:
            bits, _ = engine.bits(known)
            found = engine.view(basis, day if basis == "all" else "").evaluate(bits)
            said = {
                id: [engine.base.decisions[id].options[place].id for place in v.chosen] if v.applies else None
                for id, v in found.items()
            }
            assert said == oracle.outcomes(document, known, basis, day)


def recommended(engine: Engine, *texts: str, basis: str = "all") -> Any:
    return recommend(engine, profile(engine.base.questions, settings(texts)), basis)


KAFKA = ("velocity=real-time", "open_source_required=yes", "kafka_experience=yes", "consumers_per_stream=3")


def test_all_four_of_the_whitepapers_conditions_decide_for_msk_and_three_do_not(engine: Engine) -> None:
    four = recommended(engine, *KAFKA, "latency=100 ms")
    assert four.decisions["streaming-ingestion"].choice == "msk"
    assert "streaming-ingestion.kafka-all-four" in {e.rule for e in four.decisions["streaming-ingestion"].because}
    three = recommended(engine, *KAFKA, "latency=500 ms", "use_cases=payment-fraud")
    assert "streaming-ingestion.kafka-all-four" not in {e.rule for e in three.decisions["streaming-ingestion"].because}


def test_the_finer_criterion_shows_the_weaker_ones_under_it(engine: Engine) -> None:
    evidence = recommended(engine, *KAFKA, "latency=100 ms").decisions["streaming-ingestion"].because
    under = {e.rule for e in evidence if e.under == "streaming-ingestion.kafka-all-four"}
    assert under == {
        f"streaming-ingestion.{id}" for id in ("open-source", "kafka-known", "several-readers", "low-latency")
    }


def test_fraud_detector_is_the_whitepapers_answer_and_never_todays(engine: Engine) -> None:
    fraud = ("use_cases=payment-fraud", "prediction=fraud-scoring", "ml_expertise=none")
    assert recommended(engine, *fraud, basis="whitepaper").decisions["prediction-service"].choice == ["fraud-detector"]
    assert recommended(engine, *fraud).decisions["prediction-service"].choice == ["sagemaker"]
    kept = recommended(engine, *fraud, "existing_platforms=fraud-detector")
    assert "fraud-detector" in kept.decisions["prediction-service"].choice
    assert any(w.id == "lifecycle.fraud-detector" for w in kept.warnings)


@pytest.mark.parametrize(
    "texts",
    [
        ("use_cases=bi-reporting", "velocity=batch", "sources=relational-database"),
        ("use_cases=log-analytics", "velocity=real-time", "sources=application-logs"),
        ("use_cases=ml-research", "velocity=batch", "stored_data=1 PB"),
        ("use_cases=data-sharing", "sources=partner-feed"),
        ("use_cases=churn-prediction",),
        ("use_cases=segmentation",),
        ("use_cases=demand-forecasting", "prediction=forecasting"),
        ("query_patterns=dashboards", "use_cases=other"),
    ],
)
def test_none_of_the_five_is_an_answer(engine: Engine, texts: tuple[str, ...]) -> None:
    assert recommended(engine, *texts).none_fits


def test_nothing_said_is_not_none_of_the_five(engine: Engine) -> None:
    nothing = recommended(engine, "region=eu-west-1")
    assert nothing.undecidable
    assert not nothing.none_fits


def test_a_profile_that_meets_a_constraint_is_refused(engine: Engine) -> None:
    answers = profile(engine.base.questions, settings(["inference=real-time", "prediction=none"]))
    bits, _ = engine.bits(answers.known)
    with pytest.raises(UserError, match="prediction"):
        refuse_invalid(engine, answers, bits)


def test_no_rule_file_names_a_price() -> None:
    for file in (ROOT / "rules").rglob("*.yaml"):
        assert "USD" not in file.read_text(encoding="utf-8"), file


def test_the_choice_is_an_outcome_that_some_completion_has(engine: Engine) -> None:
    random = Random(23)
    for _ in range(400):
        known = random_profile(engine, random)
        if any(_meets(engine, known)):
            continue
        answers = Profile({id: Answer(value, Place("here")) for id, value in known.items()})
        result = recommend(engine, answers)
        for one in [result.pattern, *result.decisions.values()]:
            assert all(flip.choice != one.choice for flip in one.flips)
            if isinstance(one.choice, list):
                assert set(one.always) <= set(one.choice) <= set(one.could_be)
            elif one.choice is not None:
                assert one.choice in one.could_be
            if one.status == "settled" and not isinstance(one.choice, list):
                assert one.could_be == [one.choice]
            if one.status == "not-applicable":
                assert one.could_be == [None]


def test_an_answer_that_no_rule_uses_is_said(engine: Engine) -> None:
    unused = engine.tests["unused"][0]
    amounts = {
        "whole-number": "5",
        "size": "1 GB",
        "duration": "1 s",
        "rate": "1/s",
        "percentage": "5%",
        "yes-no": "no",
    }
    question = engine.base.questions[unused]
    value = amounts.get(question.type) or next(iter(question.values))
    result = recommended(engine, f"{unused}={value}", "use_cases=payment-fraud")
    assert f"not-used.{unused}" in {warning.id for warning in result.warnings}


def test_a_service_that_the_region_may_lack_is_warned_of(engine: Engine) -> None:
    shop = ("use_cases=product-recommendations", "prediction=recommendation", "ml_expertise=developer")
    stockholm = {w.id for w in recommended(engine, *shop, "region=eu-north-1").warnings}
    dublin = {w.id for w in recommended(engine, *shop, "region=eu-west-1").warnings}
    assert "region.personalize" in stockholm - dublin
    campaigns = recommended(engine, "use_cases=campaign-messaging", "region=eu-west-1").warnings
    warning = next(w for w in campaigns if w.id == "region.connect-outbound-campaigns")
    assert "eu-west-1" in warning.message
    assert warning.reference == "cfn-lint"
    assert warning.severity == "caution"
    plant = ("sources=iot-devices", "edge_needs=offline-operation", "region=eu-west-3")
    severity = [
        {w.severity for w in recommended(engine, *plant, *bound).warnings if w.id == "region.iot-greengrass-v2"}
        for bound in ([], ["compliance=data-residency"])
    ]
    assert severity == [{"caution"}, {"critical"}]


def test_a_service_that_the_region_lacks_is_left_out_where_data_may_not_leave_it(engine: Engine) -> None:
    campaigns = ("use_cases=campaign-messaging", "channels=email", "region=EU-West-1")
    assert recommended(engine, *campaigns).decisions["messaging"].choice == ["connect-campaigns"]
    bound = recommended(engine, *campaigns, "compliance=data-residency")
    assert bound.decisions["messaging"].choice == ["ses"]
    [rejected] = [one for one in bound.decisions["messaging"].rejected if one.option == "connect-campaigns"]
    assert "messaging.availability.connect-campaigns.lacking" in {one.rule for one in rejected.because}
    frankfurt = recommended(engine, *campaigns[:2], "region=eu-central-1", "compliance=data-residency")
    assert frankfurt.decisions["messaging"].choice == ["connect-campaigns"]
    unknown = recommended(engine, *campaigns[:2], "compliance=data-residency").decisions["messaging"]
    assert "region" in unknown.needs
    assert unknown.status == "open"


def test_a_new_customer_gets_what_can_be_built_today(engine: Engine) -> None:
    messages = recommended(engine, "use_cases=campaign-messaging", "channels=email,push").decisions["messaging"].choice
    assert set(messages) == {"end-user-messaging", "connect-campaigns"}
    search = recommended(engine, "use_cases=intelligent-search", "prediction=intelligent-search")
    assert search.decisions["prediction-service"].choice == ["bedrock"]
    forecast = recommended(engine, "use_cases=demand-forecasting", "prediction=forecasting")
    assert forecast.decisions["prediction-service"].choice == ["sagemaker"]
    assert forecast.decisions["model-training"].choice == "automl"
    kept = recommended(engine, "prediction=intelligent-search", "existing_platforms=kendra")
    assert "kendra" in kept.decisions["prediction-service"].choice
    assert any(w.id == "lifecycle.kendra" and "plan the way to" in w.message for w in kept.warnings)


def test_every_decision_of_a_layer_that_data_pass_is_in_the_picture(engine: Engine) -> None:
    ends = {id for arrow in engine.base.flows.arrows for id in (arrow.start, arrow.end)}
    passed = [one for one in engine.base.decisions.values() if one.layer not in ("", "governance")]
    assert [one.id for one in passed if one.id not in ends] == []
    assert len(passed) > 30
