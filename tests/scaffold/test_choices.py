"""What a project is made of, where the rules and a person disagree."""

from __future__ import annotations

import pytest

from dataarch.engine.engine import Engine
from dataarch.errors import UserError
from dataarch.profile import profile, settings
from dataarch.recommendation import Recommendation, recommend
from dataarch.scaffold import context
from dataarch.scaffold.choices import Choice, choose, lacking, parse
from dataarch.scaffold.naming import name_of, refuse_bad
from dataarch.scaffold.template import Template, open_template, parts

from .conftest import PATTERNS

# Firehose alone cannot be read again, which rules it out where events must be readable again.
STREAMS = Template(
    "fraud-detection",
    "",
    {"streaming-ingestion": ["kinesis-data-streams", "data-firehose"]},
    {"lake-storage": "s3", "warehouse": "redshift"},
    {"slug": "fraud-detection", "workload": "Fraud detection", "region": "us-east-1"},
)
REREAD = ("use_cases=payment-fraud", "velocity=real-time", "replay_window=2 d")


def recommended(engine: Engine, *texts: str) -> Recommendation:
    return recommend(engine, profile(engine.base.questions, settings(texts)))


def chosen(engine: Engine, *by_hand: str, texts: tuple[str, ...] = REREAD, force: bool = False) -> dict[str, Choice]:
    found = choose(STREAMS, recommended(engine, *texts), parse(by_hand), force)
    return {one.decision: one for one in found}


def test_what_was_decided_is_taken_where_the_template_has_it(engine: Engine) -> None:
    one = chosen(engine)["streaming-ingestion"]
    assert (one.options, one.how) == (["kinesis-data-streams"], "decided")


def test_what_was_decided_and_is_not_there_gives_way_to_the_default(engine: Engine) -> None:
    texts = (*REREAD, "stream_guarantees=log-compaction", "kafka_experience=yes", "existing_platforms=kafka")
    one = chosen(engine, texts=texts)["streaming-ingestion"]
    assert (one.options, one.how, one.advised) == (["kinesis-data-streams"], "fallback", ["msk"])


def test_a_choice_that_the_rules_rule_out_is_refused_with_the_reason_and_its_source(engine: Engine) -> None:
    with pytest.raises(UserError, match=r"streaming-ingestion=data-firehose is ruled out: .* \[.*\] Add --force"):
        chosen(engine, "streaming-ingestion=data-firehose")


def test_forced_it_is_taken_and_recorded_with_the_objection(engine: Engine) -> None:
    one = chosen(engine, "streaming-ingestion=data-firehose", force=True)["streaming-ingestion"]
    assert (one.options, one.how) == (["data-firehose"], "forced")
    told = context.full(STREAMS, "x", recommended(engine, *REREAD), [one])["_decisions"][0]
    [objection] = told["objections"][:1]
    assert objection["text"]
    assert objection["address"].startswith("https://")
    assert (told["because"], told["confidence"]) == ([], ""), "what speaks for another option is no reason for this one"


def test_what_every_project_has_is_said_beside_what_was_decided(engine: Engine) -> None:
    found = chosen(engine)
    assert (found["warehouse"].options, found["warehouse"].how) == (["redshift"], "always")
    assert found["lake-storage"].advised == ["s3"]


def test_what_was_decided_and_the_project_does_not_have_is_lacking(engine: Engine) -> None:
    found = chosen(engine)
    assert lacking(found["streaming-ingestion"]) == []
    assert lacking(found["warehouse"]) == [one for one in found["warehouse"].advised if one != "redshift"]


def test_what_was_decided_outside_the_template_is_kept_as_not_realised(engine: Engine) -> None:
    beside = [one for one in chosen(engine).values() if one.how == "not-realised"]
    assert beside
    assert all(one.options and one.decided for one in beside)


def test_a_decision_that_follows_another_has_a_place_only_beside_its_option(engine: Engine) -> None:
    template = STREAMS._replace(
        open={"profile-store": ["dynamodb", "neptune"], "graph-language": ["opencypher", "sparql"]},
        follows={"graph-language": {"profile-store": ["neptune"]}},
    )
    nothing = recommended(engine)
    without = choose(template, nothing, {}, False)
    assert "graph-language" not in {one.decision for one in without}
    found = choose(template, nothing, {"profile-store": "neptune", "graph-language": "sparql"}, False)
    assert {one.decision: one.options for one in found}["graph-language"] == ["sparql"]
    with pytest.raises(UserError, match="graph-language=sparql has a place only with profile-store=neptune"):
        choose(template, nothing, {"graph-language": "sparql"}, False)


