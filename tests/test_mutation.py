"""Slips in the rules are noticed: a slice of all mutants, another one for each state of the rules."""

from __future__ import annotations

import json

import pytest

from .conftest import ROOT
from .mutation.trial import EQUIVALENT, SURVIVED, Court

SLICES = 40
KEPT = json.loads((ROOT / "docs/mutation.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def court() -> Court:
    return Court()


def test_the_mutants_of_a_slice_chosen_by_the_digest_become_what_they_became(court: Court) -> None:
    digest = court.engine.base.digest
    tried = court.mutants[:: KEPT["every"]]
    chosen = tried[int(digest, 16) % SLICES :: SLICES]
    survived = [mutant.name for mutant in chosen if court.verdict(mutant) == SURVIVED]
    if digest == KEPT["digest"]:
        assert survived == [mutant.name for mutant in chosen if mutant.name in KEPT["survivors"]]
    else:  # `make mutation` has not been run since; the share holds all the same
        assert len(survived) <= len(chosen) / 5


@pytest.mark.parametrize("kind", sorted(KEPT["kinds"]))
def test_every_kind_of_slip_is_among_them(court: Court, kind: str) -> None:
    assert any(mutant.kind == kind for mutant in court.mutants)


def test_a_mutant_differs_from_the_rules_in_one_entry(court: Court) -> None:
    for mutant in court.mutants[::97]:
        sound = court.document["decisions"][mutant.decision]
        groups = [(sound[key], mutant.entry[key]) for key in ("reasons", "criteria")]
        before = {entry["id"]: entry for old, _ in groups for entry in old}
        after = {entry["id"]: entry for _, new in groups for entry in new}
        assert sum(before[id] != after.get(id) for id in before) == 1, mutant.name


def test_the_score_is_that_of_the_list() -> None:
    equivalent = sum(found.get(EQUIVALENT, 0) for found in KEPT["kinds"].values())
    assert KEPT["killed"] + equivalent + len(KEPT["survivors"]) == KEPT["mutants"]
    assert KEPT["score"] == round(100 * KEPT["killed"] / (KEPT["mutants"] - equivalent), 1)
    assert sum(sum(found.values()) for found in KEPT["kinds"].values()) == KEPT["mutants"]
