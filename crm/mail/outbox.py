"""The outbox: how queued messages leave, one handful at a time, and what becomes of them.

    queued -> sending -> accepted | failed | uncertain | suppressed | cancelled, or back to queued

A turn is one short transaction that writes down what became of the last handful and claims the
next. It is committed; only then, outside any transaction, messages are composed and sent. Whoever
is killed leaves at most one handful in `sending`; when its lease has run out it becomes
`uncertain`, which a person sees. Several workers share the work: what one has claimed, no other can.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

import structlog
from sqlalchemy import Row, func, select
from sqlalchemy.exc import OperationalError

from crm import clock
from crm.db import db, is_sqlite, reading
from crm.errors import CrmError
from crm.mail import breaker, claims, outcomes, rates, services
from crm.mail.composers import Claimed, NoComposer, Origin, Suppressed, composer
from crm.mail.kept.services import Keeper
from crm.mail.message import Message
from crm.mail.models import DeliveryState, Dispatch
from crm.mail.outcomes import Outcome
from crm.mail.places import AtOnce, Holder
from crm.mail.rates import Rates
from crm.mail.senders import NotSent, Sender, SendsTogether
from crm.text import N_

HANDFUL = 20
# What is taken at once where a message leaves in no time: claiming and writing down then weigh less.
LARGE_HANDFUL, NO_TIME = 50, 0.0025  # seconds
TURN_LASTS = 5.0  # seconds after which what is not begun of a handful is given back
REFUSED_IN_A_ROW = 10
DATABASE_TRIES = 5
CLOCK_HOLDS = 60.0  # seconds
LONGEST_WAIT = 1.0  # seconds between two looks while a rate holds messages back
SOON = 0.5  # seconds after which what waits for a place of its domain is looked at again
LATEST_TURN = timedelta(minutes=2)  # what waits for its domain's turn looks again after so long

DOMAIN_IS_FULL = N_("It waits for its turn: so many messages a minute go to this domain, and no more.")
DOMAIN_IS_BUSY = N_("It waits for its turn: as many messages as allowed are on their way to this domain.")
PUT_OFF = (DOMAIN_IS_FULL, DOMAIN_IS_BUSY)
DATABASE_AWAY = N_("The database did not answer when this message was to be written.")
NOT_WRITTEN = N_("This message could not be written. Tell whoever looks after the application.")
TOO_MANY_REFUSED = N_("Ten messages in a row were refused. Read why in the list below, then resume.")

log = structlog.get_logger()

Parcelled = tuple[Claimed, Message]


class SharedClock:
    """The present instant by the database's clock, which all workers share; asked once a minute."""

    def __init__(self) -> None:
        self._read: tuple[float, datetime] | None = None

    def __call__(self) -> datetime:
        if is_sqlite(db.session()):
            return clock.now()
        if self._read is None or time.monotonic() - self._read[0] > CLOCK_HOLDS:
            self._read = time.monotonic(), db.session.scalar(select(func.clock_timestamp())) or clock.now()
        read_at, instant = self._read
        return instant + timedelta(seconds=time.monotonic() - read_at)


