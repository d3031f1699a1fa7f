"""Overlays: what they may do to the rules, what is refused, and that every output tells them from the base."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings, strategies as st

from dataarch.check.check import check
from dataarch.check.verdict import opened, overlays_in
from dataarch.engine.engine import Engine
from dataarch.engine.store import compiled, engine_of
from dataarch.errors import RuleBaseError, UserError
from dataarch.profile import profile, settings as given_by
from dataarch.recommendation import Recommendation, recommend
from dataarch.rulebase.load import load
from dataarch.rulebase.sources import Folder

from . import oracle
from .bases import conditions, profiles, sources
from .conftest import ROOT, Run
from .test_engine import declared, ends, verdicts

BANK = ROOT / "examples/overlay"
ABOUT = {"id": "shop", "title": "The shop", "reviewed": "2026-11-23"}
SOURCE = {"documents": [{"id": "shop-rules", "title": "R", "publisher": "S", "address": "https://shop.example"}]}
SAID = {"because": "We say so.", "reference": "shop-rules", "since": "2026-01-01"}
PAYMENTS = ("use_cases=payment-fraud", "velocity=real-time", "kafka_experience=no")
DECISION = "streaming-ingestion"


def overlay(folder: Path, **files: Any) -> str:
    """A folder with an overlay; a file is named as its path with `__` for `/`."""
    named = {"overlay": ABOUT, "references__shop": SOURCE, **files}
    for name, content in named.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return str(folder)


def changes(decision: str = DECISION, **more: Any) -> dict[str, Any]:
    return {f"changes__{decision}": {"decision": decision, **more}}


def engine(*folders: str, checked: bool = False) -> Engine:
    return opened(folders, checked, lambda _: None)


def recommended(used: Engine, *texts: str, **how: str) -> Recommendation:
    return recommend(used, profile(used.base.questions, given_by(texts)), **how)


def refused(*folders: str, checked: bool = False) -> str:
    with pytest.raises(UserError) as caught:
        engine(*folders, checked=checked)
    return str(caught.value)


def test_a_banned_service_is_never_chosen_and_says_whose_word_that_is(tmp_path: Path) -> None:
    ban = {"id": "no-kinesis", "service": "kinesis-data-streams", **SAID}
    used = engine(overlay(tmp_path, bans={"bans": [ban]}))
    decided = recommended(used, *PAYMENTS).decisions[DECISION]
    lost = next(one for one in decided.rejected if one.option == "kinesis-data-streams")
    assert decided.choice != "kinesis-data-streams"
    assert "kinesis-data-streams" not in decided.could_be
    assert any(entry.basis == "shop" and entry.effect == "rules_out" for entry in lost.because)


def test_a_ban_under_a_condition_holds_only_there(tmp_path: Path) -> None:
    ban = {"id": "no-kinesis", "service": "kinesis-data-streams", "when": {"kafka_experience": "yes"}, **SAID}
    used = engine(overlay(tmp_path, bans={"bans": [ban]}))
    assert recommended(used, *PAYMENTS).decisions[DECISION].choice == "kinesis-data-streams"
    with_skills = recommended(used, *PAYMENTS[:2], "kafka_experience=yes")
    assert with_skills.decisions[DECISION].choice != "kinesis-data-streams"


def test_the_whitepapers_own_answer_and_earlier_days_stay_as_they_were(tmp_path: Path) -> None:
    ban = {"id": "no-kinesis", "service": "kinesis-data-streams", **SAID}
    end = {"criterion": "native-managed", **SAID}
    used = engine(overlay(tmp_path, bans={"bans": [ban]}, **changes(end=[end])))
    plain = opened_base()
    for how in ({"basis": "whitepaper"}, {"day": "2025-12-31"}):
        one, other = recommended(used, *PAYMENTS, **how), recommended(plain, *PAYMENTS, **how)
        assert one.decisions == other.decisions
        assert one.pattern == other.pattern


def opened_base() -> Engine:
    from dataarch.engine.store import open_engine

    return open_engine()


def points(result: Recommendation, option: str) -> int:
    place = [one.id for one in result.engine.base.decisions[DECISION].options].index(option)
    bits, _ = result.engine.bits(result.profile.known)
    return result.view.evaluate(bits)[DECISION].points[place]


def test_a_criterion_is_re_weighed_from_a_day_on_and_the_old_weight_is_still_shown(tmp_path: Path) -> None:
    weighed = {"criterion": "no-kafka-skills", "strength": "strong", **SAID}
    used = engine(overlay(tmp_path, **changes(reweigh=[weighed])))
    before, after = points(recommended(opened_base(), *PAYMENTS), "msk"), points(recommended(used, *PAYMENTS), "msk")
    assert after - before == 1 - 9
    criteria = {one.id: one for one in used.base.decisions[DECISION].criteria}
    assert criteria["no-kafka-skills"].until == "2026-01-01"
    assert criteria["no-kafka-skills"].superseded_by == "shop.no-kafka-skills"
    assert criteria["shop.no-kafka-skills"].basis == "shop"


def test_a_criterion_is_ended_with_the_reason_why(tmp_path: Path) -> None:
    used = engine(overlay(tmp_path, **changes(end=[{"criterion": "no-kafka-skills", **SAID}])))
    assert points(recommended(used, *PAYMENTS), "msk") - points(recommended(opened_base(), *PAYMENTS), "msk") == 1
    ended = next(one for one in used.base.decisions[DECISION].criteria if one.id == "no-kafka-skills")
    assert ended.ended == "shop: We say so."


def test_a_criterion_is_replaced_by_id_and_what_refined_it_refines_the_new_one(tmp_path: Path) -> None:
    when = {"kafka_experience": "yes"}
    new = {"criterion": "kafka-known", "favours": "msk", "strength": "slight", "when": when, **SAID}
    used = engine(overlay(tmp_path, **changes(replace=[new])))
    finer = next(one for one in used.base.decisions[DECISION].criteria if one.id == "kafka-all-four")
    assert {"kafka-known", "shop.kafka-known"} <= set(finer.refines)


def test_the_order_of_overlays_does_not_matter(tmp_path: Path) -> None:
    other = {**ABOUT, "id": "depot"}
    documents = {"documents": [{**SOURCE["documents"][0], "id": "depot-rules"}]}
    one = overlay(tmp_path / "one", **changes(end=[{"criterion": "no-kafka-skills", **SAID}]))
    two = overlay(tmp_path / "two", overlay=other, references__shop=documents)
    first, second = engine(one, two), engine(two, one)
    assert [laid.id for laid in first.base.overlays] == ["depot", "shop"]
    assert first.base.digest == second.base.digest
    assert first.base.decisions == second.base.decisions


DISAGREEING: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("about a weight",
     changes(reweigh=[{"criterion": "open-source", "strength": "strong", **SAID}]),
     changes(reweigh=[{"criterion": "open-source", "strength": "slight", **SAID}]), "changes otherwise at"),
    ("about an end",
     changes(end=[{"criterion": "open-source", **SAID}]),
     changes(reweigh=[{"criterion": "open-source", "strength": "slight", **SAID}]), "changes otherwise at"),
    ("about what is banned",
     {"bans": {"bans": [{"id": "no-msk", "service": "msk", **SAID}]}},
     changes(criteria=[{"id": "msk-please", "favours": "msk", "strength": "slight",
                        "when": {"velocity": "real-time"}, **SAID}]), "rules out at"),
    ("about one id",
     changes(criteria=[{"id": "same", "favours": "msk", "strength": "slight", "when": {"velocity": "batch"}, **SAID}]),
     changes(criteria=[{"id": "same", "favours": "msk", "strength": "strong", "when": {"velocity": "batch"}, **SAID}]),
     "stands twice"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "said"), [d[1:] for d in DISAGREEING], ids=[d[0] for d in DISAGREEING])
def test_two_overlays_that_disagree_are_an_error_that_names_both(
    tmp_path: Path, first: dict[str, Any], second: dict[str, Any], said: str
) -> None:
    one = overlay(tmp_path / "one", **first)
    sources = json.loads(json.dumps({"documents": [{**SOURCE["documents"][0], "id": "depot-rules"}]}))
    renamed = json.loads(json.dumps(second).replace("shop-rules", "depot-rules"))
    two = overlay(tmp_path / "two", overlay={**ABOUT, "id": "depot"}, references__shop=sources, **renamed)
    message = refused(one, two)
    assert said in message
    assert "one/" in message
    assert "two/" in message


def test_two_overlays_may_say_the_same(tmp_path: Path) -> None:
    end = [{"criterion": "open-source", **SAID}]
    one = overlay(tmp_path / "one", **changes(end=end))
    sources = {"documents": [{**SOURCE["documents"][0], "id": "depot-rules"}]}
    renamed = json.loads(json.dumps(changes(end=end)).replace("shop-rules", "depot-rules"))
    two = overlay(tmp_path / "two", overlay={**ABOUT, "id": "depot"}, references__shop=sources, **renamed)
    assert len(engine(one, two).base.overlays) == 2


BROKEN: list[tuple[str, dict[str, Any], str]] = [
    ("a key that does not exist", {"overlay": {**ABOUT, "titel": "x"}}, "Did you mean 'title'"),
    ("the name of a basis", {"overlay": {**ABOUT, "id": "aws"}}, "cannot be called 'aws'"),
    ("a decision that is not in the base", changes("streaming-ingest", end=[]), "Did you mean 'streaming-ingestion'"),
    ("a criterion that is not in the base", changes(end=[{"criterion": "open-sauce", **SAID}]), "'open-source'"),
    ("an id of the base", changes(criteria=[{"id": "open-source", "favours": "msk", "strength": "slight",
                                             "when": {"velocity": "batch"}, **SAID}]), "stands twice"),
    ("another word than its own", changes(criteria=[{"id": "x", "favours": "msk", "strength": "slight", "basis": "aws",
                                                     "when": {"velocity": "batch"}, **SAID}]), "'basis'"),
    ("a change on the whitepaper's day", changes(end=[{"criterion": "open-source", **SAID, "since": "2022-08-03"}]),
     "begin after 2022-08-03"),
    ("a ban of a service that nothing defines", {"bans": {"bans": [{"id": "b", "service": "kinesys", **SAID}]}},
     "the service 'kinesys' is not known"),
    ("a ban of all that there is", {"bans": {"bans": [{"id": "b", "service": "s3", **SAID}]}}, "is the only option"),
    ("a second change of one criterion", changes(end=[{"criterion": "open-source", **SAID}] * 2), "a second time"),
    ("a reason that narrows", changes("data-catalog", applies_when=[{"id": "x", "when": {"velocity": "batch"}}]), ""),
    ("a file of the base", {"base": {"version": "1"}}, "no place for rules"),
    ("a pattern that nothing can choose", {"patterns__own": {
        "id": "own", "title": "Own", "summary": "One.", "reference": "shop-rules",
        "steps": [{"id": "s", "title": "S", "reference": "shop-rules", "decisions": ["lake-storage"]}]}},
     "is no option of the decision 'pattern'"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "said"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN])
def test_what_is_wrong_in_an_overlay_is_named_with_file_and_line(
    tmp_path: Path, files: dict[str, Any], said: str
) -> None:
    message = refused(overlay(tmp_path, **files))
    assert said in message
    assert f"{tmp_path}/" in message
    assert all(re.search(r"\.yaml(:\d+)?: ", line) for line in message.splitlines())


def test_decisive_criteria_that_collide_stop_the_overlay_with_a_witness(tmp_path: Path) -> None:
    own = {"id": "always-firehose", "favours": "data-firehose", "strength": "decisive",
           "when": {"velocity": "real-time"}, **SAID}  # fmt: skip
    folder = overlay(tmp_path, **changes(criteria=[own]))
    message = refused(folder, checked=True)
    assert "hold together" in message
    assert "velocity=real-time" in message
    assert refused(folder, checked=True) == message  # from the verdict that was kept
    assert engine(folder, checked=False)


def test_a_ban_that_leaves_a_profile_without_an_outcome_is_found(tmp_path: Path) -> None:
    bans = [{"id": f"no-{id}", "service": id, **SAID}
            for id in ("kinesis-data-streams", "msk", "data-firehose", "eventbridge")]  # fmt: skip
    assert "every option of 'streaming-ingestion' is ruled out" in refused(
        overlay(tmp_path, bans={"bans": bans}), checked=True
    )


def test_an_example_of_an_overlay_is_run(tmp_path: Path) -> None:
    folder = overlay(tmp_path, **changes(end=[{"criterion": "open-source", **SAID}]))
    wrong = {"it": "wants Firehose", "answers": {"velocity": "real-time"}, "choice": "data-firehose"}
    file = tmp_path / f"changes/{DECISION}.examples.yaml"
    file.write_text(json.dumps({"decision": DECISION, "examples": [wrong]}))
    assert "wants Firehose" in refused(folder, checked=True)


def test_the_bank_of_the_examples_has_no_findings() -> None:
    assert check(overlays=overlays_in([str(BANK)])).findings == ()


def test_nothing_in_an_overlay_is_executed(tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "own"
    overlay(folder, patterns__own={
        "id": "own", "title": "Own", "summary": "One.", "reference": "shop-rules",
        "steps": [{"id": "s", "title": "S", "reference": "shop-rules", "decisions": ["lake-storage"]}],
    }, **changes("pattern", options=[{"id": "own", "summary": "One."}], order="Ours last.", criteria=[
        {"id": "own-case", "favours": "own", "strength": "strong", "when": {"use_cases": "other"}, **SAID},
    ]))  # fmt: skip
    template = folder / "templates/own"
    project = template / "{{cookiecutter.slug}}"
    project.mkdir(parents=True)
    texts = {"slug": "own", "workload": "W", "region": "r", "_fixed": {}}
    (template / "cookiecutter.json").write_text(json.dumps(texts))
    (project / "notes.md.jinja").write_text("{{ cookiecutter.slug }} of {{ rule_base.overlays[0] }}\n")
    arguments = ("scaffold", "own", "made", "--set", "use_cases=other", "--rules", str(folder), "--unchecked")
    made = run(*arguments, "--no-git")
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "made/notes.md").read_text() == "made of shop\n"
    assert (tmp_path / "made/architecture.yaml").is_file()
    shutil.rmtree(tmp_path / "made")
    (project / "notes.md.jinja").write_text("{{ ''.__class__.__mro__[1].__subclasses__() }}")
    escaped = run(*arguments, "--no-git")
    assert escaped.returncode == 2, escaped.stderr
    assert not (tmp_path / "made").exists()
    (project / "notes.md.jinja").write_text("fine")
    for name in ("hooks", "local_extension.py", "{{cookiecutter.slug}}/{{ 1 }}.txt"):
        bad = template / name
        bad.mkdir() if name == "hooks" else bad.write_text("print('run')")
        refusal = run(*arguments, "--no-git")
        assert refusal.returncode == 2
        assert name in refusal.stderr
        shutil.rmtree(bad) if bad.is_dir() else bad.unlink()


def test_every_output_tells_base_and_overlay_apart(run: Run) -> None:
    asked = ("--set", "use_cases=payment-fraud", "--set", "velocity=real-time", "--rules", str(BANK))
    document = json.loads(run("recommend", *asked, "--format", "json").stdout)
    assert document["rule_base"]["overlays"] == ["northbank"]
    assert document["rule_base"]["checked"] is True
    assert document["decisions"]["key-custody"]["overlay"] == "northbank"
    assert "overlay" not in document["decisions"]["lake-storage"]
    assert {one["basis"] for one in document["decisions"][DECISION]["because"]} >= {"northbank"}
    for shape in ("terminal", "markdown"):
        shown = run("recommend", *asked, "--format", shape).stdout
        assert "With the overlay northbank (Northern Bank, data platform)." in shown.replace("\n", " ")
        assert "northbank says" in shown
    explained = run("explain", DECISION, "--rules", str(BANK)).stdout
    assert "northbank says" in explained
    assert "With the overlay northbank" in explained
    assert "from northbank" in run("explain", "key-custody", "--rules", str(BANK)).stdout


def test_the_rules_of_an_overlay_are_listed_shown_and_tested(run: Run) -> None:
    laid = ("--rules", str(BANK))
    assert "key-custody" in run("rules", "list", *laid, "--unchecked").stdout
    assert "northbank says" in run("rules", "show", "shared-cluster", *laid, "--unchecked").stdout
    ended = run("rules", "show", "no-kafka-skills", *laid, "--unchecked").stdout
    assert "until 2026-03-01" in ended
    assert "6 examples come out as they say" in run("rules", "test", *laid).stdout


def test_unchecked_rules_are_called_so_everywhere(run: Run, tmp_path: Path) -> None:
    asked = ("--set", "use_cases=payment-fraud", "--rules", str(BANK), "--unchecked")
    assert json.loads(run("recommend", *asked, "--format", "json").stdout)["rule_base"]["checked"] is False
    for shown in (run("recommend", *asked), run("recommend", *asked, "--format", "markdown"),
                  run("recommend", *asked, "--format", "html"),
                  *(run("diagram", *asked, "--format", kind) for kind in ("svg", "mermaid", "drawio")),
                  run("explain", DECISION, *asked[2:])):  # fmt: skip
        assert "unchecked" in shown.stdout
    file = tmp_path / "a.yaml"
    file.write_text("velocity: batch\n")
    assert "unchecked" in run("compare", str(file), str(file), *asked[2:]).stdout


def test_a_broken_overlay_takes_nothing_down_silently(run: Run, tmp_path: Path) -> None:
    overlay(tmp_path / "own", **changes(end=[{"criterion": "open-sauce", **SAID}]))
    tried = run("recommend", "--set", "use_cases=payment-fraud", "--rules", "own")
    assert tried.returncode == 2
    assert tried.stdout == ""
    assert f"own/changes/{DECISION}.yaml:" in tried.stderr
    nowhere = run("recommend", "--set", "use_cases=payment-fraud", "--rules", "nowhere")
    assert nowhere.returncode == 2
    assert "nowhere" in nowhere.stderr


@st.composite
def laid(draw: st.DrawFn) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The files of a random base and of a random overlay on its first decision."""
    files = draw(sources())
    decision = json.loads(files["decisions/layer/first.yaml"])
    said = {"because": "We say so.", "reference": "r", "since": "2024-01-01"}
    content: dict[str, Any] = {"decision": "first"}
    weighed = [c for c in decision["criteria"] if "strength" in c and not c.get("refines")]
    for criterion in draw(st.lists(st.sampled_from(decision["criteria"]), max_size=2, unique_by=lambda c: c["id"])):
        if draw(st.booleans()) or criterion not in weighed:
            content.setdefault("end", []).append({"criterion": criterion["id"], **said})
        else:
            strength = draw(st.sampled_from(["slight", "moderate", "strong"]))
            content.setdefault("reweigh", []).append({"criterion": criterion["id"], "strength": strength, **said})
    for n in range(draw(st.integers(0, 2))):
        option = draw(st.sampled_from(decision["options"]))["id"]
        effect, strength = draw(st.sampled_from([("favours", "moderate"), ("against", "strong"), ("rules_out", "")]))
        own = {"id": f"own{n}", effect: option, "when": draw(conditions()), **said}
        content.setdefault("criteria", []).append({**own, **({"strength": strength} if strength else {})})
    about = {"id": "own", "title": "Own", "reviewed": "2026-11-23"}
    files_of = {"overlay.yaml": about, "changes/first.yaml": content}
    return files, {name: json.dumps(one).encode() for name, one in files_of.items()}


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(laid(), st.lists(profiles(), min_size=4, max_size=4))
def test_evaluator_diagrams_and_oracle_agree_with_overlays(
    files: tuple[dict[str, bytes], dict[str, bytes]], several: list[dict[str, Any]]
) -> None:
    base, own = files
    try:
        document = load(base, overlays=[Folder("own/", own)])
    except RuleBaseError as error:
        assume("stronger than it" not in str(error))
        raise
    used = engine_of(compiled(base, overlays=[Folder("own/", own)]))
    graph = used.graph(used.view())
    for known in several:
        assert verdicts(used, known) == oracle.outcomes(document, known)
        assert ends(used, graph, known) == declared(used, verdicts(used, known))
        whitepaper = oracle.outcomes(load(base), known, "whitepaper", "2022-08-03")
        assert verdicts(used, known, "whitepaper") == whitepaper
