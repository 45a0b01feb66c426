"""Work on many records or companies that a bad one does not stop: together, or each in a transaction of its own."""

import logging
from functools import partial

import psycopg2
from odoo.service.model import retrying

_logger = logging.getLogger(__name__)


def do_claimed(records, work, give_up):
    """Work on claimed records in one transaction; where that fails, one by one. Returns how many were seen.

    work: a function of records that returns how many were still ours; what it did is committed, a conflict is tried
    again. give_up: a function (record, error), called where one alone fails, after the rollback.
    """
    try:
        return retrying(partial(work, records), records.env)
    except Exception as error:
        _log(records, error)
        records.env.cr.rollback()
    seen = 0
    for record in records:
        try:
            seen += retrying(partial(work, record), records.env)
        except Exception as error:
            records.env.cr.rollback()
            retrying(partial(give_up, record, error), records.env)
    return seen


def do_now(records, work, give_up):
    """The same within the caller's transaction, who tries again where it meets a conflict. work returns nothing."""
    try:
        with records.env.cr.savepoint():
            work(records)
        return
    except psycopg2.OperationalError:
        raise
    except Exception as error:
        _log(records, error)
    for record in records:
        try:
            with records.env.cr.savepoint():
                work(record)
        except psycopg2.OperationalError:
            raise
        except Exception as error:
            give_up(record, error)


def do_each_live_company(env, work, failed):
    """What a scheduled action does for each company that is live, as far as its time goes.

    work: a function of a company; what it did is committed. failed: what the log says of a company whose work failed,
    with %s for its name.
    """
    # sudo: lends the right to find all companies: the schedule works for each of them.
    companies = env["res.company"].sudo().search([("cloud_billing_state", "!=", "setup")])
    progress = env["ir.cron"]._commit_progress
    progress(remaining=len(companies))
    for company in companies:
        try:
            retrying(partial(work, company), env)
        except Exception:
            env.cr.rollback()
            _logger.exception(failed, company.name)
        if not progress(1):
            break


def _log(records, error):
    _logger.info("%s records of %s go one by one: %s", len(records), records._name, error)
