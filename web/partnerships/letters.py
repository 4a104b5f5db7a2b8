"""Mail about partnerships: proposed, answered, asked to grow, closed, and the letter of expectations."""

from flask_babel.speaklater import LazyString

from models.partnership import ExpectationLetter, Partnership
from models.partnership_people import people_to_tell
from models.person import Person
from models.side import Side
from web.database import db
from web.letters import public_url, write_letter
from web.localisation import lazy_gettext as _
from web.partnerships.words import purpose_sentence
from web.sides import side_name


def tell_other_side(
    partnership: Partnership, side: Side, by: Person, event_id: int, news: LazyString, text: str = ""
) -> None:
    """Write ``news`` (a sentence without its author) to the people of the other side than ``side``, once for each
    event.
    """
    for recipient in people_to_tell(db.session, partnership, side.other):
        if recipient.id == by.id:
            continue
        write_letter(
            kind="partnership.news",
            record=partnership,
            recipient=recipient,
            subject=_("%(side)s: %(news)s", side=side_name(partnership, side), news=news),
            template="partnerships/mail/news.txt",
            values={
                "by": by,
                "side": side_name(partnership, side),
                "news": news,
                "text": text,
                "purpose": purpose_sentence,
                "partnership": partnership,
                "link": public_url("partnerships.show", {"partnership_id": partnership.id}),
            },
            occurrence=f"event {event_id}",
        )


def send_expectations(letter: ExpectationLetter, by: Person) -> None:
    """Send the letter to the people of the other side."""
    partnership = letter.partnership
    for recipient in people_to_tell(db.session, partnership, letter.side.other):
        if recipient.id == by.id:
            continue
        write_letter(
            kind="partnership.expectations",
            record=letter,
            recipient=recipient,
            subject=_("What %(side)s expects of our partnership", side=side_name(partnership, letter.side)),
            template="partnerships/mail/expectations.txt",
            values={
                "by": by,
                "side": side_name(partnership, letter.side),
                "letter": letter,
                "link": public_url("partnerships.expectations", {"partnership_id": partnership.id}),
            },
            occurrence="sent",
        )
