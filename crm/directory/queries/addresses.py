"""Which address of a person is written to, and who reads an address."""

from sqlalchemy import Select, Subquery, func, select

from crm.directory.models import Person, PersonAddress
from crm.mail.models import Address


def first_addresses() -> Subquery:
    """For each person with an address: `person_id` and the `address_id` that is written to.

    That is the one in first place. Whether it may be written to is the outbox's affair.
    """
    order = (PersonAddress.position, PersonAddress.id)
    place = func.row_number().over(partition_by=PersonAddress.person_id, order_by=order)
    ranked = select(PersonAddress.person_id, PersonAddress.address_id, place.label("place")).subquery()
    return select(ranked.c.person_id, ranked.c.address_id).where(ranked.c.place == 1).subquery("written_to")


def people_reading(email: str) -> Select[Person]:
    """The kept people who read that address (in its compared form), in name order."""
    return (
        select(Person)
        .join(PersonAddress, PersonAddress.person_id == Person.id)
        .join(Address, Address.id == PersonAddress.address_id)
        .where(Address.email == email, Person.binned_at.is_(None))
        .order_by(Person.sort, Person.id)
    )
