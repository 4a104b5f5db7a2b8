"""Whether reminders survive: the worker is killed at random moments while it sends, and the mail server goes away.

Real worker processes, a real database file and a real mail server on loopback. Three runs: with SIGKILLs and a mail
server that is away for a while; the same without; and two sweeps and two senders at once, without any claim between
them. The claim of a job and the lease of a mail are seconds here, not minutes, so that what a killed worker held is
taken over within the measurement; the kill comes as often in either.
Run: ``python -m tests.benchmarks.bench_outbox [reminders] [kills]``
"""

import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

import web.worker
from app import create_app
from matching.encoder import HashEncoder
from models.base import Base, utc_now
from models.database import begin_write, prepare_engine
from models.outbox import MailState, OutboxMail
from models.passage import EncoderRecord, EncoderState
from models.person import Person
from models.reminder import Reminder, ReminderState, remind
from tests.conftest import settings_for
from tests.letter_box import OwnPortController
from tests.processes import forking
from web.database import db
from web.jobs import running
from web.letters import Letter
from web.mail import send_due_mail
from web.reminders import reminds, sweep_reminders
from web.settings import MailSettings, Settings
from web.worker import SweepScheduler, run_worker

KIND = "bench.note"
LEASE = timedelta(seconds=5)
CLAIM = timedelta(seconds=2)
SWEEP_SECONDS = 1
# How long the server takes for a mail, so that many kills come in the middle of one.
SECONDS_A_MAIL = 0.01
LONGEST_LIFE_WITHOUT_MAIL = 6.0
LONGEST_MORE_LIFE = 0.4
PEOPLE = 50
PATIENCE_SECONDS = 300


@reminds(KIND)
def say(_session: Session, reminder: Reminder) -> Letter:
    return Letter(f"Note {reminder.record_id}", "mail/bench.txt", {})


class Sink:
    """Keeps (subject, Message-ID, life) of each mail; ``life`` is the number of the worker that runs at that moment."""

    def __init__(self) -> None:
        self.arrived: list[tuple[str, str, int]] = []
        self.life = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name.
        head = envelope.content.decode("utf-8", "replace").split("\r\n\r\n")[0].splitlines()
        headers = dict(line.split(": ", 1) for line in head if ": " in line)
        self.arrived.append((headers["Subject"], headers["Message-ID"], self.life))
        await asyncio.sleep(SECONDS_A_MAIL)
        return "250 OK"


@dataclass(frozen=True)
class Result:
    """``repeats_of_one_kill`` is the most that any one worker left behind; ``other_ids`` are repeats under another
    Message-ID than the first.
    """

    run: str
    reminders: int
    kills: int
    lost: int
    repeats: int
    repeats_of_one_kill: int
    other_ids: int
    unsettled: int
    seconds: float


def make_app(settings: Settings) -> Flask:
    app = create_app(settings, load_encoder=HashEncoder)
    own = DictLoader({"mail/bench.txt": "Hello {{ recipient.name }},\n\na note of {{ recipient.zone }}.\n"})
    assert app.jinja_env.loader is not None
    app.jinja_env.loader = ChoiceLoader([own, app.jinja_env.loader])
    return app


def work(settings: Settings) -> None:
    """The worker as ``app.py worker`` runs it, with shorter claims and looks."""
    running.CLAIM = CLAIM
    web.worker.SWEEP_SECONDS = SWEEP_SECONDS
    web.worker.LONGEST_NAP_SECONDS = 0.1
    SweepScheduler.periodic_task_seconds = SWEEP_SECONDS
    run_worker(partial(make_app, settings), _never)


def _never(_settings: Settings) -> None:
    raise AssertionError("the encoder has not changed")


def sweep_and_send(settings: Settings) -> None:
    """Both at once, beside another process that does the same; no job's claim keeps the two apart."""
    with make_app(settings).test_request_context():
        sweep_reminders(db.session, utc_now())
        send_due_mail(db.session)


def prepare(folder: Path, port: int, reminders: int) -> Settings:
    """A database with so many due reminders of a few people."""
    url = f"sqlite:///{folder / 'counterpart.sqlite3'}"
    mail = MailSettings("127.0.0.1", port, None, None, False, "Counterpart <post@counterpart.example>", LEASE)
    settings = replace(settings_for(url, folder), mail=mail)
    # Making the application names every feature's tables.
    make_app(settings)
    engine = create_engine(url)
    prepare_engine(engine)
    with engine.connect().execution_options(writing=True) as connection:
        Base.metadata.create_all(connection)
        connection.commit()
    with Session(engine) as session:
        begin_write(session)
        name = settings.encoder_name
        session.add(EncoderRecord(key=name, name=name, dimensions=64, state=EncoderState.ACTIVE))
        people = [Person(name=f"Person {n}", email=f"person{n}@alba.example") for n in range(PEOPLE)]
        session.add_all(people)
        session.flush()
        for number in range(reminders):
            remind(session, KIND, number, people[number % PEOPLE].id, utc_now(), "1")
        session.commit()
    engine.dispose()
    return settings


