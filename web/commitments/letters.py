"""Mail about commitments: every move is told to the other side, once."""

from flask_babel.speaklater import LazyString

from models.commitment import Commitment, CommitmentMove, Move
from models.commitment_standing import Standing
from models.partnership_people import people_to_tell, workers_of
from models.person import Person
from models.side import Side
from web.commitments.words import MOVES, what_next
from web.database import db
from web.labels import day_words
from web.letters import public_url, write_letter
from web.localisation import lazy_gettext as _
from web.sides import side_name


def tell_move(commitment: Commitment, move: CommitmentMove, standing: Standing) -> None:
    """Write to those of the other side who have to do with this promise."""
    partnership = commitment.partnership
    done = _done_words(move, standing)
    for recipient in concerned(commitment, standing, move.side.other):
        if recipient.id == move.person_id:
            continue
        write_letter(
            kind="commitment.moved",
            record=commitment,
            recipient=recipient,
            subject=_(
                "%(side)s %(done)s: %(what)s",
                side=side_name(partnership, move.side),
                done=done,
                what=standing.terms.what,
            ),
            template="commitments/mail/moved.txt",
            values={
                "move": move,
                "done": done,
                "next": what_next(standing, move.side.other),
                "side": side_name(partnership, move.side),
                "performer": side_name(partnership, standing.performer),
                "terms": standing.asked_terms or standing.terms,
                "day_words": day_words,
                "link": public_url("commitments.show", {"commitment_id": commitment.id}),
            },
            occurrence=f"move {move.number}",
        )


def _done_words(move: CommitmentMove, standing: Standing) -> LazyString:
    """What the mover did, as it stands after their name. Who reads of a new one has to see who would owe it."""
    if move.move is not Move.SEND:
        return MOVES[move.move].done
    return _("offers you something") if standing.performer is move.side else _("asks you for something")


def concerned(commitment: Commitment, standing: Standing, side: Side) -> list[Person]:
    """Who of this side has to do with the promise: whoever does it, or made its moves; before that, whoever looks
    after the partnership.
    """
    acted = {move.person_id for move in commitment.moves if move.side is side and move.move is not Move.DRAFT}
    if standing.performer is side and standing.responsible_id is not None:
        acted.add(standing.responsible_id)
    working = workers_of(db.session, commitment.partnership, side)
    return [person for person in working if person.id in acted] or people_to_tell(
        db.session, commitment.partnership, side
    )
