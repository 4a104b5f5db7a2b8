"""Imports all that the application and the worker import when they start; see ``tests/processes.py``."""

from importlib import import_module

from web.features import FEATURES

for module in ("app", "web.worker", *FEATURES):
    import_module(module)
