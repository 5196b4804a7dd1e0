"""The form that every page form inherits: CSRF, one submission per page shown, refusals in place."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from flask import abort, current_app, g, request, session
from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy import bindparam
from wtforms import Form, HiddenField, PasswordField, StringField, ValidationError
from wtforms.csrf.session import SessionCSRF
from wtforms.validators import DataRequired, InputRequired, Length

from crm import at_end, clock
from crm.db import db
from crm.errors import CrmError
from crm.text import N_, clean
from crm.web import conflicts
from crm.web.models import Submission
from crm.writing import write_row

UNCHOSEN = N_("Both of you changed the same field: choose for each one what is to stay.")


class AlreadySent(Exception):
    """The same page was already sent; `location` is where the first one led, if that is known."""

    def __init__(self, location: str | None) -> None:
        self.location = location
        super().__init__(location)


class _Translations:
    """WTForms' own messages and ours go through the catalogues where they are shown, not here."""

    def gettext(self, string: str) -> str:
        return gettext(string)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return gettext(singular if n == 1 else plural)


class _Csrf(SessionCSRF):
    def validate_csrf_token(self, form: Form, field: HiddenField) -> None:
        if "csrf" not in self.session:
            raise ValidationError("CSRF token missing.")
        super().validate_csrf_token(form, field)


LARGEST = 2**63 - 1
PASSWORDS: set[str] = set()  # the names of all fields of all forms that no page may repeat


class PageForm(Form):
    """A form of a page. `accepted()` says whether it was sent and can be acted on.

    The form of a record that has a version carries it in a field `version` or `seen`, and is given the
    record's values as `data` also when it is sent; `keys_of` says which hidden key goes with which name.
    """

    form_key = HiddenField()
    keys_of: ClassVar[dict[str, str]] = {}
    # Strangers go back to a page that their browser kept, type another name and send it: that is another
    # submission, where the same words sent again are the same one.
    is_one_by_words: ClassVar[bool] = False

    class Meta:
        csrf = True
        csrf_class = _Csrf
        csrf_time_limit = timedelta(hours=24)

        @property
        def csrf_secret(self) -> bytes:
            return str(current_app.config["SECRET_KEY"]).encode()

        @property
        def csrf_context(self) -> Any:
            return session

        def get_translations(self, form: Form) -> _Translations:
            return _Translations()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name, made in vars(cls).items():
            if issubclass(getattr(made, "field_class", object), PasswordField):
                PASSWORDS.add(name)

    def __init__(self, formdata: Any = None, obj: Any = None, **kwargs: Any) -> None:
        sent = request.method == "POST"
        super().__init__(formdata if sent else None, obj, **kwargs)
        self.refusals: list[str] = []
        self.conflicts: list[conflicts.Conflict] = []
        self.taken: list[str] = []
        self.status = 200
        self._seen = formdata.get("shown") if sent and formdata is not None else None
        for field in self:
            if isinstance(field.data, int) and abs(field.data) > LARGEST:
                # Beyond what checks of numbers, and databases, can hold.
                field.data = None
                field.process_errors = [field.gettext("Not a valid integer value.")]
        if not self.form_key.data:
            self.form_key.data = secrets.token_urlsafe(16)

    def accepted(self, *, claims: bool = True) -> bool:
        """Whether the form was sent, is whole, and is sent for the first time.

        Raises AlreadySent when the same page was sent before (a double click, the back button). A form that
        `claims` nothing yet says so with `led_to` before its work is committed.
        """
        if request.method != "POST":
            return False
        if not self._chosen() or not self.validate():
            self.status = 422
            return False
        if claims:
            self._claim()
        return True

    def led_to(self, location: str, *, is_new: bool) -> str:
        """Where the form led, kept by one statement with the claim; raises AlreadySent as `accepted` does.

        For work that finds what it did before: of two that are sent at once the second is undone here.
        What did something new (`is_new`) stays, also where the page was sent before with other words.
        """
        if is_new:
            at_end.write(db.session(), Submission, self._submission(location), over=("location",))
        else:
            self._claim(location)
        return location

    @property
    def _key(self) -> str:
        key = str(self.form_key.data)[:64]
        if not self.is_one_by_words:
            return key
        typed = [
            *request.form.lists(),
            *((name, file.filename) for name, file in request.files.items(multi=True)),
        ]
        words = repr(sorted((name, said) for name, said in typed if name not in conflicts.PLUMBING))
        return f"{key[:31]}.{hashlib.sha256(words.encode('utf-8', 'replace')).hexdigest()[:32]}"

    @property
    def shown_with(self) -> str | None:
        """For the page: with what the record was shown when its editing began; None without a version."""
        if conflicts.version_field(self) is None:
            return None
        return conflicts.digests(self) if self._seen is None else self._seen

    def meet(self, shown: Mapping[str, Any], labels: Mapping[str, Mapping[str, str]] | None = None) -> None:
        """Put what was typed together with what others saved meanwhile: `shown` is the record as it is now.

        What only they changed is taken over, what both changed is asked about on the page, and the
        version becomes the present one. `labels` names, by field, records that the form does not offer.
        """
        before = conflicts.read(self._seen or "")
        now = {field.short_name: conflicts.as_it_is(field, shown) for field in conflicts.compared(self)}
        for field in conflicts.compared(self):
            theirs, name = now[field.short_name], field.short_name
            if conflicts.same(field, theirs) or conflicts.was(theirs, before.get(name)):
                continue
            is_seen = getattr(field.widget, "input_type", None) != "hidden"
            if is_seen and not conflicts.was(field, before.get(name)):
                self.conflicts.append(conflicts.between(theirs, field, (labels or {}).get(name, {})))
                continue
            self._take(name, shown)
            if is_seen:
                self.taken.append(field.label.text)
        self._seen = " ".join(f"{name}:{conflicts.digest(theirs)}" for name, theirs in now.items())
        version = conflicts.version_field(self)
        if version is not None:
            conflicts.put(version, shown[version.short_name])

    def _take(self, name: str, shown: Mapping[str, Any]) -> None:
        for one in (name, self.keys_of.get(name)):
            if one is not None and one in self._fields:
                conflicts.put(self._fields[one], shown.get(one, conflicts.NOTHING))

    def _chosen(self) -> bool:
        """Put in what was chosen where two people had changed the same; whether all was chosen."""
        record = {name: field.object_data for name, field in self._fields.items()}
        for name in request.form.getlist("conflict"):
            if name not in self._fields or name in conflicts.PLUMBING:
                continue
            choice = request.form.get(f"choose-{name}")
            if choice == conflicts.THEIRS:
                self._take(name, record)
            elif choice != conflicts.YOURS:
                field = self._fields[name]
                self.conflicts.append(conflicts.between(conflicts.as_it_is(field, record), field, {}))
        if self.conflicts:
            self.refusals.append(gettext(UNCHOSEN))
        return not self.conflicts

    def _claim(self, location: str | None = None) -> None:
        if not self._claims(location):
            done = db.session.get(Submission, self._key)
            raise AlreadySent(done.location if done else None)
        if location is None:
            g.submission = self._key

    def _claims(self, location: str | None) -> bool:
        """Whether this is the first; where the same page is being sent now, it waits until that is done."""
        return write_row(db.session(), Submission, self._submission(location))

    def _submission(self, location: str | None) -> dict[str, Any]:
        return {"key": self._key, "at": clock.now(), "location": location}

    def refuse(self, refusal: CrmError) -> None:
        """Show the refusal beside what caused it; nothing that was begun is kept."""
        db.session.rollback()
        g.pop("submission", None)
        self.status = 422
        sentence = said(refusal)
        field = self._fields.get(refusal.field or "")
        if field is None:
            self.refusals.append(sentence)
        else:
            field.errors = [*field.errors, sentence]
        # The page that is shown again may be sent again.
        self.form_key.data = secrets.token_urlsafe(16)