def test_a_choice_settles_what_follows_from_it(engine: Engine) -> None:
    settles = {"prediction-service": {"personalize": {"ml-approach": "ai-services"}, "sagemaker": {"ml-approach": "x"}}}
    template = STREAMS._replace(open={"prediction-service": ["personalize", "sagemaker"]}, settles=settles)
    for option, settled in (("personalize", "ai-services"), ("sagemaker", "x")):
        found = choose(template, recommended(engine), {"prediction-service": option}, False)
        [one] = [one for one in found if one.decision == "ml-approach"]
        assert (one.options, one.how) == ([settled], "follows")
    found = choose(template, recommended(engine, *REREAD), {}, False)
    [one] = [one for one in found if one.decision == "ml-approach"]
    assert one.advised, "what was decided from the answers is said beside it"


@pytest.mark.parametrize(("option", "meant"), [("ai-services", "prediction-service=personalize"), ("x", "n-service.")])
def test_what_follows_is_not_chosen_and_the_refusal_says_what_it_follows_from(
    engine: Engine, option: str, meant: str
) -> None:
    settles = {"prediction-service": {"personalize": {"ml-approach": "ai-services"}}}
    template = STREAMS._replace(open={"prediction-service": ["personalize", "sagemaker"]}, settles=settles)
    refusal = rf"ml-approach={option}: in a .* project it follows from prediction-service. Choose .*{meant}"
    with pytest.raises(UserError, match=refusal):
        choose(template, recommended(engine), {"ml-approach": option}, False)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_what_a_template_settles_is_settled_by_every_offer_and_nowhere_else(pattern: str, engine: Engine) -> None:
    template = open_template(pattern)
    for decision, options in template.settles.items():
        assert options.keys() == set(template.open[decision])
        for found in options.values():
            assert not found.keys() & {*template.open, *template.fixed}
            for other, offer in found.items():
                assert set(parts(offer)) <= {one.id for one in engine.base.decisions[other].options}
    settled = [one for options in template.settles.values() for one in set().union(*options.values())]
    assert len(settled) == len(set(settled)), "two choices would settle one decision"


def test_by_hand_alone_no_answer_is_made_up(engine: Engine) -> None:
    found = chosen(engine, "streaming-ingestion=kinesis-data-streams", texts=())
    assert {one.how for one in found.values()} == {"chosen", "always"}


@pytest.mark.parametrize(("text", "name"), [
    ("Fraud detection", "fraud-detection"), ("  ../../x  ", "x"), ("42", "other"), ("日本", "other"), ("con", "other"),
    ("A" * 60, "a" * 48), ("a" * 47 + "-b", "a" * 47), ("--force", "force"), ("3 Cards", "cards"),
])  # fmt: skip
def test_any_text_gives_a_name_that_is_one(text: str, name: str) -> None:
    assert name_of(text, "other") == name
    refuse_bad(name, "--name")


MANY = STREAMS._replace(
    open={
        "consumption": ["athena", "athena+quicksight", "athena+opensearch"],
        "stream-delivery": ["none", "msk-connect"],
    },
    fixed={},
)


@pytest.mark.parametrize(("patterns", "options"), [
    ("ad-hoc-sql,dashboards", ["athena", "quicksight"]), ("ad-hoc-sql,search", ["athena", "opensearch"]),
    ("dashboards", ["athena", "quicksight"]),
])  # fmt: skip
def test_of_many_the_offer_that_has_most_of_what_was_decided_is_taken(
    engine: Engine, patterns: str, options: list[str]
) -> None:
    texts = ("use_cases=log-analytics", f"query_patterns={patterns}", "personas=data-analyst")
    recommendation = recommended(engine, *texts)
    [found] = [one for one in choose(MANY, recommendation, {}, False) if one.decision == "consumption"]
    assert set(options) <= set(recommendation.decisions["consumption"].choice or [])
    assert (found.options, found.how) == (options, "decided")


def test_where_a_decision_is_not_needed_the_offer_of_none_is_taken(engine: Engine) -> None:
    texts = ("use_cases=payment-fraud", "velocity=batch", "sources=relational-database", "stream_targets=")
    recommendation = recommended(engine, *texts)
    found = {one.decision: one for one in choose(MANY, recommendation, {}, False)}
    assert not recommendation.decisions["stream-delivery"].choice
    assert (found["stream-delivery"].options, found["stream-delivery"].how) == (["none"], "decided")
