"""The features of the portal, each with its one blueprint."""

from importlib import import_module

from flask import Flask

FEATURES = (
    "web.health",
    "web.help",
    "web.home",
    "web.meetings",
    "web.pipeline",
    "web.relationships",
    "web.posts",
    "web.places",
    "web.partners",
    "web.better",
    "web.partnerships",
    "web.commitments",
    "web.outcomes",
    "web.outcomes.topics",
    "web.outcomes.heard_needs",
    "web.introductions",
    "web.introductions.answers",
    "web.search",
    "web.alerts",
    "web.organisations",
    "web.people",
    "web.units",
    "web.joining",
    "web.settings_page",
    "web.leaving",
    "web.approvals",
    "web.closing",
    "web.merging",
    "web.jobs",
    "web.trail",
    "web.follow_ups",
    "web.follow_ups.cadences",
    "web.digest",
)


def register_features(app: Flask) -> None:
    for name in FEATURES:
        app.register_blueprint(import_module(name).blueprint)