def measure_kills(folder: Path, reminders: int, kills: int, is_away_for: int, seed: int = 1) -> Result:
    """Kill the worker so often, the mail server being away for ``is_away_for`` of its lives; then let one finish."""
    draw = random.Random(seed)
    started = time.monotonic()
    sink = Sink()
    server: Controller = OwnPortController(sink, hostname="127.0.0.1", port=0)
    server.start()
    port = server.port
    settings = prepare(folder, port, reminders)
    away = range(kills // 3, kills // 3 + is_away_for)
    for life in range(kills):
        if is_away_for and life == away.start:
            server.stop()
        if is_away_for and life == away.stop:
            server = Controller(sink, hostname="127.0.0.1", port=port)
            server.start()
        sink.life = life
        worker = _start(work, settings)
        _wait(_more_than(sink, len(sink.arrived)), LONGEST_LIFE_WITHOUT_MAIL)
        time.sleep(draw.uniform(0, LONGEST_MORE_LIFE))
        assert worker.is_alive(), "it ended by itself"
        worker.kill()
        worker.join()
    sink.life = kills
    worker = _start(work, settings)
    _wait(partial(_is_settled, settings), PATIENCE_SECONDS)
    worker.terminate()
    worker.join()
    server.stop()
    name = "with kills" if kills else "without kills"
    return _result(name, settings, sink, reminders, kills, time.monotonic() - started)


def measure_two_at_once(folder: Path, reminders: int) -> Result:
    """Two processes that sweep and send the same rows at the same time."""
    started = time.monotonic()
    sink = Sink()
    server = OwnPortController(sink, hostname="127.0.0.1", port=0)
    server.start()
    settings = prepare(folder, server.port, reminders)
    sweepers = [_start(sweep_and_send, settings) for _ in range(2)]
    for sweeper in sweepers:
        sweeper.join()
        assert sweeper.exitcode == 0
    server.stop()
    return _result("two at once", settings, sink, reminders, 0, time.monotonic() - started)


def _start(task: Callable[[Settings], None], settings: Settings) -> BaseProcess:
    process = forking.Process(target=task, args=(settings,))
    process.start()
    return process


def _wait(is_over: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not is_over():
        time.sleep(0.02)


def _more_than(sink: Sink, count: int) -> Callable[[], bool]:
    return lambda: len(sink.arrived) > count


def _is_settled(settings: Settings) -> bool:
    time.sleep(0.5)
    return _unsettled(settings) == 0


def _unsettled(settings: Settings) -> int:
    """Reminders and mails that still wait."""
    engine = create_engine(settings.database_url)
    with Session(engine) as session:
        waiting = select(Reminder.id).where(Reminder.state == ReminderState.WAITING)
        queued = select(OutboxMail.id).where(OutboxMail.state != MailState.SENT)
        count = len(session.scalars(waiting).all()) + len(session.scalars(queued).all())
    engine.dispose()
    return count


def _result(run: str, settings: Settings, sink: Sink, reminders: int, kills: int, seconds: float) -> Result:
    expected = {f"Note {number}" for number in range(reminders)}
    first: dict[str, tuple[str, int]] = {}
    left_behind: Counter[int] = Counter()
    other_ids = 0
    for subject, message_id, life in sink.arrived:
        if subject not in first:
            first[subject] = (message_id, life)
            continue
        left_behind[first[subject][1]] += 1
        other_ids += message_id != first[subject][0]
        # A third arrival is the fault of the worker that sent it the second time.
        first[subject] = (first[subject][0], life)
    return Result(
        run,
        reminders,
        kills,
        lost=len(expected - first.keys()),
        repeats=left_behind.total(),
        repeats_of_one_kill=max(left_behind.values(), default=0),
        other_ids=other_ids,
        unsettled=_unsettled(settings),
        seconds=round(seconds, 1),
    )


def main() -> None:
    reminders = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    runs: list[Callable[[Path], Result]] = [
        lambda folder: measure_kills(folder, reminders, kills, is_away_for=max(1, kills // 12)),
        lambda folder: measure_kills(folder, reminders, 0, is_away_for=0),
        lambda folder: measure_two_at_once(folder, reminders),
    ]
    results = []
    print(
        f"{'run':<14}{'reminders':>10}{'kills':>7}{'lost':>6}{'repeats':>9}{'per kill':>10}{'other id':>10}{'s':>8}"
    )
    for measure in runs:
        with tempfile.TemporaryDirectory(prefix="counterpart-outbox-") as name:
            result = measure(Path(name))
        results.append(asdict(result))
        print(
            f"{result.run:<14}{result.reminders:>10}{result.kills:>7}{result.lost:>6}{result.repeats:>9}"
            f"{result.repeats_of_one_kill:>10}{result.other_ids:>10}{result.seconds:>8}",
            flush=True,
        )
    print(json.dumps(results))


if __name__ == "__main__":
    main()
