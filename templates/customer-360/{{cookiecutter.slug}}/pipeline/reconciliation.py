"""Every source record is in exactly one customer, or in quarantine with a reason: compared by id, through Athena."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pipeline.lake import Lake


@dataclass(frozen=True)
class Reconciliation:
    """What became of the records and lines that were sent.

    Attributes:
        sent: records with an id that sources hold.
        placed: of these, the ones that are in exactly one customer.
        missing: in no customer.
        repeated: in more than one, or twice.
        strange: in a customer, and sent by nobody.
        refused: lines in quarantine, by reason.
        unread: lines of each table that are neither used nor in quarantine (negative: more than were sent).
    """

    sent: int
    placed: int
    missing: frozenset[str]
    repeated: frozenset[str]
    strange: frozenset[str]
    refused: dict[str, int]
    unread: dict[str, int]

    @property
    def agrees(self) -> bool:
        """Whether everything is where it belongs, once."""
        return not (self.missing or self.repeated or self.strange or any(self.unread.values()))


def compare(
    sent: Collection[str], found: Collection[str], refused: Mapping[str, int], unread: Mapping[str, int]
) -> Reconciliation:
    """Returns the comparison of record ids.

    >>> compare({"crm:1", "web:2"}, ["crm:1"], {}, {}).missing
    frozenset({'web:2'})
    """
    counted = Counter(found)
    wanted = set(sent)
    return Reconciliation(
        len(wanted),
        sum(counted[record] == 1 for record in wanted),
        frozenset(wanted - counted.keys()),
        frozenset(record for record, times in counted.items() if times > 1),
        frozenset(counted.keys() - wanted),
        dict(refused),
        {table: lines for table, lines in unread.items() if lines},
    )


def look(lake: Lake, sent: Collection[str], lines: Mapping[str, int], superseded: Mapping[str, int]) -> Reconciliation:
    """Compares what was sent with what the tables hold.

    Args:
        lake: the tables.
        sent: the ids of the records that sources hold now.
        lines: how many lines were sent of each table (`crm_contacts`).
        superseded: how many of them are older versions, or say that a record was deleted.
    """
    # A record that is in no customer, or whose customer has no such record, shows in the full join.
    rows = lake.query(
        "SELECT p.record_id AS person, c.record_id AS member FROM persons p"
        " FULL JOIN clusters c ON p.record_id = c.record_id"
    )
    found = [str(row["member"]) for row in rows if row["person"] and row["member"]]
    strays = [f"{row['person'] or row['member']} (half)" for row in rows if not (row["person"] and row["member"])]
    refused = {
        str(row["reason"]): int(str(row["n"]))
        for row in lake.query("SELECT reason, count(*) AS n FROM quarantine GROUP BY reason ORDER BY reason")
    }
    used = {
        str(row["origin"]): int(str(row["n"]))
        for row in lake.query(
            "SELECT origin, sum(n) AS n FROM ("
            " SELECT CASE source WHEN 'crm' THEN 'crm_contacts' WHEN 'sap' THEN 'sap_partners'"
            " WHEN 'shop' THEN 'shop_customers' WHEN 'loyalty' THEN 'loyalty_members' ELSE 'web_events' END AS origin,"
            " count(*) AS n FROM persons GROUP BY source"
            " UNION ALL SELECT origin, count(*) AS n FROM event_versions GROUP BY origin"
            " UNION ALL SELECT origin, count(*) AS n FROM quarantine GROUP BY origin) AS parts GROUP BY origin"
        )
    }
    unread = {table: count - used.get(table, 0) - superseded.get(table, 0) for table, count in lines.items()}
    return compare(sent, [*found, *strays], refused, unread)
