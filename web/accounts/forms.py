"""Flask-Security's forms with our labels, hints and limits."""

from typing import Any

from flask_security.change_email import ChangeEmailForm as BaseChangeEmailForm
from flask_security.forms import (
    ChangePasswordForm as BaseChangePasswordForm,
)
from flask_security.forms import (
    ForgotPasswordForm as BaseForgotPasswordForm,
)
from flask_security.forms import (
    LoginForm as BaseLoginForm,
)
from flask_security.forms import (
    RegisterFormV2,
)
from flask_security.forms import (
    ResetPasswordForm as BaseResetPasswordForm,
)
from flask_security.forms import (
    SendConfirmationForm as BaseSendConfirmationForm,
)
from flask_security.forms import (
    VerifyForm as BaseVerifyForm,
)
from wtforms import Form, StringField
from wtforms.validators import DataRequired, Length

from web.form_text import one_line, stripped
from web.localisation import lazy_gettext as _

NAME_LIMIT = 120
LABELS = {
    "email": _("E-mail address"),
    "password": _("Password"),
    "password_confirm": _("Type the password again"),
    "new_password": _("New password"),
    "new_password_confirm": _("Type the new password again"),
    "remember": _("Keep me signed in on this device"),
}


def _label(form: Form) -> None:
    for name, label in LABELS.items():
        if name in form:
            form[name].label.text = str(label)
            form[name].description = ""


class LoginForm(BaseLoginForm):
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        _label(self)

    def validate(self, **named: Any) -> bool:
        """Whoever typed the right password may know what else stands in the way."""
        is_valid: bool = super().validate(**named)
        if self.user_authenticated:
            self.form_errors.extend(self.email.errors)
            self.email.errors = []
        return is_valid


class RegisterForm(RegisterFormV2):
    name = StringField(
        _("Your name"),
        filters=[stripped],
        validators=[
            DataRequired(_("Enter your name.")),
            Length(max=NAME_LIMIT, message=_("A name can have up to %(max)d characters.")),
            one_line,
        ],
    )

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        _label(self)

    def to_dict(self, only_user: bool) -> dict[str, Any]:
        """What the library hands to ``create_user``: the name belongs to the person, so it is added."""
        fields: dict[str, Any] = super().to_dict(only_user)
        fields["name"] = self.name.data
        return fields


class ForgotPasswordForm(BaseForgotPasswordForm):
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        _label(self)


class ResetPasswordForm(BaseResetPasswordForm):
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        _label(self)


class ChangePasswordForm(BaseChangePasswordForm):
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        _label(self)
        self.password.label.text = str(_("Your present password"))


class SendConfirmationForm(BaseSendConfirmationForm):
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        _label(self)


class ChangeEmailForm(BaseChangeEmailForm):
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.email.label.text = str(_("New e-mail address"))


class VerifyForm(BaseVerifyForm):
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        _label(self)
