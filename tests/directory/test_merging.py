"""Merging two records: everything moves, nothing is lost, and it can be taken back."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from crm.db import Base
from crm.directory.merging import fields, following, queries, refusals, rules, scanning, scans, services
from crm.directory.merging.fields import Side
from crm.directory.models import Organisation, Person, PersonAddress, Phone, Tag
from crm.errors import Changed
from crm.events.models import Answer, Invitation, Mode, Registration, Seat
from crm.events.queries import attendance, audience
from crm.mail import services as mail
from crm.mail.models import Address, Objection, Purpose
from tests.directory import rows_of

AT = datetime(2026, 5, 4, 10, tzinfo=UTC)
MODELS = {"people": Person, "organisations": Organisation}


def keys_to(kind):
    """Every column of every table that names a record of that kind."""
    return [
        (table, key.parent)
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == kind and key.parent.name != "merged_into_id"
    ]


@pytest.fixture
def two(session, make):
    """Two records of a kind, by key."""

    def made(kind):
        one = make.person if kind == "people" else make.organisation
        return one(), one()

    return made


def merged(kept, gone, **told):
    return services.merge(kept, gone, by="ana@example.org", at=AT, **told)


def undone(made):
    return services.undo(made, by="ana@example.org", at=AT + timedelta(hours=1))


@pytest.mark.parametrize("kind", MODELS)
def test_a_row_of_every_table_that_names_the_record_moves_and_comes_back(session, two, kind):
    """Made from the tables themselves: one that is new tomorrow is tried tomorrow."""
    kept, gone = two(kind)
    made = []
    for table, column in keys_to(kind):
        if table.name == "last_exchanges":
            continue
        row = rows_of.add(session, table, **{column.name: gone.id})
        made.append((table, column, {own.name: row[own.name] for own in table.primary_key}))
    rules.refresh(kind, {kept.id, gone.id})
    session.commit()
    before = rows_of.everything(session)

    merge = merged(kept, gone)

    for table, column, key in made:
        found = [column == (kept.id if rules.moves(table.name) else gone.id)]
        found += [table.c[name] == value for name, value in key.items() if name != column.name]
        assert session.execute(select(table).where(*found)).first() is not None, (table.name, column.name)
        if rules.moves(table.name):
            assert session.execute(select(table).where(column == gone.id)).first() is None, table.name
    undone(merge)
    assert rows_of.everything(session) == before
    assert merge.left == []


def test_what_both_have_is_there_once(session, make):
    house, tag = make.organisation(), make.add(Tag(name="presse"))
    kept, gone = (make.person(email="ana@example.org", organisation=house, function="Maire") for _ in "ab")
    for person in (kept, gone):
        person.tags.append(tag)
        make.add(Phone(person_id=person.id, number="+33261910001"))
    session.commit()

    made = merged(kept, gone)

    assert [read.address.email for read in kept.addresses] == ["ana@example.org"]
    assert [role.function for role in kept.roles] == ["Maire"]
    assert [phone.number for phone in kept.phones] == ["+33261910001"]
    assert kept.tags == [tag]
    assert made.counts["person_tags.person_id"] == [0, 1]


def test_of_two_seats_the_one_held_stays_and_of_two_invitations_the_answered_one(session, make):
    event, kept, gone = make.event(), make.person(), make.person()
    told = {"event_id": event.id, "mode": Mode.ONLINE, "asked_at": AT}
    make.add(Registration(person_id=kept.id, seat=Seat.WITHDRAWN, token="r-kept", **told))
    make.add(Registration(person_id=gone.id, seat=Seat.CONFIRMED, token="r-gone", **told))
    asked = {"event_id": event.id, "invited_at": AT, "invited_by": "x", "address_id": make.address().id}
    make.add(Invitation(person_id=kept.id, token="i-kept", **asked))
    make.add(Invitation(person_id=gone.id, token="i-gone", answer=Answer.ACCEPTED, **asked))
    session.commit()
    before = rows_of.everything(session)

    made = merged(kept, gone)

    held = session.scalars(select(Registration)).one()
    assert (held.person_id, held.seat) == (kept.id, Seat.CONFIRMED)
    assert session.scalars(select(Invitation)).one().answer is Answer.ACCEPTED
    # The links in both mails go on working.
    assert attendance.by_token("r-kept") is attendance.by_token("r-gone") is held
    assert audience.by_token("i-kept").answer is Answer.ACCEPTED
    undone(made)
    assert rows_of.everything(session) == before


def test_who_objected_in_one_record_objects_in_both_but_not_for_those_who_share_a_mailbox(session, make):
    kept, gone, other = make.person(email="a@example.org"), make.person(email="b@example.org"), make.person()
    shared = make.address("mairie@example.org")
    for person in (kept, other):
        make.add(PersonAddress(person_id=person.id, address_id=shared.id, position=1))
    mail.object_to(make.address("b@example.org"), frozenset({Purpose.NEWSLETTER}), source="page", at=AT)
    session.commit()

    made = merged(kept, gone)

    objecting = select(Address.email).join(Objection, Objection.address_id == Address.id)
    assert set(session.scalars(objecting)) == {"a@example.org", "b@example.org"}
    # Said by the owner since: it is no longer the merge's to take back.
    mail.object_also(make.address("a@example.org").id, Purpose.NEWSLETTER, source="one click", at=AT)
    undone(made)
    assert set(session.scalars(objecting)) == {"a@example.org", "b@example.org"}


def test_an_objection_that_only_the_merge_carried_over_goes_with_it(session, make):
    kept, gone = make.person(email="a@example.org"), make.person(email="b@example.org")
    mail.object_to(make.address("a@example.org"), frozenset({Purpose.INVITATION}), source="page", at=AT)

    undone(merged(kept, gone))

    objecting = select(Address.email).join(Objection, Objection.address_id == Address.id)
    assert session.scalars(objecting).all() == ["a@example.org"]


def test_what_came_since_stays_with_the_record_that_was_kept(session, make):
    kept, gone = make.organisation("A"), make.organisation("B", phone="+33261910001")
    old = make.exchange("avant", organisations=[gone])
    made = merged(kept, gone)
    make.exchange("depuis", organisations=[kept], at=AT)
    kept.phone = "+33261910099"
    session.commit()

    told = {line.words: line.moving for line in queries.since(session, made)}
    undone(made)

    links = Base.metadata.tables["interaction_organisations"]
    of_kept = session.scalars(select(links.c.interaction_id).where(links.c.organisation_id == kept.id)).all()
    of_gone = session.scalars(select(links.c.interaction_id).where(links.c.organisation_id == gone.id)).all()
    assert told == {"Exchanges": 1}
    assert len(of_kept) == 1 and of_gone == [old.id]
    assert (kept.phone, gone.phone) == ("+33261910099", "+33261910001")


def test_numbers_go_to_the_record_that_was_kept_and_back(session, make):
    kept, gone = make.organisation("A"), make.organisation("B", siren="214900078", siret="21490007800012")

    made = merged(kept, gone)

    assert (kept.siren, kept.siret, gone.siren) == ("214900078", "21490007800012", None)
    kept.siren, kept.siret = None, None
    make.organisation("C", siren="214900078")
    undone(made)
    assert (gone.siren, gone.siret) == (None, "21490007800012")
    assert made.left == ["field:siren"]


def test_a_parent_merged_into_its_grandchild_makes_no_circle(session, make):
    top = make.organisation("Ministère")
    gone = make.organisation("Direction", parent_id=top.id)
    middle = make.organisation("Service", parent_id=gone.id)
    kept = make.organisation("Bureau", parent_id=middle.id)
    session.commit()

    made = merged(kept, gone)

    assert (kept.parent_id, middle.parent_id) == (top.id, kept.id)
    undone(made)
    assert (kept.parent_id, middle.parent_id, gone.parent_id) == (middle.id, gone.id, top.id)


def test_a_chain_of_merges_leads_to_its_end_and_is_undone_backwards(session, make):
    a, b, c = make.person("A"), make.person("B"), make.person("C")
    first, second = merged(b, a), merged(c, b)

    assert following.kept(a) is c
    assert following.kept_keys(Person, [a.id, b.id, c.id]) == [c.id]
    with pytest.raises(refusals.MergedOn):
        undone(first)
    undone(second)
    undone(first)
    assert [one.merged_into_id for one in (a, b, c)] == [None] * 3


def test_an_earlier_merge_into_the_same_record_waits_for_the_later_one(session, make):
    a, b, c = make.person("A"), make.person("B"), make.person("C")
    first, second = merged(a, b), merged(a, c)
    with pytest.raises(refusals.LaterMerge):
        undone(first)
    undone(second)
    undone(first)


def test_merging_with_itself_with_a_binned_one_twice_or_over_a_change_is_refused(session, make):
    a, b, c = make.person(), make.person(), make.person()
    with pytest.raises(refusals.SameRecord):
        merged(a, a)
    c.binned_at = AT
    session.flush()
    with pytest.raises(refusals.InBin):
        merged(a, c)
    with pytest.raises(Changed):
        merged(a, b, kept_version=a.version + 1)
    merged(a, b)
    with pytest.raises(refusals.AlreadyMerged):
        merged(make.person(), b)


def test_a_pair_that_is_not_the_same_is_not_proposed_for_what_one_of_them_became(session, make):
    house = make.organisation()
    a, b, c = (make.person("Ana", "Roux", email=None, organisation=house) for _ in "abc")
    session.commit()
    scans.keep(session, "people", scanning.people(session), at=AT)
    pair = queries.pair_of(session, "people", a.id, b.id)
    scans.settle(pair, by="x", at=AT)
    merged(c, b)
    session.commit()

    scans.keep(session, "people", scanning.people(session), at=AT)

    assert session.execute(queries.pairs("people")).all() == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(data=st.data())
def test_the_database_after_undo_equals_the_one_before(session, make, data):
    """Whatever rows of whichever tables the two have, alone or together, and whatever is chosen."""
    kind = data.draw(st.sampled_from(sorted(MODELS)))
    record = make.person if kind == "people" else make.organisation
    kept, gone = record(), record()
    columns = [(t, c) for t, c in keys_to(kind) if t.name != "last_exchanges"]
    for table, column in data.draw(st.lists(st.sampled_from(columns), max_size=8)):
        whose = data.draw(st.sampled_from([(kept,), (gone,), (kept, gone)]))
        row = None
        # An organisation has one partnership: what cannot stand twice is not drawn a second time.
        with suppress(IntegrityError), session.begin_nested():
            row = rows_of.add(session, table, **{column.name: whose[0].id})
        if row is not None and len(whose) == 2:
            apart = {
                c.name: rows_of.value_for(c)
                for c in table.columns
                if (c.unique or c.name == "id") and c.name in row and c.name != column.name
            }
            again = {**row, **apart, column.name: gone.id}
            again.pop("id", None)
            # Some rows cannot stand twice for another reason than the record.
            with suppress(IntegrityError), session.begin_nested():
                session.execute(table.insert().values(again))
    rules.refresh(kind, {kept.id, gone.id})
    session.commit()
    before = rows_of.everything(session)
    fields_of = [field.key for field in fields.of(kept)]
    sides = data.draw(st.dictionaries(st.sampled_from(fields_of), st.sampled_from(list(Side))))

    made = merged(kept, gone, sides=sides)
    undone(made)

    assert rows_of.everything(session) == before
    assert made.left == []


# Where a key of a person or organisation may stand without a foreign key, and what a merge does there.
WITHOUT_A_KEY = {
    "changes.record": "the history tells what befell that row, and stays",
    "merges.kept_id": "tells what was merged",
    "merges.gone_id": "tells what was merged",
    "pairs.one_id": "shown while both are in the directory; what is settled follows merges",
    "pairs.other_id": "shown while both are in the directory; what is settled follows merges",
    "former_tokens.now_id": "moved with each row that goes",
    "deliveries.subject_id": "an invitation's or registration's key: registered as loose by events",
}


def test_columns_that_look_like_keys_without_being_one_are_known_here():
    """Name what a merge does with a new one, in this list or by a foreign key."""
    found = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith(("person_id", "organisation_id", "kept_id", "gone_id", "one_id", "other_id"))
        and not column.foreign_keys
    }
    assert found <= set(WITHOUT_A_KEY), found - set(WITHOUT_A_KEY)
