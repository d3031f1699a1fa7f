"""The day after the first: what a day of changes holds, and what each change has to do."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from data.defects import Seen
from data.generate import Day, World, dms_header
from data.people import LAST_DAY, Address, Person
from data.records import MAKERS, Record

AT = datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day, 14, tzinfo=UTC) + timedelta(days=1)


@dataclass
class Changes:
    """A day of changes.

    Attributes:
        day: what arrives.
        moved: the record of the shop whose address is another one now.
        deleted: the record that the shop has deleted.
        new: records that nobody knew.
        order: of orders, the one whose amount was put right, the one that was cancelled, and the new one.
    """

    day: Day
    moved: str
    deleted: str
    new: list[str] = field(default_factory=list)
    order: tuple[str, str, str] = ("o0000000", "o0000001", "o9000000")


def change_day(known: World) -> Changes:
    """Returns a day of changes after the first one."""
    ids = list(known.records["shop"])
    moved, deleted = ids[3], ids[8]
    found = Changes(Day(), f"shop:{moved}", f"shop:{deleted}")
    person = known.people[known.truth[f"shop:{moved}"]]
    new = replace(known.people[0], number=len(known.people), first="Xaver", last="Zwettler", email="xaver@web.example")
    new = replace(new, born=date(1991, 2, 3), phone="+43 699 7654321")
    address = Address("Neubaugasse", "77", "1130", "Wien")
    rows = [
        _dms("U", known.records["shop"][moved] | {"street": "Neubaugasse 77", "postcode": "1130", "town": "Wien"}),
        _dms("D", known.records["shop"][deleted]),
        _dms("I", MAKERS["shop"]("900001", new, _seen(new, address), AT)),
    ]
    found.new.append("shop:900001")
    found.day.add(f"shop/customers/{AT:%Y/%m/%d/%Y%m%d-%H%M%S}000.csv", rows, dms_header("shop"))
    orders = [
        f"U,{_at()},{found.order[0]},{ids[0]},{LAST_DAY} 10:00:00,tent,123.45",
        f"D,{_at()},{found.order[1]},{ids[0]},{LAST_DAY} 10:00:00,tent,1.0",
        f"I,{_at()},{found.order[2]},{moved},{AT:%Y-%m-%d %H:%M:%S},rope,50.5",
    ]
    header = "Op,dms_at,order_id,customer_id,at,product,amount"
    found.day.add(f"shop/orders/{AT:%Y/%m/%d/%Y%m%d-%H%M%S}000.csv", orders, header)
    contacts = [MAKERS["crm"]("00390000001", person, _seen(person, address), AT)]
    found.new.append("crm:00390000001")
    found.day.add(f"crm/contacts/{AT:%Y/%m/%d}/changes", [json.dumps(row) for row in contacts])
    return found


def _seen(person: Person, address: Address) -> Seen:
    return Seen(person.first, person.last, person.born, person.email, person.phone, address)


def _dms(op: str, row: Record) -> str:
    return ",".join([op, _at(), *(row | {"updated_at": _at()}).values()])


def _at() -> str:
    return f"{AT:%Y-%m-%d %H:%M:%S}"
