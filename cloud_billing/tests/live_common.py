"""Every test in a live company in which protection holds: what CLOUD_BILLING_PROTECTED switches on.

What a test does with its own hands (a record it makes, a value it writes, a price it approves directly) is its stage,
and is let through as if it had been there before. What a way of ours or of Odoo does when a test calls it is refused as
it would be to people.
"""

import os
import sys
from unittest.mock import patch

from ..models.protection import agreed_writes

# Not the default, because most tests set their stage with one pair of hands; docs/control.md tells what a live company
# refuses.
ALL_LIVE = bool(os.environ.get("CLOUD_BILLING_PROTECTED"))

_COVERS, _TAKE_CREATION = agreed_writes.covers, agreed_writes.take_creation

_OWN_HANDS = {"create", "write", "unlink", "copy", "__set__", "new_test_user"}


def begin(case):
    """Take the company of a test live, and let what is protected be protected."""
    company = case.company
    # One person working alone has a stage of its own, which the class chose.
    if company.cloud_billing_state == "setup" and not case.stays_in_setup:
        case.set_company_state("live")
        type(case).chose_live = False
        for model in case.env.registry.values():
            if hasattr(model, "action_approve_directly") and not model._abstract:
                case.startPatcher(patch.object(model, "action_approve_directly", _approve_alone(case, model)))
    if not case.protects_fields:
        case.startPatcher(patch.object(agreed_writes, "covers", _covers))
        case.startPatcher(patch.object(agreed_writes, "take_creation", _take_creation))


def _covers(records, names):
    return _COVERS(records, names) or _is_by_hand()


def _take_creation(model, count):
    return _TAKE_CREATION(model, count) or _is_by_hand()


def _is_by_hand():
    """Whether the innermost frame of a test called the ORM itself, and not something that calls it."""
    frame, called = sys._getframe(2), ""
    while frame:
        name = frame.f_globals.get("__name__", "")
        if name.startswith("odoo.addons.") and ".tests." in name:
            return called in _OWN_HANDS
        frame, called = frame.f_back, frame.f_code.co_name
    return False


def _approve_alone(case, model):
    """What one pair of hands approves for the stage was approved while the company was being set up."""
    approve = model.action_approve_directly

    def set_up_alone(records):
        state = case.company.cloud_billing_state
        if state != "live" or case.chose_live:
            return approve(records)
        case.set_company_state("setup")
        try:
            return approve(records)
        finally:
            case.set_company_state(state)

    return set_up_alone