@dataclass
class Courier:
    """One worker's way of emptying the outbox.

    `worker` names it in the claims; `stopping` is asked between two messages; `now` is the present
    instant, by default that of the database; `wait` lets seconds go by while a rate holds messages back.
    `notices` carries only what is told of the usual way out when that one is paused.
    """

    sender: Sender
    origin: Origin
    worker: str
    lease: timedelta = timedelta(minutes=3)
    stopping: Callable[[], bool] = lambda: False
    now: Callable[[], datetime] = field(default_factory=SharedClock)
    rates: Rates = field(default_factory=Rates)
    at_once: AtOnce = field(default_factory=AtOnce)
    wait: Callable[[float], None] = time.sleep
    keeper: Keeper = field(default_factory=Keeper)
    notices: bool = False
    _refused: Counter[int] = field(default_factory=Counter)
    _turns: dict[str, datetime] = field(default_factory=dict)
    _rest: float = 0.0
    _handful: int = HANDFUL
    _sent: list[tuple[Claimed, Message]] = field(default_factory=list)
    _places: Holder = field(init=False)

    def __post_init__(self) -> None:
        self._places = Holder(self.worker, self.at_once)

    def run(self, *, most: int | None = None) -> Counter[DeliveryState]:
        """Send what is due until nothing is, or `most` messages; how many ended in which state."""
        told: Counter[DeliveryState] = Counter()
        last: list[Outcome] = []
        picker = claims.Picker(notices=self.notices)
        try:
            self._give_up_expired()
            while True:
                wanted = self._handful if most is None else min(self._handful, most - told.total())
                claimed, withheld = self._turn_surely(last, picker, wanted)
                last = self._delivered(claimed)
                told.update(outcome.state for outcome in (*withheld, *last) if outcome.reason not in PUT_OFF)
                if not claimed and any(outcome.reason == DOMAIN_IS_BUSY for outcome in withheld):
                    # Only other workers can make room: the queue is not turned over meanwhile.
                    self.wait(SOON)
                if claimed or withheld:
                    continue
                if not self._rest or self.stopping():
                    return told
                self.wait(min(self._rest, LONGEST_WAIT))
        finally:
            db.session.rollback()
            self._leave_places()
            self.sender.close()

    def _leave_places(self) -> None:
        if not self.at_once.domains:
            return
        try:
            self._places.leave(at=self.now())
            db.session.commit()
        except OperationalError as error:
            # They are free again when their lease has run out.
            db.session.rollback()
            log.warning("the database is away", error=str(error.orig))

    def _give_up_expired(self) -> None:
        number = claims.give_up_expired(self.now())
        db.session.commit()
        if number:
            log.warning("messages were left uncertain by a worker that ended", number=number)

    def _turn_surely(
        self, last: Sequence[Outcome], picker: claims.Picker, wanted: int
    ) -> tuple[list[Claimed], list[Outcome]]:
        """The turn, tried again when the database is away a moment: what was sent must be written down."""
        for tried in range(1, DATABASE_TRIES):
            try:
                return self._turn(last, picker, wanted)
            except OperationalError as error:
                db.session.rollback()
                self.keeper.lost()
                self._places.lost()
                log.warning("the database is away", tried=tried, error=str(error.orig))
                time.sleep(tried)
        return self._turn(last, picker, wanted)

    def _turn(
        self, last: Sequence[Outcome], picker: claims.Picker, wanted: int
    ) -> tuple[list[Claimed], list[Outcome]]:
        """Write down the last handful and claim the next: what to send, and what must not be sent."""
        at = self.now()
        if last:
            outcomes.write_down(last, worker=self.worker, at=at)
            self.keeper.keep(self._sent, at=at)
        is_open = breaker.learn(self.sender.name, last, at)
        self._pause_what_is_refused()
        if self.stopping() or not is_open:
            wanted = 0
        self._rest = 0.0
        rows = self._claimed(picker, wanted, at)
        sendable, held_back = claims.sorted_out(rows, self.origin)
        sendable, busy = self._with_places(sendable, at)
        sendable, put_off = self._in_turn(sendable, at)
        put_off = [*busy, *put_off]
        withheld = [Outcome(key, state, reason, is_tried=False) for key, state, reason in held_back]
        self._give_back(len(withheld) + len(put_off), at)
        withheld += put_off
        if withheld:
            outcomes.write_down(withheld, worker=self.worker, at=at)
        db.session.commit()
        return sendable, withheld

    def _claimed(self, picker: claims.Picker, wanted: int, at: datetime) -> Sequence[Row[Any]]:
        """Claim as many as the sender's rate lets leave; how long to rest when that is none."""
        rate = self.rates.sender
        until = at + self.lease
        if rate is None or wanted <= 0:
            rows = picker.claim(wanted, worker=self.worker, at=at, until=until)
        else:
            given = rates.take(f"{rates.SENDER}:{self.sender.name}", rate, wanted, at)
            if not given.number and claims.is_any_due(at):
                self._rest = given.wait
            rows = picker.claim(given.number, worker=self.worker, at=at, until=until)
            self._give_back(given.number - len(rows), at)
        if not rows and wanted > 0 and not self._rest:
            # What was put off comes back to its turn within this pass.
            waiting = [(turn - at).total_seconds() for turn in self._turns.values() if turn > at]
            self._rest = max(min(waiting), 0.05) if waiting else 0.0
        return rows

    def _give_back(self, number: int, at: datetime) -> None:
        if self.rates.sender is not None:
            rates.give_back(f"{rates.SENDER}:{self.sender.name}", self.rates.sender, number, at)

    def _with_places(self, sendable: Sequence[Claimed], at: datetime) -> tuple[list[Claimed], list[Outcome]]:
        """What goes to domains that have room for one more worker; and what waits until they have."""
        full = self._places.take(frozenset(map(_domain, sendable)), at=at, lease=self.lease)
        waiting = [
            Outcome(delivery.id, DeliveryState.QUEUED, DOMAIN_IS_BUSY, wait=SOON, is_tried=False)
            for delivery in sendable
            if _domain(delivery) in full
        ]
        for domain in full:
            self._turns[domain] = max(self._turns.get(domain, at), at + timedelta(seconds=SOON))
        return [delivery for delivery in sendable if _domain(delivery) not in full], waiting

    def _in_turn(self, sendable: Sequence[Claimed], at: datetime) -> tuple[list[Claimed], list[Outcome]]:
        """What the rates of the domains let leave now; and what they put off, each to a later instant."""
        if not self.rates.domains:
            return list(sendable), []
        leaving: list[Claimed] = []
        put_off: list[Outcome] = []
        # Domains in the order of their names: two workers who take from several never block each other.
        for domain, group in groupby(sorted(sendable, key=_domain), key=_domain):
            some = list(group)
            rate = self.rates.of_domain(domain)
            if rate is None:
                leaving += some
                continue
            given = rates.take(f"{rates.DOMAIN}:{domain}", rate, len(some), at)
            leaving += some[: given.number]
            for delivery in some[given.number :]:
                turn = max(self._turns.get(domain, at), at) + timedelta(seconds=1 / rate.per_second)
                self._turns[domain] = turn = min(turn, at + LATEST_TURN)
                put_off.append(
                    Outcome(
                        delivery.id,
                        DeliveryState.QUEUED,
                        DOMAIN_IS_FULL,
                        wait=(turn - at).total_seconds(),
                        is_tried=False,
                    )
                )
        return sorted(leaving, key=attrgetter("id")), put_off

    def _pause_what_is_refused(self) -> None:
        """A dispatch whose every message is refused waits for a person instead of failing to the last."""
        for dispatch_id, number in list(self._refused.items()):
            if number >= REFUSED_IN_A_ROW:
                del self._refused[dispatch_id]
                services.pause(db.session.get_one(Dispatch, dispatch_id), reason=TOO_MANY_REFUSED)
                db.session.flush()

    def _delivered(self, claimed: Sequence[Claimed]) -> list[Outcome]:
        """Compose and send a handful; holds no transaction while it sends."""
        began = time.monotonic()
        with reading():
            letters = list(_composed(claimed))
            db.session.rollback()
        ended = [letter for _delivery, letter in letters if isinstance(letter, Outcome)]
        parcels = self._parcels(letters)
        self._sent = []
        is_over = False
        for parcel in parcels:
            is_over = is_over or self.stopping() or time.monotonic() - began > TURN_LASTS
            outcomes_of_it = [_not_begun(delivery) for delivery, _message in parcel]
            if not is_over:
                outcomes_of_it = self._handed_over(parcel)
                is_over = any(outcome.fault is not None for outcome in outcomes_of_it)
            ended += outcomes_of_it
        if claimed:
            took = time.monotonic() - began
            self._handful = HANDFUL if is_over else self._next_handful(parcels, took / len(claimed))
        by_key = {delivery.id: delivery for delivery in claimed}
        for outcome in ended:
            self._count_refusals(by_key[outcome.id], outcome)
        return ended

    def _next_handful(self, parcels: Sequence[Sequence[Parcelled]], each: float) -> int:
        """How many to take next: as many as one call takes where the last handful left by one."""
        if isinstance(self.sender, SendsTogether) and len(parcels) == 1 and len(parcels[0]) > 1:
            return self.sender.together
        return LARGE_HANDFUL if each < NO_TIME else HANDFUL

    def _parcels(self, letters: Sequence[tuple[Claimed, Message | Outcome]]) -> list[list[Parcelled]]:
        """What is handed over by one call each: one message, or copies of one letter."""
        messages = [(delivery, letter) for delivery, letter in letters if isinstance(letter, Message)]
        if not isinstance(self.sender, SendsTogether):
            return [[one] for one in messages]
        parcels: dict[Any, list[Parcelled]] = {}
        for delivery, message in messages:
            letter = self.sender.letter_of(message)
            parcels.setdefault(delivery.id if letter is None else letter, []).append((delivery, message))
        return list(parcels.values())

    def _handed_over(self, parcel: Sequence[Parcelled]) -> list[Outcome]:
        """Hand one parcel over, and give what happened to each message its name."""
        told: Sequence[str | NotSent | None]
        if len(parcel) > 1 and isinstance(self.sender, SendsTogether):
            told = self.sender.send_together([message for _delivery, message in parcel])
        else:
            told = [self._answer_to(parcel[0][1])]
        ended: list[Outcome] = []
        for (delivery, message), answer in zip(parcel, told, strict=True):
            outcome = _meaning(delivery, answer)
            if outcome.state in (DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN):
                self._sent.append((delivery, message))
            ended.append(outcome)
        return ended

    def _answer_to(self, message: Message) -> str | NotSent:
        try:
            return self.sender.send(message)
        except NotSent as failure:
            return failure

    def _count_refusals(self, delivery: Claimed, outcome: Outcome) -> None:
        if delivery.dispatch_id is None:
            return
        if outcome.state is DeliveryState.ACCEPTED:
            self._refused.pop(delivery.dispatch_id, None)
        elif outcome.state is DeliveryState.FAILED and outcome.dead_address is None:
            self._refused[delivery.dispatch_id] += 1


