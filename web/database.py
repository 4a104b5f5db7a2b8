"""The database session of the current request or command."""

from inspect import iscoroutinefunction

from flask import Flask
from flask_sqlalchemy_lite import SQLAlchemy

from models.database import prepare_engine

db = SQLAlchemy()


def init_database(app: Flask, url: str) -> None:
    """Bind ``db`` to the application. Called in each process after any fork: engines do not survive one."""
    app.config["SQLALCHEMY_ENGINES"] = {"default": {"url": url}}
    db.init_app(app)
    # The library closes asyncio sessions after each request, in a thread that it starts for that. We open none.
    app.teardown_appcontext_funcs[:] = [
        close for close in app.teardown_appcontext_funcs if not iscoroutinefunction(close)
    ]
    with app.app_context():
        prepare_engine(db.engine)
