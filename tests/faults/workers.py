"""A process that starts workers by forking itself, so that fifty of them cost no fifty starts of Python.

`python -m tests.faults.workers MAILING` reads one command from each line: `start` forks a worker that makes
one pass of the outbox, and answers its number; `wait NUMBER` answers once that one is gone.
"""

import os
import sys

import config
from crm.app import create_app
from crm.db import db
from crm.mail import tasks
from crm.mailings import messages
from crm.mailings.models import Mailing


def main() -> None:
    app = create_app({**config.load(os.environ), "TESTING": True})
    with app.app_context():
        # What every worker would do first is done once: the letter is laid out.
        messages.written(db.session.get_one(Mailing, int(sys.argv[1])), messages.nobody("fr"), "fr")
        db.session.remove()
        db.engine.dispose()
    print("ready", flush=True)
    for line in sys.stdin:
        command, _space, number = line.strip().partition(" ")
        if command == "wait":
            os.waitpid(int(number), 0)
            print(number, flush=True)
            continue
        child = os.fork()
        if child == 0:
            with app.app_context():
                tasks.one_pass()
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