def _not_begun(delivery: Claimed) -> Outcome:
    return Outcome(delivery.id, DeliveryState.QUEUED, wait=0, is_tried=False)


def _meaning(delivery: Claimed, answer: str | NotSent | None) -> Outcome:
    if answer is None:
        return _not_begun(delivery)
    if isinstance(answer, NotSent):
        return outcomes.of_failure(
            answer, key=delivery.id, address_id=delivery.address_id, attempts=delivery.attempts
        )
    return Outcome(delivery.id, DeliveryState.ACCEPTED, provider_id=answer)


def _domain(delivery: Claimed) -> str:
    return delivery.email.rpartition("@")[2]


def _composed(claimed: Sequence[Claimed]) -> Iterator[tuple[Claimed, Message | Outcome]]:
    """Each delivery with its message, or with why there is none."""
    for kind, group in groupby(sorted(claimed, key=attrgetter("kind", "id")), key=attrgetter("kind")):
        handful = list(group)
        letters: list[Message | Suppressed | Exception]
        try:
            letters = list(composer(kind)(handful))
            if len(letters) != len(handful):
                raise ValueError(f"the composer of {kind} answered {len(letters)} of {len(handful)}")
        except Exception:
            # One of them cannot be written: the others can. Or the database went away, and is there again.
            db.session.rollback()
            letters = [_alone(delivery) for delivery in handful]
        for delivery, letter in zip(handful, letters, strict=True):
            yield delivery, _said(delivery, letter)


