from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class CloudSubscription(models.Model):
    _inherit = "cloud.subscription"

    former_key = fields.Char(
        string="Key in the Former System", readonly=True, copy=False, help="By it a file finds the subscription again."
    )
    billed_from = fields.Date(
        string="Billed Here From",
        readonly=True,
        copy=False,
        help="Days before it were billed by the former system. Empty: from its start.",
    )
    opening_ids = fields.One2many("cloud.opening", "subscription_id", string="Opening Facts", copy=False)

    _former_key_uniq = models.UniqueIndex(
        "(company_id, former_key) WHERE former_key IS NOT NULL", "A subscription with this key was imported already."
    )

    # === CRUD === #

    def write(self, vals):
        end = fields.Date.to_date(vals.get("date_end"))
        if end:
            self._check_end_not_elsewhere(end)
        return super().write(vals)

    def _check_end_not_elsewhere(self, date_end):
        """Refuse an end within days that another system billed: it gives its money back itself."""
        elsewhere = self.line_ids._get_billed_elsewhere()
        problems = [
            self.env._(
                "%(subscription)s was billed by the former system up to %(day)s. End it on that day or later; what was"
                " billed for days after the end is given back by the former system.",
                subscription=subscription.name,
                day=format_date(self.env, until),
            )
            for subscription in self
            if (until := max((elsewhere[one] for one in subscription.line_ids.ids if one in elsewhere), default=None))
            and date_end < until
        ]
        if problems:
            raise UserError("\n".join(problems))

    # === BUSINESS === #

    def _set_billed_from(self, openings):
        """Say from which day on we make periods: the first one on which a line is ours to bill."""
        through = {opening.line_id.id: opening.billed_through for opening in openings}
        for subscription in self:
            days = []
            for line in subscription.line_ids.filtered(lambda line: line.billing_model != "instalment"):
                start, end = line._get_interval()
                first = max(start, through.get(line.id, start))
                is_done = line.billing_model == "one_time" and first > start
                if not is_done and (end is None or first < end):
                    days.append(first)
            last = max((through[line.id] for line in subscription.line_ids if line.id in through), default=None)
            day = min(days, default=last)
            # sudo: it is a fact of the cutover, which no role writes.
            subscription.sudo().billed_from = day if day and day > subscription.date_start else False

    def _get_charged_problems(self):
        """Why a cutover cannot be taken back, as sentences: what we have billed, or are billing, counts on it."""
        # sudo: what was charged decides, also for people who may not see charges.
        charges = (
            self.env["cloud.charge"]
            .sudo()
            ._read_group(
                [("subscription_id", "in", self.ids), ("is_live", "=", True), ("is_opening", "=", False)],
                ["subscription_id"],
                ["__count"],
            )
        )
        return [
            self.env._(
                "%(subscription)s has %(count)s charges of ours on top of what the former system billed. Cancel the"
                " runs they are in, or credit their invoices so that they can be billed again; then undo.",
                subscription=subscription.name,
                count=count,
            )
            for subscription, count in charges
        ]
