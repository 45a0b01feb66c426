from odoo import fields, models


class CloudNextInvoiceMixin(models.AbstractModel):
    """For windows that change a subscription: the next invoice as it is and as it would be, before anybody confirms.

    The window has a `subscription_id`, and `_apply(now)` that does what its button would do.
    """

    _name = "cloud.next.invoice.mixin"
    _description = "Window That Shows the Next Invoice"

    # Html that our own template makes of escaped values; the sanitizer would take away the layout of the tables.
    html = fields.Html(string="Next Invoice", sanitize=False, readonly=True)

    # === ACTIONS === #

    def action_preview(self):
        """Show the next invoice beside what it would be with this change; nothing of it stays."""
        self.ensure_one()
        self.html = self._render_preview(fields.Datetime.now())
        return self._get_form_action()

    # === BUSINESS === #

    def _get_form_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self._get_window_title(),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def _leave(self, policy, now):
        """Close the window; after a refund, open the run with its credit note: it goes through review and approval."""
        refund = self.subscription_id._open_refund(now) if policy == "refund" else False
        return refund or {"type": "ir.actions.act_window_close"}

    # === HOOKS === #

    def _render_preview(self, now):
        """Return what the window shows as of an instant (naive UTC): the next invoice without and with the change."""
        subscription = self.subscription_id
        before = subscription._get_next_invoice(now)
        after = subscription._get_next_invoice(now, lambda: self._apply(now))
        return subscription._render_next_invoice(after, before)

    def _get_window_title(self):
        """Return the title of the window."""
        return self.env._("Change %(subscription)s", subscription=self.subscription_id.name)

    def _apply(self, now):
        """Do what the window's button does, at an instant (naive UTC); raise what stands in the way.

        Return None, or the subscriptions whose next invoice belongs beside that of `subscription_id`.
        """
        raise NotImplementedError
