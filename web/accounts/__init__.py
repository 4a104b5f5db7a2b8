"""Accounts: how a person signs in. Flask-Security does the work; the person lives in ``models``."""
