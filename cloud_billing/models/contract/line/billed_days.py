"""Refusals of what reaches into charged days, with a button to the window that asks what becomes of those days."""

from odoo.exceptions import RedirectWarning, UserError

from ....engine.schedule import RUNNING

_WINDOWS = {
    "change": "cloud_billing.cloud_subscription_action_ask_change",
    "end": "cloud_billing.cloud_subscription_action_ask_end",
    "pause": "cloud_billing.cloud_subscription_action_ask_pause",
}


def refuse_billed_days(subscription, sentences, window):
    """Raise what is refused, with a button to a window of the subscription: "change", "end" or "pause".

    Without the button where it leads nowhere: what does not run has no such window, and rows of a file that is
    imported are shown as sentences only.
    """
    text = "\n".join(sentences)
    if subscription.state not in RUNNING or subscription.env.context.get("import_file"):
        raise UserError(text)
    labels = {
        "change": subscription.env._("Change %(subscription)s", subscription=subscription.name),
        "end": subscription.env._("End %(subscription)s", subscription=subscription.name),
        "pause": subscription.env._("Pause %(subscription)s", subscription=subscription.name),
    }
    raise RedirectWarning(
        text,
        subscription.env.ref(_WINDOWS[window]).id,
        labels[window],
        {"active_model": subscription._name, "active_id": subscription.id, "active_ids": subscription.ids},
    )
