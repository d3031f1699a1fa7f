"""The tables of the raw zone: how each is read, what its columns become, and what a line must hold.

The raw zone is schema-on-read: files are kept as they came, and only here is a column given a name and a type. Every
expression is Spark SQL over the fields of one line; dates and times that cannot be read become NULL, never an error.
"""

from dataclasses import dataclass

_NAME = "initcap(trim(regexp_replace({0}, '[^\\\\p{{L}} -]', '')))"
_PHONE = "regexp_replace(regexp_replace(regexp_replace({0}, '[^0-9+]', ''), '^(\\\\+43|0043)', '0'), '^$', '')"


@dataclass(frozen=True)
class Table:
    """One table of the raw zone.

    Attributes:
        path: below `raw/`.
        fields: what a line holds, all of it text.
        columns: the expression of each column of `PERSON` or `EVENT`.
        separator: of a line of values, with a header; empty where a line is JSON.
        only: which lines are meant, where a table holds lines of several kinds.
    """

    path: str
    fields: tuple[str, ...]
    columns: dict[str, str]
    separator: str = ""
    only: str = "true"

    @property
    def name(self) -> str:
        """The name of the partition: `shop_customers`."""
        return self.path.replace("/", "_")


PERSON = {
    "source": "string", "source_id": "string", "first_name": "string", "last_name": "string", "birth_date": "date",
    "birth_text": "string", "email": "string", "phone": "string", "street": "string", "house_number": "string",
    "postcode": "string", "town": "string", "marketing": "boolean", "profiling": "boolean", "changed_at": "timestamp",
    "deleted": "boolean",
}  # fmt: skip
EVENT = {
    "event_id": "string", "kind": "string", "person_source": "string", "person_id": "string", "at": "timestamp",
    "amount": "double", "quantity": "bigint", "detail": "string", "changed_at": "timestamp", "deleted": "boolean",
}  # fmt: skip


def _street(whole: str) -> dict[str, str]:
    return {
        "street": f"initcap(trim(regexp_replace({whole}, '[0-9]+ *[a-z]?$', '')))",
        "house_number": f"regexp_extract({whole}, '([0-9]+ *[a-z]?)$', 1)",
    }


PERSONS = (
    Table(
        "crm/contacts",
        ("Id", "FirstName", "LastName", "Birthdate", "Email", "Phone", "MailingStreet", "MailingPostalCode",
         "MailingCity", "HasOptedOutOfEmail", "HasOptedOutOfProfiling__c", "LastModifiedDate", "IsDeleted"),
        {
            "source": "'crm'",
            "source_id": "Id",
            "first_name": _NAME.format("FirstName"),
            "last_name": _NAME.format("LastName"),
            "birth_text": "Birthdate",
            "birth_date": "try_to_timestamp(Birthdate, 'yyyy-MM-dd')",
            "email": "lower(trim(Email))",
            "phone": _PHONE.format("Phone"),
            **_street("MailingStreet"),
            "postcode": "MailingPostalCode",
            "town": "MailingCity",
            "marketing": "HasOptedOutOfEmail = 'false'",
            "profiling": "HasOptedOutOfProfiling__c = 'false'",
            "changed_at": "try_to_timestamp(LastModifiedDate)",
            "deleted": "coalesce(IsDeleted = 'true', false)",
        },
    ),
    Table(
        "sap/partners",
        ("BusinessPartner", "FirstName", "LastName", "BirthDate", "EmailAddress", "PhoneNumber", "StreetName",
         "HouseNumber", "PostalCode", "CityName", "LastChangeDateTime", "IsMarkedForArchiving"),
        {
            "source": "'sap'",
            "source_id": "BusinessPartner",
            "first_name": _NAME.format("FirstName"),
            "last_name": _NAME.format("LastName"),
            "birth_text": "nullif(BirthDate, '00000000')",
            "birth_date": "try_to_timestamp(nullif(BirthDate, '00000000'), 'yyyyMMdd')",
            "email": "lower(trim(EmailAddress))",
            "phone": _PHONE.format("PhoneNumber"),
            "street": "initcap(StreetName)",
            "house_number": "HouseNumber",
            "postcode": "PostalCode",
            "town": "initcap(CityName)",
            "changed_at": "try_to_timestamp(LastChangeDateTime)",
            "deleted": "coalesce(IsMarkedForArchiving = 'X', false)",
        },
    ),
    Table(
        "shop/customers",
        ("Op", "dms_at", "id", "first_name", "last_name", "birth_date", "email", "phone", "street", "postcode", "town",
         "newsletter", "updated_at"),
        {
            "source": "'shop'",
            "source_id": "id",
            "first_name": _NAME.format("first_name"),
            "last_name": _NAME.format("last_name"),
            "birth_text": "birth_date",
            "birth_date": "try_to_timestamp(birth_date, 'yyyy-MM-dd')",
            "email": "lower(trim(email))",
            "phone": _PHONE.format("phone"),
            **_street("street"),
            "postcode": "postcode",
            "town": "town",
            "marketing": "newsletter = '1'",
            "changed_at": "try_to_timestamp(dms_at, 'yyyy-MM-dd HH:mm:ss')",
            "deleted": "coalesce(Op = 'D', false)",
        },
        separator=",",
    ),
    Table(
        "loyalty/members",
        ("card", "name", "born", "email", "mobile", "address", "zip", "town", "profiling", "changed"),
        {
            "source": "'loyalty'",
            "source_id": "card",
            "first_name": _NAME.format("split(name, ',')[1]"),
            "last_name": _NAME.format("split(name, ',')[0]"),
            "birth_text": "born",
            "birth_date": "try_to_timestamp(born, 'dd.MM.yyyy')",
            "email": "lower(trim(email))",
            "phone": _PHONE.format("mobile"),
            **_street("address"),
            "postcode": "zip",
            "town": "town",
            "profiling": "profiling = 'J'",
            "changed_at": "try_to_timestamp(changed, 'dd.MM.yyyy HH:mm')",
            "deleted": "false",
        },
        separator=";",
    ),
    Table(
        "web/events",
        ("type", "event_id", "account", "first_name", "last_name", "email", "at"),
        {
            "source": "'web'",
            "source_id": "account",
            "first_name": _NAME.format("first_name"),
            "last_name": _NAME.format("last_name"),
            "email": "lower(trim(email))",
            "changed_at": "try_to_timestamp(at)",
            "deleted": "false",
        },
        only="type = 'identify'",
    ),
)

