"""The database session of the current request or command."""

from inspect import iscoroutinefunction

from flask import Flask
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy.engine import make_url

from models.database import prepare_engine

db = SQLAlchemy()


def init_database(app: Flask, url: str) -> None:
    """Bind ``db`` to the application. Called in each process after any fork: engines do not survive one."""
    # What people write stands in the parameters of a statement, and is no matter of the log. A server that was started
    # anew has forgotten its connections: asking before each use spares whoever comes first an error.
    is_server = make_url(url).get_backend_name() != "sqlite"
    engine = {"url": url, "hide_parameters": True, "pool_pre_ping": is_server}
    app.config["SQLALCHEMY_ENGINES"] = {"default": engine}
    db.init_app(app)
    # The library closes asyncio sessions after each request, in a thread that it starts for that. We open none.
    app.teardown_appcontext_funcs[:] = [
        close for close in app.teardown_appcontext_funcs if not iscoroutinefunction(close)
    ]
    with app.app_context():
        prepare_engine(db.engine)
