"""Calls of several people at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from web import WebError


def at_once(*calls):
    """All of these functions at the same moment; returns what each raised, None where it went well."""
    start = Barrier(len(calls))

    def run(call):
        start.wait()
        try:
            call()
        except WebError as error:
            return str(error)
        return None

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
