"""Which records are of one person, and which id that person keeps.

How records are compared is one settings object, for DuckDB here and for Spark on AWS. What happens to ids when records
come and go is plain Python over lists, so that it can be read, and tried, without either.

The policy of ids:

- A customer keeps their id as long as any of their records stays.
- Merge: where records link customers that were several, the one with the most records keeps the id, of equals the one
  with the smaller id; the others are recorded as `merged` into it.
- Split: where one customer's records fall apart, the part with most of them keeps the id; the others get ids of their
  own, recorded as `split` from it.
- A new id is made from the smallest record of its customer, so that the same records get the same ids anywhere.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

COLUMNS = ("first_name", "last_name", "birth_date", "email", "phone", "street", "house_number", "postcode")


# Short forms of first names; a list for your own languages goes here.
SHORT = {
    "Kathi": "Katharina", "Michi": "Michael", "Lisi": "Elisabeth", "Alex": "Alexander", "Hanni": "Johanna",
    "Andi": "Andreas", "Tina": "Christine", "Bob": "Robert", "Greta": "Margarete", "Dani": "Daniel",
    "Susi": "Susanne", "Babsi": "Barbara", "Chris": "Christian", "Resi": "Theresa", "Ben": "Benjamin",
    "Lotte": "Charlotte", "Max": "Maximilian", "Franzi": "Franziska", "Sepp": "Joseph", "Sam": "Samuel",
    "Gabi": "Gabriele", "Tom": "Thomas",
}  # fmt: skip


class Change(NamedTuple):
    """What became of an id: `merged` into the survivor, `split` from it, or `gone` with its last record."""

    kind: str
    customer_id: str
    survivor: str


def settings() -> Any:
    """Returns how records are compared and which pairs are looked at (`SettingsCreator` of Splink 5)."""
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl
    from splink import SettingsCreator, block_on

    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record_id",
        comparisons=[
            cl.JaroWinklerAtThresholds("first_name", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            # Name and home as one: a family shares both, and as two they would count twice for its members.
            cl.CustomComparison(
                output_column_name="family",
                comparison_levels=[
                    cll.NullLevel("last_name"),
                    cll.And(cll.ExactMatchLevel("address"), cll.JaroWinklerLevel("last_name", 0.9)),
                    cll.ExactMatchLevel("last_name", term_frequency_adjustments=True),
                    cll.JaroWinklerLevel("last_name", 0.9),
                    cll.ExactMatchLevel("address"),
                    cll.ElseLevel(),
                ],
            ),
            cl.DamerauLevenshteinAtThresholds("birth_date", [1, 2]),
            cl.ExactMatch("email").configure(term_frequency_adjustments=True),
            cl.ExactMatch("phone").configure(term_frequency_adjustments=True),
        ],
        # A pair that no rule brings together is never compared: each defect needs a rule that does not trip over it.
        blocking_rules_to_generate_predictions=[
            block_on("email"),
            block_on("phone"),
            block_on("birth_date", "substr(last_name, 1, 2)"),
            block_on("last_name", "postcode"),
            block_on("first_name", "birth_date"),
            block_on("first_name", "last_name"),
        ],
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )


def train(linker: Any, seed: int | None = 1) -> None:
    """Learns the weights without labels: what chance brings together, then what matches have in common."""
    from splink import block_on

    linker.training.estimate_probability_two_random_records_match(
        [block_on("email", "first_name"), block_on("birth_date", "last_name", "first_name")], recall=0.7
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=5e5, seed=seed)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("birth_date"))
    # Not by e-mail address: people of one household share it, and would be learned as one person.
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("first_name", "last_name"))


def new_id(records: Iterable[str], taken: Iterable[str]) -> str:
    """Returns the id of a customer who had none.

    >>> new_id(["shop:1", "crm:2"], []) == new_id(["crm:2", "web:9"], [])
    True
    """
    smallest, used, turn = min(records), set(taken), 0
    while (found := f"c{hashlib.sha256(f'{smallest}{turn or str()}'.encode()).hexdigest()[:12]}") in used:
        turn += 1
    return found


def keep_ids(
    matched: Iterable[Iterable[str]], before: Mapping[str, str], retired: Iterable[str] = ()
) -> tuple[dict[str, str], list[Change]]:
    """Returns the customer of each record, and what became of ids that were given before.

    Args:
        matched: the records of each person, as they are matched now.
        before: the customer of each record, as it was.
        retired: ids that were given once and are not given again.

    >>> keep_ids([["a", "b", "c"]], {"a": "c1", "b": "c2", "c": "c2"})[1]
    [Change(kind='merged', customer_id='c1', survivor='c2')]
    >>> keep_ids([["a"], ["b", "c"]], {"a": "c1", "b": "c1", "c": "c1"})[0]["b"]
    'c1'
    """
    people = sorted((sorted(set(group)) for group in matched), key=lambda group: group[0])
    claims: list[tuple[int, str, int]] = []
    for place, group in enumerate(people):
        counted = Counter(before[record] for record in group if record in before)
        claims += [(-count, id, place) for id, count in counted.items()]
    owner: dict[str, int] = {}
    given: dict[int, str] = {}
    # The strongest claim first: an id goes to one group, a group takes one id.
    for _, id, place in sorted(claims, key=lambda claim: (claim[0], claim[1], people[claim[2]][0])):
        if id not in owner and place not in given:
            owner[id], given[place] = place, id
    taken = {*before.values(), *retired}
    now: dict[str, str] = {}
    changes: list[Change] = []
    after: dict[str, set[int]] = defaultdict(set)
    for _, id, place in claims:
        after[id].add(place)
    counts = {(id, place): -count for count, id, place in claims}
    for place, group in enumerate(people):
        id = given.get(place) or new_id(group, taken)
        taken.add(id)
        given[place] = id
        now |= dict.fromkeys(group, id)
        if place not in owner.values():
            changes += [Change("split", id, old) for old in sorted({before[one] for one in group if one in before})]
    for old in sorted(set(before.values())):
        if old not in owner:
            places = after.get(old)
            # Where the most of its records went.
            most = min(places, key=lambda place: (-counts[old, place], place)) if places else None
            changes.append(Change("gone" if most is None else "merged", old, "" if most is None else given[most]))
    return now, changes


def quality(
    pairs: Iterable[tuple[str, str, float]], person: Mapping[str, str], thresholds: Iterable[float]
) -> list[dict[str, float]]:
    """Returns precision and recall of the customers that each threshold makes, among records whose person is known.

    Counted are pairs of records of one customer, also those that only a third record brings together; and every pair of
    records of one person, also one that no blocking rule looked at.
    """
    mine = [(left, right, score) for left, right, score in pairs if left in person and right in person]
    possible = _pairs(Counter(person.values()))
    found = []
    for threshold in thresholds:
        customer = groups(person, [(left, right) for left, right, score in mine if score >= threshold])
        made = _pairs(Counter(customer.values()))
        right = _pairs(Counter((customer[record], person[record]) for record in person))
        precision, recall = right / made if made else 1.0, right / possible if possible else 1.0
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        found.append({"threshold": threshold, "precision": precision, "recall": recall, "f1": f1})
    return found


def groups(records: Iterable[str], links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Returns one of the records for each record, the same for all that links bring together.

    >>> groups("abcd", [("a", "b"), ("b", "c")])
    {'a': 'a', 'b': 'a', 'c': 'a', 'd': 'd'}
    """
    root = {record: record for record in records}

    def top(record: str) -> str:
        while root[record] != record:
            root[record] = root[root[record]]
            record = root[record]
        return record

    for left, right in links:
        one, other = sorted((top(left), top(right)))
        root[other] = one
    return {record: top(record) for record in root}


def _pairs(sizes: Mapping[Any, int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())


def address(street: str | None, number: str | None, postcode: str | None) -> str | None:
    """Returns an address as one text that can be compared.

    >>> address("Talstrasse", "1", "6020")
    'talstrasse 1 6020'
    """
    return f"{street} {number or ''} {postcode}".lower() if street and postcode else None
