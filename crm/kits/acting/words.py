"""What answers are called, and the places to write to."""

from crm.kits.acting.models import Reply
from crm.kits.parliament.models import Chamber
from crm.text import N_

REPLIES = {
    Reply.ACKNOWLEDGED: N_("They acknowledged receipt"),
    Reply.ANSWERED: N_("They answered on the matter"),
    Reply.MEETING: N_("They offered a meeting"),
    Reply.BY_POST: N_("They answered by post"),
    Reply.NOT_ANSWERED: N_("No answer came"),
}
# As the chambers publish them: where post goes, the switchboard as it is dialled and as it is read.
HOUSES = {
    Chamber.ASSEMBLY: (
        "Assemblée nationale, 126 rue de l’Université, 75355 Paris 07 SP",
        "+33140636000",
        "01 40 63 60 00",
    ),
    Chamber.SENATE: ("Sénat, 15 rue de Vaugirard, 75291 Paris Cedex 06", "+33142342000", "01 42 34 20 00"),
}
CHANNELS = ("program", "Gmail", "Outlook.com", "Yahoo", "copy")
