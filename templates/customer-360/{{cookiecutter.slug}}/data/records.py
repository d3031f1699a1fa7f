"""The records of a person in each system, under the names and in the formats of that system."""

from collections.abc import Callable, Mapping
from datetime import datetime

from data.defects import Seen
from data.people import Person

Record = dict[str, str]


def crm(id: str, person: Person, seen: Seen, changed: datetime) -> Record:
    """A contact as a flow of AppFlow brings it from Salesforce."""
    return {
        "Id": id,
        "FirstName": seen.first,
        "LastName": seen.last,
        "Birthdate": seen.born.isoformat() if seen.born else "",
        "Email": seen.email,
        "Phone": seen.phone,
        "MailingStreet": f"{seen.address.street} {seen.address.number}",
        "MailingPostalCode": seen.address.postcode,
        "MailingCity": seen.address.town,
        "HasOptedOutOfEmail": str(not person.marketing).lower(),
        "HasOptedOutOfProfiling__c": str(not person.profiling).lower(),
        "LastModifiedDate": f"{changed:%Y-%m-%dT%H:%M:%S}.000Z",
        "IsDeleted": "false",
    }


def sap(id: str, _: Person, seen: Seen, changed: datetime) -> Record:
    """A business partner as a flow of AppFlow brings it from an OData service."""
    return {
        "BusinessPartner": id,
        "FirstName": seen.first.upper(),
        "LastName": seen.last.upper(),
        "BirthDate": f"{seen.born:%Y%m%d}" if seen.born else "00000000",
        "EmailAddress": seen.email,
        "PhoneNumber": seen.phone.replace("+43 ", "0"),
        "StreetName": seen.address.street,
        "HouseNumber": seen.address.number,
        "PostalCode": seen.address.postcode,
        "CityName": seen.address.town.upper(),
        "LastChangeDateTime": f"{changed:%Y-%m-%dT%H:%M:%SZ}",
        "IsMarkedForArchiving": "",
    }


def shop(id: str, person: Person, seen: Seen, changed: datetime) -> Record:
    """A row of the shop's table of customers as DMS writes it."""
    return {
        "id": id,
        "first_name": seen.first,
        "last_name": seen.last,
        "birth_date": seen.born.isoformat() if seen.born else "",
        "email": seen.email,
        "phone": seen.phone.replace(" ", ""),
        "street": f"{seen.address.street} {seen.address.number}",
        "postcode": seen.address.postcode,
        "town": seen.address.town,
        "newsletter": "1" if person.marketing else "0",
        "updated_at": f"{changed:%Y-%m-%d %H:%M:%S}",
    }


def loyalty(id: str, person: Person, seen: Seen, changed: datetime) -> Record:
    """A line of the file that the loyalty partner leaves once a day."""
    return {
        "card": id,
        "name": f"{seen.last}, {seen.first}",
        "born": f"{seen.born:%d.%m.%Y}" if seen.born else "",
        "email": seen.email,
        "mobile": seen.phone.replace("+43 ", "0043"),
        "address": f"{seen.address.street} {seen.address.number}",
        "zip": seen.address.postcode,
        "town": seen.address.town,
        "profiling": "J" if person.profiling else "N",
        "changed": f"{changed:%d.%m.%Y %H:%M}",
    }


def web(id: str, _: Person, seen: Seen, changed: datetime) -> Record:
    """An event of the web shop's clickstream by which a visitor says who they are."""
    return {
        "type": "identify",
        "event_id": f"{id}-identify",
        "account": id,
        "first_name": seen.first,
        "last_name": seen.last,
        "email": seen.email,
        "at": f"{changed:%Y-%m-%dT%H:%M:%SZ}",
    }


MAKERS: Mapping[str, Callable[[str, Person, Seen, datetime], Record]] = {
    "crm": crm,
    "sap": sap,
    "shop": shop,
    "loyalty": loyalty,
    "web": web,
}
# How an id looks, the share of people that a system knows, and of its records with a birth date and an e-mail address.
SYSTEMS: Mapping[str, tuple[str, float, float, float]] = {
    "crm": ("003{:08d}", 0.60, 0.65, 0.95),
    "sap": ("{:010d}", 0.35, 0.85, 0.60),
    "shop": ("{:d}", 0.75, 0.80, 1.00),
    "loyalty": ("LC{:07d}", 0.45, 0.95, 0.75),
    "web": ("w{:06d}", 0.50, 0.00, 1.00),
}
