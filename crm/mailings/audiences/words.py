"""How parts of audiences and reasons are said."""

from dataclasses import replace
from typing import Any

from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from crm.directory.conditions import PEOPLE
from crm.directory.conditions.tree import Unreadable, read, together
from crm.directory.filters import BadFilter, Filter
from crm.directory.queries import views
from crm.directory.saved.words import sentence
from crm.mailings.audiences import parts
from crm.mailings.audiences.models import AudiencePart, Fate, How, PartKind
from crm.text import N_

# Why somebody is left out, in the order in which reasons are told.
WHY = {
    Fate.BINNED: N_("lies in the bin"),
    Fate.RECEIVED: N_("has received an earlier mailing already"),
    Fate.EXCLUDED: N_("is left out by a part of the audience"),
    Fate.OUTSIDE: N_("is not among those whom the purpose concerns"),
    Fate.NO_ADDRESS: N_("no address is known"),
    Fate.ON_HOLD: N_("the address is on hold: mail to it came back"),
    Fate.ERASED: N_("was erased, or had this address erased and did nothing since"),
    Fate.OBJECTED: N_("does not want this kind of mail"),
    Fate.NOT_AGREED: N_("has not agreed to this kind of mail, which needs it"),
    Fate.SAME_ADDRESS: N_("the address is written to already, for somebody else who reads it"),
}
HOW = {
    How.CAME: N_("came to it"),
    How.ABSENT: N_("did not come, or were excused"),
    How.REGISTERED: N_("registered for it"),
    How.WAITING: N_("are on the waiting list"),
    How.INVITED: N_("were invited"),
    How.UNANSWERED: N_("were invited and have not answered"),
    How.DECLINED: N_("declined, or withdrew"),
    How.SENT: N_("were written to"),
    How.RETURNED: N_("mail to them came back"),
}


def called(part: AudiencePart) -> str:
    """What the part is called today: by the name that its record has now."""
    match part.kind:
        case PartKind.EVERYONE:
            return str(_("The whole directory"))
        case PartKind.PEOPLE:
            number = len(Filter.of(part.filter).chosen)
            return str(ngettext("%(num)s person chosen by hand", "%(num)s people chosen one by one", number))
        case PartKind.LIST:
            return _list(part)
        case _:
            return _record(part, parts.found(part)) or part.title


def _list(part: AudiencePart) -> str:
    try:
        filter = Filter.of(part.filter)
        trees = [views.as_tree(replace(filter, chosen=(), view="", where=""), PEOPLE)]
        if filter.where:
            trees.append(read(filter.where))
        said = sentence(together(*trees), PEOPLE)
        if filter.view:
            said = str(_("%(people)s, in the view “%(view)s”", people=said, view=_view_name(filter)))
    except (BadFilter, Unreadable):
        return part.title
    return said


def _view_name(filter: Filter) -> str:
    return views.chosen(filter, PEOPLE).name


def _record(part: AudiencePart, record: Any) -> str:
    """The people of a record, in the words of its kind; nothing when it is gone."""
    if record is None:
        return ""
    match part.kind:
        case PartKind.VIEW:
            return str(record.name)
        case PartKind.TAG:
            return str(_("Tagged “%(tag)s”", tag=record.name))
        case PartKind.BODY:
            return str(_("Members of “%(body)s” on the day", body=record.name))
        case PartKind.EVENT:
            return _of_event(part.how, record.title)
        case _:
            name = record.subject or _("Untitled")
            if part.how is How.RETURNED:
                return str(_("Mail of “%(mailing)s” came back", mailing=name))
            return str(_("Received “%(mailing)s”", mailing=name))


def _of_event(how: How | None, event: str) -> str:
    said = {
        How.CAME: _("Came to “%(event)s”", event=event),
        How.ABSENT: _("Did not come to “%(event)s”, or were excused", event=event),
        How.REGISTERED: _("Registered for “%(event)s”", event=event),
        How.WAITING: _("On the waiting list of “%(event)s”", event=event),
        How.INVITED: _("Invited to “%(event)s”", event=event),
        How.UNANSWERED: _("Invited to “%(event)s”, have not answered", event=event),
        How.DECLINED: _("Declined “%(event)s”, or withdrew", event=event),
    }
    return str(said[how or How.CAME])


def called_in(part: AudiencePart, language: str) -> str:
    with force_locale(language):
        return called(part)


def in_both(part: AudiencePart) -> tuple[str, str]:
    """What it is called today in French and in English."""
    return called_in(part, "fr"), called_in(part, "en")


def shown(part: AudiencePart, language: str) -> str:
    """What the part was called when the mailing left, or is called today."""
    return (part.left_as_en if language == "en" else part.left_as_fr) or called(part)
