"""What each job does, for an operator who wonders what stands still while it fails."""

from web.localisation import lazy_gettext as _

DOES = {
    "alerts": _("tells people of new posts that fit and of finds of their saved searches"),
    "counters.clear": _("forgets who tried to sign in too often, once the time is over"),
    "digest": _("plans the mail of the morning and of Mondays"),
    "introductions.expire": _("ends requests that nobody answered in time"),
    "mail.forget": _("empties mail that was sent three months ago"),
    "mail.send": _("sends the mail that is due"),
    "relationships.quiet": _("reminds owners of cards that fell silent"),
    "reminders.sweep": _("writes the reminders that are due"),
    "vectors.complete": _("makes what search and ranking lack (with PostgreSQL)"),
    "vectors.keep": _("takes changed posts into search and ranking (with PostgreSQL)"),
}
