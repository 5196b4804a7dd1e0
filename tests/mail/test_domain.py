"""SPF, DKIM and DMARC: what the domain is to say, what its answers mean; nobody is asked unbidden."""

import pytest

from crm.mail.domain import records, resolver
from crm.mail.domain.records import Kind, Sending, State


class FakeResolver:
    """Name servers that say what they are told to; `asked` lists the names."""

    def __init__(self, **texts):
        self.answers, self.asked = texts, []

    def texts(self, name):
        self.asked.append(name)
        if self.answers.get("silent"):
            raise resolver.NoAnswer(name)
        return self.answers.get(name, [])


def sending(**facts):
    usual = {
        "domain": "asso.example.org",
        "envelope": "asso.example.org",
        "sender": "smtp",
        "host": "smtp.example.net",
        "selectors": ("cle",),
        "reports_to": "contact@asso.example.org",
    }
    return Sending(**{**usual, **facts})


def found(kind, *texts, **facts):
    one = sending(**facts)
    record = next(record for record in records.wanted(one) if record.kind is kind)
    answers = {name: [] for name in records.names(one)} | {record.name: list(texts)}
    return next(told for told in records.findings(one, answers) if told.record.kind is kind)


@pytest.mark.parametrize(
    "kind, texts, state",
    [
        (Kind.SPF, [], State.BAD),
        (Kind.SPF, ["google-site-verification=x"], State.BAD),
        (Kind.SPF, ["v=spf1 a:smtp.example.net -all"], State.GOOD),
        (Kind.SPF, ["V=SPF1 A:SMTP.example.net -all"], State.GOOD),
        (Kind.SPF, ["v=spf1 mx -all"], State.WAIT),
        (Kind.SPF, ["v=spf1 redirect=_spf.example.net"], State.GOOD),
        (Kind.SPF, ["v=spf1 a:smtp.example.net +all"], State.BAD),
        (Kind.SPF, ["v=spf1 mx -all", "v=spf1 a -all"], State.BAD),
        (Kind.DKIM, [], State.BAD),
        (Kind.DKIM, ["v=DKIM1; k=rsa; p=MIGf"], State.GOOD),
        (Kind.DKIM, ["p=MIGf"], State.GOOD),
        (Kind.DKIM, ["v=DKIM1; p="], State.BAD),
        (Kind.DMARC, [], State.BAD),
        (Kind.DMARC, ["v=DMARC1; p=none; rua=mailto:x@example.org"], State.GOOD),
        (Kind.DMARC, ["v = DMARC1 ; p = reject"], State.GOOD),
        (Kind.DMARC, ["v=DMARC1; sp=reject"], State.BAD),
        (Kind.DMARC, ["v=DMARC1; p=none", "v=DMARC1; p=reject"], State.BAD),
    ],
)
def test_each_answer_is_judged(kind, texts, state):
    assert found(kind, *texts).state is state


def test_a_record_of_the_domain_above_holds_for_ours():
    one = sending()
    answers = {name: [] for name in records.names(one)}
    assert "_dmarc.example.org" in answers and "_dmarc.org" not in answers
    answers["_dmarc.example.org"] = ["v=DMARC1; p=reject"]
    assert records.findings(one, answers)[-1].state is State.GOOD


def test_an_envelope_of_another_domain_proves_nothing_for_ours():
    told = found(Kind.SPF, "v=spf1 a:smtp.example.net -all", envelope="bounces.example.com")
    assert told.state is State.BAD and "%(envelope)s" in told.sentence
    assert (
        found(Kind.SPF, "v=spf1 a:smtp.example.net -all", envelope="b.asso.example.org").state is State.GOOD
    )


def test_what_is_to_be_set_follows_the_way_out():
    first, *keys, _last = records.wanted(sending(sender="sendgrid", selectors=("s1", "s2")))
    assert first.value == "v=spf1 include:sendgrid.net ~all"
    assert [key.name for key in keys] == ["s1._domainkey.asso.example.org", "s2._domainkey.asso.example.org"]
    assert records.wanted(sending(host="127.0.0.1"))[0].value == "v=spf1 mx ~all"
    assert records.wanted(sending(host="192.0.2.1"))[0].needs in ("ip4:192.0.2.1", "mx")


def test_without_a_selector_the_key_is_said_to_be_unknown():
    assert found(Kind.DKIM, selectors=()).state is State.WAIT


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_name_servers_are_asked_by_the_button_alone_and_their_answers_kept(app, client):
    fake = app.extensions["resolver"] = FakeResolver(**{"example.org": ["v=spf1 mx <script> ~all"]})
    try:
        staff = client.as_("staff")
        page = staff.get("/mail/domain").text
        assert "v=DMARC1; p=quarantine" in page and fake.asked == []
        assert staff.submit("/mail/domain", to="/ask").status_code == 302
        assert set(fake.asked) >= {"example.org", "_dmarc.example.org"}
        number = len(fake.asked)
        page = staff.get("/mail/domain").text
        assert "v=spf1 mx &lt;script&gt; ~all" in page and "Il n’y a pas d’enregistrement DMARC" in page
        assert len(fake.asked) == number
        fake.answers["silent"] = True
        staff.submit("/mail/domain", to="/ask")
        assert "Aucun serveur de noms n’a répondu" in staff.get("/mail/domain").text
    finally:
        del app.extensions["resolver"]


def test_a_silent_name_server_makes_no_answer_and_not_an_empty_one():
    assert resolver.all_texts(FakeResolver(silent=True), ["example.org"]) == {"example.org": None}
