"""The way to the mail server: the library's, but whoever answers has to show that it is the server that was meant."""

import smtplib
import ssl

from flask_mailman.backends.smtp import EmailBackend


class CheckedSMTP(smtplib.SMTP):
    """Left to itself, the standard library would encrypt for whoever answers, the password included."""

    def starttls(  # type: ignore[override] # Files of keys are not used here.
        self, *, context: ssl.SSLContext | None = None
    ) -> tuple[int, bytes]:
        return super().starttls(context=context or ssl.create_default_context())


class MailServer(EmailBackend):
    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return smtplib.SMTP_SSL if self.use_ssl else CheckedSMTP