def _alone(delivery: Claimed) -> Message | Suppressed | Exception:
    """The one message, or what made it impossible."""
    try:
        [letter] = composer(delivery.kind)([delivery])
    except Exception as error:
        db.session.rollback()
        log.exception("a message could not be written", delivery=delivery.id, kind=delivery.kind)
        return error
    return letter


def _said(delivery: Claimed, letter: Message | Suppressed | Exception) -> Message | Outcome:
    match letter:
        case Message():
            return letter
        case Suppressed():
            return Outcome(delivery.id, DeliveryState.SUPPRESSED, letter.reason, is_tried=False)
        case OperationalError() if delivery.attempts < outcomes.TRIES:
            wait = outcomes.patience(delivery.attempts, longest=outcomes.LONGEST_WAIT)
            return Outcome(delivery.id, DeliveryState.QUEUED, DATABASE_AWAY, type(letter).__name__, wait=wait)
        case CrmError():
            return Outcome(delivery.id, DeliveryState.FAILED, letter.text, str(letter.facts or ""))
        case NoComposer():
            return Outcome(delivery.id, DeliveryState.FAILED, NOT_WRITTEN, f"{delivery.kind}: no composer")
        case _:
            return Outcome(delivery.id, DeliveryState.FAILED, NOT_WRITTEN, type(letter).__name__)
