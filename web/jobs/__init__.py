"""Mail and jobs: what runs behind the pages' backs, and the operator's page that shows it.

A feature registers a job of its own with ``web.jobs.registry.periodic``.
"""

from flask import Blueprint

blueprint = Blueprint("jobs", __name__)

# The views register themselves on the blueprint above, the jobs in the registry.
from web.jobs import housework, pages, vectors  # noqa: E402, F401
