"""Mail to be filed is taken in as it comes; what was put aside long ago is let go."""

from crm import clock
from crm.db import db
from crm.jobs import every_minute, job
from crm.mail.incoming import taking as incoming
from crm.relations.filing import services, taking
from crm.web import files

# Whatever nobody else took: what it is not either is refused, with the reason.
incoming.enter("filing", taking.take_in, is_last=True)


@job("filing")
@every_minute
def forget() -> None:
    """Let go what was refused or put aside long ago."""
    gone = services.forget(at=clock.now())
    db.session.commit()
    files.discard(*gone)