EVENTS = (
    Table(
        "shop/orders",
        ("Op", "dms_at", "order_id", "customer_id", "at", "product", "amount"),
        {
            "event_id": "order_id",
            "kind": "'order'",
            "person_source": "'shop'",
            "person_id": "customer_id",
            "at": "try_to_timestamp(at, 'yyyy-MM-dd HH:mm:ss')",
            "amount": "try_cast(amount AS double)",
            "detail": "product",
            "changed_at": "try_to_timestamp(dms_at, 'yyyy-MM-dd HH:mm:ss')",
            "deleted": "coalesce(Op = 'D', false)",
        },
        separator=",",
    ),
    Table(
        "sap/invoices",
        ("BillingDocument", "SoldToParty", "BillingDocumentDate", "TotalNetAmount", "Material"),
        {
            "event_id": "BillingDocument",
            "kind": "'invoice'",
            "person_source": "'sap'",
            "person_id": "SoldToParty",
            "at": "try_to_timestamp(BillingDocumentDate, 'yyyyMMdd')",
            "amount": "try_cast(TotalNetAmount AS double)",
            "detail": "Material",
        },
    ),
    Table(
        "web/sessions",
        ("customUser:account", "date", "sessionDefaultChannelGroup", "sessions", "screenPageViews"),
        {
            # Analytics counts; it gives its counts no id.
            "event_id": "concat_ws('/', `customUser:account`, date, sessionDefaultChannelGroup, sessions,"
            " screenPageViews)",
            "kind": "'session'",
            "person_source": "'web'",
            "person_id": "`customUser:account`",
            "at": "try_to_timestamp(date, 'yyyyMMdd')",
            "quantity": "try_cast(sessions AS bigint)",
            "detail": "sessionDefaultChannelGroup",
        },
    ),
    Table(
        "web/events",
        ("type", "event_id", "account", "page", "product", "at"),
        {
            "event_id": "event_id",
            "kind": "'page'",
            "person_source": "'web'",
            "person_id": "account",
            "at": "try_to_timestamp(at)",
            "quantity": "1L",
            "detail": "concat_ws('/', page, product)",
        },
        only="coalesce(type, '') <> 'identify'",
    ),
)

# The first rule that is broken is the reason; what breaks none goes on.
PERSON_RULES = (
    ("unreadable", "broken IS NOT NULL"),
    ("no-id", "source_id IS NULL"),
    ("nothing-to-match", "NOT deleted AND last_name IS NULL AND email IS NULL"),
    ("no-time-of-change", "changed_at IS NULL"),
    ("birth-date-unreadable", "birth_text IS NOT NULL AND birth_date IS NULL"),
    ("birth-date-impossible", "birth_date < DATE'1900-01-01' OR birth_date > changed_at"),
)
EVENT_RULES = (
    ("unreadable", "broken IS NOT NULL"),
    ("no-id", "event_id IS NULL"),
    ("no-time", "at IS NULL"),
    ("no-amount", "kind IN ('order', 'invoice') AND NOT deleted AND (amount IS NULL OR amount < 0)"),
)
