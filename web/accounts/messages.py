"""What Flask-Security says, in our words. It translates them itself, from the portal's own catalogue."""


def _(text: str) -> str:
    """Marks a sentence for the translators."""
    return text


MESSAGES: dict[str, tuple[str, str]] = {
    "GENERIC_AUTHN_FAILED": (
        _("The e-mail address or the password is wrong. Check both, or choose a new password."),
        "error",
    ),
    "UNAUTHENTICATED": (_("Please sign in to see this page."), "info"),
    "REAUTHENTICATION_REQUIRED": (_("Please type your password once more before you change this."), "info"),
    "REAUTHENTICATION_SUCCESSFUL": (_("Thank you. Go on."), "success"),
    "CONFIRM_REGISTRATION": (
        _("We have sent a mail to %(email)s. Open the link in it to confirm your address, then sign in."),
        "success",
    ),
    "EMAIL_CONFIRMED": (_("Your e-mail address is confirmed. Please sign in."), "success"),
    "ALREADY_CONFIRMED": (_("This e-mail address is already confirmed. You can sign in."), "info"),
    "INVALID_CONFIRMATION_TOKEN": (_("This link does not work any more. Ask for a new one below."), "error"),
    "CONFIRMATION_REQUIRED": (
        _("Confirm your e-mail address first: open the link in our mail, or ask for a new one."),
        "error",
    ),
    "CONFIRMATION_REQUEST": (
        _("If an account with %(email)s waits for its confirmation, we have sent it a mail with a new link."),
        "info",
    ),
    "CONFIRMATION_EXPIRED": (_("This link worked for %(within)s only. Ask for a new one below."), "error"),
    "PASSWORD_RESET_REQUEST": (
        _("If there is an account with %(email)s, we have sent it a link to choose a new password."),
        "info",
    ),
    "PASSWORD_RESET_EXPIRED": (_("This link worked for %(within)s only. Ask for a new one below."), "error"),
    "INVALID_RESET_PASSWORD_TOKEN": (
        _("This link does not work any more. Ask for a new one below."),
        "error",
    ),
    "PASSWORD_RESET_NO_LOGIN": (_("Your new password is set. Please sign in with it."), "success"),
    "PASSWORD_CHANGE": (
        _("Your password is changed. Everywhere else you are signed out."),
        "success",
    ),
    "PASSWORD_IS_THE_SAME": (_("Choose a password other than your present one."), "error"),
    "PASSWORD_NOT_PROVIDED": (_("Enter the password."), "error"),
    "PASSWORD_INVALID_LENGTH": (_("Use at least %(length)s characters for the password."), "error"),
    "RETYPE_PASSWORD_MISMATCH": (_("The two passwords differ. Type the same one twice."), "error"),
    "INVALID_PASSWORD": (_("The password is wrong."), "error"),
    "DISABLED_ACCOUNT": (_("This account is switched off. Ask the people who run this portal."), "error"),
    "EMAIL_NOT_PROVIDED": (_("Enter the e-mail address."), "error"),
    "INVALID_EMAIL_ADDRESS": (_("Enter an e-mail address like name@example.org."), "error"),
    "CHANGE_EMAIL_SENT": (
        _("We have sent a mail to %(email)s. Open the link in it, and the new address counts."),
        "success",
    ),
    "CHANGE_EMAIL_CONFIRMED": (_("Your new e-mail address counts from now on."), "success"),
    "CHANGE_EMAIL_EXPIRED": (_("This link worked for %(within)s only. Ask for a new one below."), "error"),
    "API_ERROR": (_("This link does not work any more. Ask for a new one below."), "error"),
    "INVALID_REDIRECT": (_("We only lead you to pages of this portal."), "error"),
}

SUBJECTS: dict[str, str] = {
    "SECURITY_EMAIL_SUBJECT_REGISTER": _("Confirm your e-mail address for Counterpart"),
    "SECURITY_EMAIL_SUBJECT_CONFIRM": _("Confirm your e-mail address for Counterpart"),
    "SECURITY_EMAIL_SUBJECT_PASSWORD_NOTICE": _("Your password for Counterpart was changed"),
    "SECURITY_EMAIL_SUBJECT_PASSWORD_CHANGE_NOTICE": _("Your password for Counterpart was changed"),
    "SECURITY_EMAIL_SUBJECT_PASSWORD_RESET": _("Choose a new password for Counterpart"),
    "SECURITY_CHANGE_EMAIL_SUBJECT": _("Confirm your new e-mail address for Counterpart"),
}
