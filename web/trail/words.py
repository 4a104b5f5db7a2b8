"""What each audited action is called, by kinds that a reader looks for. The words follow who did it."""

from dataclasses import dataclass

from flask_babel.speaklater import LazyString

from web.localisation import lazy_gettext as _


@dataclass(frozen=True)
class Kind:
    """Actions of one kind; ``words`` by the code that ``models.audit.note_action`` was given."""

    label: LazyString
    words: dict[str, LazyString]


KINDS: dict[str, Kind] = {
    "organisations": Kind(
        _("Organisations and units"),
        {
            "organisation.tell": _("registered an organisation"),
            "organisation.load": _("added an organisation from files"),
            "organisation.decide": _("decided about an organisation"),
            "organisation.edit": _("changed the profile"),
            "unit.add": _("added a unit"),
            "unit.edit": _("changed a unit"),
            "unit.close": _("closed a unit"),
        },
    ),
    "people": Kind(
        _("People and roles"),
        {
            "membership.request": _("asked to join"),
            "membership.withdraw": _("took back the wish to join"),
            "membership.approve": _("let somebody join"),
            "membership.refuse": _("did not let somebody join"),
            "membership.place": _("changed a role"),
            "membership.add": _("gave another role"),
            "membership.end": _("ended a role"),
            "operator.create": _("made an operator"),
            "person.close": _("closed an account"),
        },
    ),
    "posts": Kind(
        _("Posts"),
        {
            "post.draft": _("drafted a post"),
            "post.edit": _("changed a post"),
            "post.publish": _("published a post"),
            "post.withdraw": _("withdrew a post"),
            "post.moderate": _("withdrew a post as operator"),
            "post.import": _("imported a post"),
            "post.import_change": _("changed a post by import"),
        },
    ),
    "introductions": Kind(
        _("Requests to meet"),
        {
            "introduction.ask": _("asked for a meeting"),
            "introduction.accept": _("accepted a request to meet"),
            "introduction.propose": _("proposed other times"),
            "introduction.decline": _("declined a request to meet"),
            "introduction.withdraw": _("withdrew a request to meet"),
            "introduction.message": _("wrote a message"),
            "introduction.expire": _("ended a request that nobody answered"),
            "answer_link.add": _("let a guest answer"),
            "answer_link.revoke": _("ended the link of a guest"),
            "answer_link.accept": _("accepted a request to meet by a link"),
            "answer_link.propose": _("proposed other times by a link"),
            "answer_link.decline": _("declined a request to meet by a link"),
            "dismissal.add": _("put a suggestion aside"),
            "dismissal.undo": _("took a suggestion back"),
        },
    ),
    "meetings": Kind(
        _("Meetings"),
        {
            "meeting.schedule": _("scheduled a meeting"),
            "meeting.move": _("moved a meeting"),
            "meeting.change_place": _("changed the place of a meeting"),
            "meeting.bring": _("invited somebody to a meeting"),
            "meeting.cancel": _("cancelled a meeting"),
            "meeting.accepted": _("comes to a meeting"),
            "meeting.declined": _("does not come to a meeting"),
            "calendar.renew": _("made a calendar address"),
            "calendar.revoke": _("ended a calendar address"),
        },
    ),
    "outcomes": Kind(
        _("Outcomes"),
        {
            "outcome.log": _("told what came of a meeting"),
            "outcome.change": _("changed what came of a meeting"),
            "outcome.take_back": _("took back what came of a meeting"),
            "summary.propose": _("wrote a shared summary"),
            "summary.confirm": _("confirmed a shared summary"),
            "heard_need.add": _("noted a need that was heard"),
            "heard_need.edit": _("changed a need that was heard"),
            "heard_need.remove": _("removed a need that was heard"),
            "heard_need.answer": _("answered about a need that was heard"),
            "topic.remove": _("removed a topic"),
        },
    ),
    "follow_ups": Kind(
        _("Follow-ups"),
        {
            "follow_up.new": _("planned a follow-up"),
            "follow_up.edit": _("changed a follow-up"),
            "follow_up.write": _("wrote to a partner"),
            "follow_up.done": _("did a follow-up"),
            "follow_up.postpone": _("postponed a follow-up"),
            "follow_up.drop": _("dropped a follow-up"),
            "follow_up.undo": _("opened a follow-up again"),
            "cadence.new": _("added a rhythm of follow-ups"),
            "cadence.edit": _("changed a rhythm of follow-ups"),
            "cadence.default": _("chose the usual rhythm of follow-ups"),
            "cadence.retire": _("retired a rhythm of follow-ups"),
        },
    ),
    "pipeline": Kind(
        _("Pipeline and contacts"),
        {
            "pipeline.keep": _("put a partner into the pipeline"),
            "pipeline.move": _("moved a card"),
            "pipeline.undo": _("took a move back"),
            "pipeline.bulk_move": _("moved several cards"),
            "pipeline.bulk_owner": _("gave several cards an owner"),
            "pipeline.bulk_follow_up": _("planned a follow-up for several cards"),
            "pipeline.bulk_close": _("closed several cards"),
            "relationship.add_person": _("added somebody who works on a partner"),
            "relationship.remove_person": _("removed somebody who worked on a partner"),
            "relationship.contact": _("noted a contact"),
            "relationship.note": _("wrote a note"),
            "relationship.edit": _("changed a card"),
            "relationship.close": _("closed a card"),
        },
    ),
    "partnerships": Kind(
        _("Partnerships and promises"),
        {
            "partnership.propose": _("proposed a partnership"),
            "partnership.confirm": _("confirmed a partnership"),
            "partnership.decline": _("declined a partnership"),
            "partnership.withdraw": _("withdrew a proposed partnership"),
            "partnership.stage": _("changed the stage of a partnership"),
            "partnership.growth_ask": _("asked to go on after the pilot"),
            "partnership.growth_agree": _("agreed to go on after the pilot"),
            "partnership.growth_refuse": _("did not agree to go on after the pilot"),
            "partnership.close": _("closed a partnership"),
            "counterpart.add": _("named somebody for a partnership"),
            "counterpart.edit": _("changed somebody's part in a partnership"),
            "counterpart.end": _("ended somebody's part in a partnership"),
            "expectation.save": _("drafted a letter of expectations"),
            "expectation.send": _("sent a letter of expectations"),
            "commitment.draft": _("drafted a promise"),
            "commitment.send": _("sent a promise"),
            "commitment.promise": _("promised"),
            "commitment.counter": _("proposed other terms of a promise"),
            "commitment.accept": _("accepted the terms of a promise"),
            "commitment.decline": _("declined a promise"),
            "commitment.defer": _("put off the answer about a promise"),
            "commitment.withdraw": _("withdrew a promise"),
            "commitment.condition_met": _("said that the condition of a promise is met"),
            "commitment.deliver": _("delivered a promise"),
            "commitment.ask_change": _("asked to change a promise"),
            "commitment.agree_change": _("agreed to change a promise"),
            "commitment.refuse_change": _("refused to change a promise"),
            "commitment.revoke": _("revoked a promise"),
            "commitment.release": _("released the other side from a promise"),
            "commitment.satisfied": _("confirmed that a promise is kept"),
            "commitment.not_satisfied": _("said what is missing of a promise"),
            "commitment.mark_broken": _("marked a promise as broken"),
            "commitment.dispute": _("disputed a promise"),
            "commitment.end_dispute": _("ended a dispute"),
            "commitment.propose_settlement": _("proposed how to settle a dispute"),
            "commitment.accept_settlement": _("accepted how to settle a dispute"),
        },
    ),
    "accounts": Kind(
        _("Accounts and settings"),
        {
            "account.register": _("registered"),
            "account.confirm": _("confirmed their address"),
            "account.change_password": _("changed their password"),
            "account.reset_password": _("set a new password by a link"),
            "account.change_email": _("changed their address"),
            "account.sign_out_everywhere": _("signed out everywhere"),
            "person.edit": _("changed their settings"),
            "person.stop_digest": _("stopped the daily mail"),
            "alert_setting.change": _("changed their alerts"),
            "alert_setting.stop": _("stopped their alerts"),
            "saved_search.add": _("saved a search"),
            "saved_search.edit": _("changed a saved search"),
            "saved_search.delete": _("deleted a saved search"),
            "saved_search.undo": _("brought a saved search back"),
            "saved_search.stop": _("stopped the mail of a saved search"),
            "pipeline_view.save": _("saved a view"),
            "pipeline_view.default": _("chose the first view"),
            "pipeline_view.delete": _("deleted a view"),
            "pipeline_view.restore": _("brought a view back"),
        },
    ),
    "platform": Kind(
        _("Platform"),
        {
            "mail.retry": _("tried a mail again"),
            "apply_learned_weights": _("let the ranking learn from use"),
            "take_back_learned_weights": _("took back what the ranking had learned"),
        },
    ),
}
WORDS: dict[str, LazyString] = {code: words for kind in KINDS.values() for code, words in kind.words.items()}
