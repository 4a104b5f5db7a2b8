"""Periodic jobs, run as the worker runs them."""

from flask import Flask

from web.jobs.registry import Job, job_named
from web.jobs.running import run_now


def found_job(name: str) -> Job:
    job = job_named(name)
    assert job is not None, name
    return job


def run_jobs(app: Flask, *names: str) -> None:
    """Run these jobs one after the other, whether or not they are due; each must end well."""
    for name in names:
        ending = run_now(app, found_job(name))
        assert ending is not None, name
        assert ending.error == "", f"{name}: {ending.error}"
