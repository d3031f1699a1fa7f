"""A day of every source, as files under the keys of the raw zone.

    python -m data.generate FOLDER --people 1200 --seed 7

The day of the beginning is a full load; `change_day` is the next one, with what a day of changes holds. Who a record
is of is known here alone: it goes into the labels by which matching is measured, never into a source.
"""

import argparse
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from data.defects import seen
from data.people import LAST_DAY, PRODUCTS, Person, people
from data.records import MAKERS, SYSTEMS, Record

PEOPLE, SEED = 1_200, 7
PAGES = ("home", "search", "product", "basket", "help", "returns")
_NOON = time(12, tzinfo=UTC)


@dataclass
class Day:
    """What arrives on a day.

    Attributes:
        files: content by key below the raw zone, as flows, DMS and partners leave it.
        events: the clickstream, to be sent to its stream.
        truth: the number of the person behind each record (`crm:00300000001`).
        lines: the lines sent of each table, headers not counted.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    events: list[Record] = field(default_factory=list)
    truth: dict[str, int] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def add(self, key: str, lines: Sequence[str], header: str = "") -> None:
        """Adds a file of lines."""
        self.files[key] = "".join(f"{line}\n" for line in (*([header] if header else []), *lines)).encode()
        table = "/".join(key.split("/")[:2])
        self.lines[table] = self.lines.get(table, 0) + len(lines)


@dataclass
class World:
    """The people, and the records that each system has of them."""

    people: list[Person]
    records: dict[str, dict[str, Record]]
    holders: dict[str, dict[int, str]]
    truth: dict[str, int]


def world(count: int = PEOPLE, seed: int = SEED) -> World:
    """Returns people and what each system knows of them at the end of the first day."""
    made = World(people(count, seed), {name: {} for name in SYSTEMS}, {name: {} for name in SYSTEMS}, {})
    for name, (pattern, share, born, email) in SYSTEMS.items():
        draw = random.Random(f"{name} {seed}")
        for person in made.people:
            if draw.random() > share:
                continue
            for _ in range(2 if draw.random() < 0.04 else 1):  # known twice to one system
                id = pattern.format(1000 + len(made.records[name]))
                changed = datetime.combine(LAST_DAY - timedelta(days=draw.randrange(500)), _NOON)
                view = seen(draw, person, born=born, email=email)
                made.records[name][id] = MAKERS[name](id, person, view, changed)
                made.holders[name].setdefault(person.number, id)
                made.truth[f"{name}:{id}"] = person.number
    return made


def first_day(known: World, seed: int = SEED) -> Day:
    """Returns the full load of every source, with the lines that no system should have sent."""
    draw = random.Random(f"first day {seed}")
    day, on = Day(truth=dict(known.truth)), f"{LAST_DAY:%Y/%m/%d}"
    rows = known.records
    day.add(f"crm/contacts/{on}/full", [*map(json.dumps, rows["crm"].values()), *_broken_crm()])
    day.add(f"sap/partners/{on}/full", [*map(json.dumps, rows["sap"].values()), *_broken_sap()])
    day.add(f"sap/invoices/{on}/full", _invoices(known))
    day.add("shop/customers/LOAD00000001.csv", [*map(_dms, rows["shop"].values()), *_broken_shop()], dms_header("shop"))
    orders = _orders(known)
    day.add("shop/orders/LOAD00000001.csv", [_dms(row) for row in orders], "Op,dms_at," + ",".join(orders[0]))
    day.add(f"loyalty/members/{LAST_DAY:%Y-%m-%d}.csv", _loyalty(rows["loyalty"].values()), _LOYALTY_HEADER)
    day.add(f"web/sessions/{on}/full", _sessions(known, draw))
    day.events = [*rows["web"].values(), *_clicks(known, draw)]
    return day


def dms_header(system: str) -> str:
    """Returns the first line of a file of DMS with `AddColumnName`."""
    first = {"shop": "id,first_name,last_name,birth_date,email,phone,street,postcode,town,newsletter,updated_at"}
    return f"Op,dms_at,{first[system]}"


def _dms(row: Record, op: str = "I", at: str = f"{LAST_DAY} 20:00:00") -> str:
    return ",".join([op, at, *row.values()])


_LOYALTY_HEADER = "card;name;born;email;mobile;address;zip;town;profiling;changed"


def _loyalty(rows: Iterable[Record]) -> list[str]:
    lines = [";".join(row.values()) for row in rows]
    # A member whose birth date is none, one without a card, and one with neither name nor address.
    return [
        *lines,
        "LC0000001;Gruber, Eva;31.02.1980;eva.gruber@mail.example;;Talstrasse 1;6020;Innsbruck;J;01.08.2026 10:00",
        ";Gruber, Eva;01.02.1980;eva.gruber@mail.example;;Talstrasse 1;6020;Innsbruck;J;01.08.2026 10:00",
        "LC0000002;;;;;;;;J;01.08.2026 10:00",
    ]


def _broken_crm() -> list[str]:
    return ['{"Id": "00300000001", "LastName": "Half', '{"Id": "00300000002", "FirstName": "Nobody"}']


def _broken_sap() -> list[str]:
    return ['{"BusinessPartner": "", "LastName": "OHNE NUMMER", "LastChangeDateTime": "2026-08-01T00:00:00Z"}']


def _broken_shop() -> list[str]:
    future = {"id": "1", "first": "Kind", "last": "Zukunft", "born": "2999-01-01", "email": "k@mail.example"}
    return [_dms({**future, **dict.fromkeys("abcd", ""), "news": "1", "at": "2026-08-01 00:00:00"})]


def _orders(known: World) -> list[Record]:
    """The orders of those whom the shop knows; the others buy in a branch and are invoiced there."""
    rows: list[Record] = []
    for number, id in known.holders["shop"].items():
        for day, product, amount in known.people[number].purchases:
            at = f"{day} {9 + number % 10:02}:15:00"
            rows.append(_order(f"o{len(rows):07d}", id, at, product, f"{amount}"))
    # One order of a customer that the shop has lost, one that costs less than nothing.
    rows.append(_order("o9999998", "77", "2026-08-01 10:00:00", "tent", "9"))
    rows.append(_order("o9999999", "77", "2026-08-01 10:00:00", "tent", "-9"))
    return rows


def _order(id: str, customer: str, at: str, product: str, amount: str) -> Record:
    return {"order_id": id, "customer_id": customer, "at": at, "product": product, "amount": amount}


def _invoices(known: World) -> list[str]:
    lines: list[str] = []
    for number, id in known.holders["sap"].items():
        if number in known.holders["shop"]:
            continue
        for day, product, amount in known.people[number].purchases:
            document = {"BillingDocument": f"{90000000 + len(lines)}", "SoldToParty": id, "Material": product}
            document |= {"BillingDocumentDate": f"{day:%Y%m%d}", "TotalNetAmount": f"{amount}"}
            lines.append(json.dumps(document))
    return lines


def _sessions(known: World, draw: random.Random) -> list[str]:
    """Sessions as Google Analytics counts them, one row for a signed-in visitor and a day."""
    return [
        json.dumps(
            {
                "customUser:account": id,
                "date": f"{LAST_DAY - timedelta(days=draw.randrange(120)):%Y%m%d}",
                "sessionDefaultChannelGroup": draw.choice(("Direct", "Organic Search", "Email", "Paid Social")),
                "sessions": str(draw.randrange(1, 5)),
                "screenPageViews": str(draw.randrange(2, 40)),
            }
        )
        for id in known.holders["web"].values()
        for _ in range(draw.randrange(4))
    ]


def _clicks(known: World, draw: random.Random) -> list[Record]:
    """Pages that visitors look at; a third of them have not signed in."""
    accounts = list(known.holders["web"].values())
    found: list[Record] = []
    for number in range(2 * len(accounts)):
        at = datetime.combine(LAST_DAY, time(8, tzinfo=UTC)) + timedelta(seconds=draw.randrange(12 * 3600))
        click = {"type": "page", "event_id": f"e{number:06d}", "page": draw.choice(PAGES)}
        click |= {"product": draw.choice(PRODUCTS), "at": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
        if draw.random() < 0.67:
            click["account"] = draw.choice(accounts)
        found.append(click)
    found.append({"type": "page", "event_id": "e999999", "page": "home", "at": "yesterday"})
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes the first day into a folder."""
    parser = argparse.ArgumentParser(prog="python -m data.generate", description="Writes a day of every source.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    day = first_day(world(options.people, options.seed), options.seed)
    for key, content in day.files.items():
        path = options.folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    lines = "".join(f"{json.dumps(event)}\n" for event in day.events)
    path = options.folder / "web" / "events" / "events"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(lines, encoding="utf-8")


if __name__ == "__main__":
    main()
