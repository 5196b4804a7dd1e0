"""What the values of an event are called: labels to be translated where they are shown."""

from crm.events.models import (
    Answer,
    Approval,
    Attendance,
    EventState,
    Format,
    Mode,
    Part,
    Seat,
    Visibility,
)
from crm.events.queries.audience import Excluded, Standing
from crm.events.reminders.models import Readers, ReminderState
from crm.events.replies import again
from crm.events.replies.models import ReplyState
from crm.events.series.models import Scope
from crm.events.services import telling
from crm.events.services.nudging import Left
from crm.mail.models import DeliveryState
from crm.text import N_

STATES = {
    EventState.DRAFT: N_("Draft"),
    EventState.OPEN: N_("Open"),
    EventState.CLOSED: N_("Closed"),
    EventState.POSTPONED: N_("Postponed"),
    EventState.CANCELLED: N_("Cancelled"),
    EventState.HELD: N_("Held"),
}
TONES = {
    EventState.DRAFT: "plain",
    EventState.OPEN: "good",
    EventState.CLOSED: "wait",
    EventState.POSTPONED: "wait",
    EventState.CANCELLED: "bad",
    EventState.HELD: "accent",
}
PARTS = {
    Part.ORGANISER: N_("Organises"),
    Part.CO_ORGANISER: N_("Co-organises"),
    Part.PARTNER: N_("Is a partner"),
    Part.SPEAKER: N_("Speaks"),
    Part.HOST: N_("Hosts"),
    Part.FUNDER: N_("Funds"),
    Part.VISITOR: N_("Visits"),
    Part.PARTICIPANT: N_("Attends"),
}
FORMATS = {
    Format.ONSITE: N_("On site"),
    Format.ONLINE: N_("Online"),
    Format.HYBRID: N_("On site and online"),
}
VISIBILITIES = {
    Visibility.PUBLIC: N_("Public: in the agenda, open to anyone"),
    Visibility.MEMBERS: N_("Members: open to whoever has the link"),
    Visibility.INVITATION: N_("Invitation only"),
}
SCOPES = {
    Scope.THIS: N_("This event only"),
    Scope.FOLLOWING: N_("This one and the following ones"),
    Scope.ALL: N_("All of the series that are to come"),
}
MODES = {Mode.ONSITE: N_("On site"), Mode.ONLINE: N_("Online")}
SEATS = {
    Seat.CONFIRMED: N_("Registered"),
    Seat.OFFERED: N_("Place offered"),
    Seat.WAITING: N_("Waiting list"),
    Seat.WITHDRAWN: N_("Withdrawn"),
}
SEAT_TONES = {
    Seat.CONFIRMED: "good",
    Seat.OFFERED: "accent",
    Seat.WAITING: "wait",
    Seat.WITHDRAWN: "plain",
}
APPROVALS = {
    Approval.ASKED: N_("Asks to come"),
    Approval.APPROVED: N_("Approved"),
    Approval.REFUSED: N_("Refused"),
}
APPROVAL_TONES = {Approval.ASKED: "wait", Approval.APPROVED: "good", Approval.REFUSED: "bad"}
MESSAGES = {
    telling.SEAT: N_("Your seat, with the entry for your calendar"),
    telling.WAITING: N_("Your place on the waiting list"),
    telling.PROMOTION: N_("A seat became free for you"),
    telling.OFFER: N_("A place is offered to you"),
    telling.LAPSED: N_("The offered place went to someone else"),
    telling.ASKED: N_("Your request was received"),
    telling.REFUSED: N_("Your request was not accepted"),
    telling.WITHDRAWN: N_("Your registration is withdrawn"),
    telling.REGISTRATION_OFF: N_("The event is cancelled"),
    again.KIND: N_("The entry for your calendar, sent again"),
}
ATTENDANCE = {
    Attendance.UNKNOWN: N_("Not known"),
    Attendance.PRESENT: N_("Present"),
    Attendance.ABSENT: N_("Absent"),
    Attendance.EXCUSED: N_("Excused"),
}
ATTENDANCE_TONES = {
    Attendance.UNKNOWN: "plain",
    Attendance.PRESENT: "good",
    Attendance.ABSENT: "bad",
    Attendance.EXCUSED: "wait",
}
ANSWERS = {
    Answer.NONE: N_("No answer yet"),
    Answer.ACCEPTED: N_("Accepted"),
    Answer.DECLINED: N_("Declined"),
}
ANSWER_TONES = {Answer.NONE: "plain", Answer.ACCEPTED: "good", Answer.DECLINED: "bad"}
SOURCES = {
    "page": N_("Registration page"),
    "series": N_("Registration for a series"),
    "link": N_("Secret link"),
    "invitation": N_("Invitation"),
    "staff": N_("Added by staff"),
    "walk_in": N_("Came without registering"),
    "import": N_("Imported list"),
    "calendar": N_("Answer of a calendar"),
}
STANDINGS = {
    Standing.NONE: N_("No answer yet"),
    Standing.ACCEPTED: N_("Accepted"),
    Standing.DECLINED: N_("Declined"),
    Standing.BOUNCED: N_("Did not arrive"),
    Standing.UNINVITED: N_("Invitation taken back"),
}
LEFT_OUT = {
    Excluded.REGISTERED: N_("Already registered"),
    Excluded.DECLINED: N_("Declined, or withdrew"),
    Excluded.INVITED: N_("Already invited"),
    Excluded.NO_ADDRESS: N_("No e-mail address"),
    Excluded.HELD: N_("Address on hold: messages come back"),
    Excluded.OBJECTED: N_("Do not want invitations"),
    Excluded.NOT_AGREED: N_("Have not agreed to invitations"),
    Excluded.IN_VAIN: N_("Invited three times in a row without an answer"),
    Excluded.SHARED: N_("Another person is invited at the same address"),
}
NOT_NUDGED = {
    Left.NOT_ARRIVED: N_("The invitation has not left yet, or did not arrive"),
    Left.HELD: N_("Address on hold: messages come back"),
    Left.OBJECTED: N_("Do not want invitations"),
    Left.OFTEN: N_("Already asked again twice"),
    Left.RECENT: N_("Asked less than a day ago"),
}
REPLY_STATES = {
    ReplyState.WAITING: (N_("Waits for you"), "wait"),
    ReplyState.TAKEN: (N_("Taken over"), "good"),
    ReplyState.OUTDATED: (N_("Too late"), "plain"),
    ReplyState.SETTLED: (N_("Settled by hand"), "good"),
    ReplyState.DISMISSED: (N_("Dismissed by hand"), "plain"),
    ReplyState.SET_ASIDE: (N_("Automatic or unreadable"), "plain"),
}
REPLY_ANSWERS = {
    "ACCEPTED": (N_("Accepts"), "good"),
    "DECLINED": (N_("Declines"), "bad"),
    "TENTATIVE": (N_("Perhaps"), "wait"),
    "DELEGATED": (N_("Sends somebody else"), "wait"),
}
READERS = {
    Readers.REGISTERED: N_("Those who are registered"),
    Readers.UNANSWERED: N_("Those who have not answered"),
    Readers.PRESENT: N_("Those who came"),
}
REMINDER_STATES = {
    ReminderState.PLANNED: (N_("Will leave"), "accent"),
    ReminderState.LEFT: (N_("Sent"), "good"),
    ReminderState.MISSED: (N_("Does not leave"), "plain"),
}
DELIVERIES = {
    DeliveryState.QUEUED: N_("On its way"),
    DeliveryState.SENDING: N_("On its way"),
    DeliveryState.ACCEPTED: N_("Sent"),
    DeliveryState.DELIVERED: N_("Delivered"),
    DeliveryState.BOUNCED: N_("Came back"),
    DeliveryState.FAILED: N_("Failed"),
    DeliveryState.UNCERTAIN: N_("Uncertain"),
    DeliveryState.SUPPRESSED: N_("Not sent"),
    DeliveryState.CANCELLED: N_("Called back"),
}
DELIVERY_TONES = {
    DeliveryState.QUEUED: "accent",
    DeliveryState.SENDING: "accent",
    DeliveryState.ACCEPTED: "good",
    DeliveryState.DELIVERED: "good",
    DeliveryState.BOUNCED: "bad",
    DeliveryState.FAILED: "bad",
    DeliveryState.UNCERTAIN: "wait",
    DeliveryState.SUPPRESSED: "plain",
    DeliveryState.CANCELLED: "plain",
}