def stripped(value: str | None) -> str | None:
    """A WTForms filter: one typed value without control characters or outer white space."""
    return clean(value) if isinstance(value, str) else value


class NamesForm(PageForm):
    """What something is called, in both languages."""

    name_fr = StringField(
        N_("Name in French"),
        [InputRequired(N_("Enter a name in French")), Length(max=80)],
        filters=[stripped],
    )
    name_en = StringField(
        N_("Name in English"),
        [Length(max=80)],
        description=N_("Left empty, the French name is shown."),
        filters=[stripped],
    )


class TakingForm(PageForm):
    """What a file of personal data is taken for; it is logged with whoever takes it (RGPD, art. 5-2)."""

    purpose = StringField(
        N_("What is it for?"),
        [DataRequired(N_("Say what the file is for.")), Length(max=300)],
        filters=[lambda value: clean(value) if isinstance(value, str) else value],
        description=N_("Written down with your name and the day, for whoever asks later."),
    )


class ActForm(PageForm):
    """A form of one button: nothing but the act itself."""


def pressed() -> None:
    """Make sure that a button of one of our own pages was pressed; anything else is answered 400."""
    if not ActForm(request.form).accepted():
        abort(400)


def said(refusal: CrmError) -> str:
    """The refusal as a sentence in the reader's language."""
    return gettext(refusal.text) % refusal.facts if refusal.facts else gettext(refusal.text)


_ROWS = Submission.__table__
_LOCATING = _ROWS.update().where(_ROWS.c.key == bindparam("sent"))  # type: ignore[attr-defined]


def leads_to(location: str) -> str:
    """Say before the commit where the accepted form leads: written with what it did, not after it."""
    key = g.pop("submission", None)
    if key:
        _keep_location(key, location)
    return location


def _keep_location(key: str, location: str | None) -> None:
    db.session.execute(_LOCATING, {"sent": key, "location": location})


def remember_location(response: Any) -> Any:
    """After a request: where an accepted form led, for whoever sends the same page again."""
    key = g.pop("submission", None)
    if key and response.status_code in (302, 303):
        _keep_location(key, response.headers.get("Location"))
        db.session.commit()
    return response


def csrf_field(form: PageForm) -> Markup:
    """The hidden fields that every POST form of a page carries."""
    fields = [form["csrf_token"](id=False), form.form_key(id=False)]
    if form.shown_with is not None:
        fields.append(Markup('<input type="hidden" name="shown" value="%s">') % form.shown_with)
    return Markup("").join(fields)
