"""Processes of their own for the tests that kill some or let two write at once."""

from multiprocessing import get_context

# Forked from a process that does nothing but import the house, which would take each of them seconds: so it holds
# neither engine nor thread, and nobody inherits anything of the test. What cannot be imported there is imported later.
forking = get_context("forkserver")
forking.set_forkserver_preload(["tests.imported_house"])
