"""The ``people`` commands: what somebody who runs the portal is asked for by law, for people who cannot do it alone."""

import json
from collections.abc import Callable

import click
from flask import Flask
from sqlalchemy import select

from models.base import utc_now
from models.database import begin_write
from models.person import Person
from web.database import db
from web.settings import StartError


def people_commands(make_app: Callable[[], Flask]) -> click.Group:
    """The group of commands; ``make_app`` is called by the command that is used."""

    @click.group("people")
    def group() -> None:
        """Give somebody their data, or close their account."""

    @group.command("data")
    @click.argument("email")
    def data(email: str) -> None:
        """Print what the portal keeps about the person with this EMAIL, as JSON.

        People find the same in their settings, but for guests of meetings, who have no account.

        \b
        Example:  python app.py people data ada@example.org > ada.json
        """
        with make_app().app_context():
            from web.leaving.belongings import belongings_of
            from web.leaving.guests import belongings_of_guest

            person = _person_or_guest(email)
            belongings = (
                belongings_of_guest(db.session, email)
                if person is None
                else belongings_of(db.session, person)
            )
            click.echo(json.dumps(belongings, ensure_ascii=False, indent=2))

    @group.command("close")
    @click.argument("email")
    @click.option("--keep-name", is_flag=True, help="Leave the name beside what the person did with others.")
    @click.option("--last-admin", is_flag=True, help="Even if an organisation is left without an admin.")
    @click.confirmation_option(prompt="This cannot be undone. Close the account?")
    def close(email: str, keep_name: bool, last_admin: bool) -> None:
        """Close the account of the person with this EMAIL and forget their address, now and in old mail.

        Posts, meetings and promises stay: they belong to the organisations. People can do the same in their
        settings. Of a guest of meetings, who has no account, address and name are forgotten.

        \b
        Example:  python app.py people close ada@example.org
        """
        app = make_app()
        # In a request, because the letters to the organisers of meetings hold links.
        with app.test_request_context(base_url=app.extensions["settings"].public_url):
            begin_write(db.session)
            person = _person_or_guest(email)
            if person is None:
                from web.leaving.guests import forget_guest

                forget_guest(db.session, email, keep_name, utc_now())
                done = f"The guest with the address {email} is forgotten."
            else:
                _close(person, email, keep_name, last_admin)
                done = f"The account of {email} is closed."
            db.session.commit()
        click.echo(done)

    return group


def _close(person: Person, email: str, keep_name: bool, last_admin: bool) -> None:
    """Close the account within the open write transaction. Raises StartError for whoever may not leave."""
    from web.leaving.closing import close_account, hold_leaver, is_last_operator, left_without_admin

    person = hold_leaver(db.session, person.id)
    if person.left_at is not None:
        raise StartError(f"The account of {email} is closed already.")
    if is_last_operator(db.session, person):
        raise StartError("Nobody else runs the portal. Use create-operator for somebody else first.")
    alone = [organisation.name for organisation in left_without_admin(db.session, person)]
    if alone and not last_admin:
        raise StartError(
            f"Nobody else is admin of {', '.join(alone)}. Let them name one first, or use --last-admin."
        )
    close_account(db.session, person, keep_name, None, utc_now())


def _person_or_guest(email: str) -> Person | None:
    """The person with this address; None for a guest without an account. Raises StartError if it is nobody's."""
    from web.leaving.guests import is_known_guest

    person = db.session.scalar(select(Person).where(Person.email == email.strip().lower()))
    if person is None and not is_known_guest(db.session, email):
        raise StartError(f"Nobody here has the address {email}.")
    return person
