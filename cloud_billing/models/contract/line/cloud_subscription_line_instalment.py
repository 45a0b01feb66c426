from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ....engine.numbers import exact, parse_decimal, round_to, trim
from ....engine.schedule import Instalment, InstalmentError, check_instalments, from_units, to_units
from ....fields import DecimalField, get_changed
from .instalment_messages import get_instalment_sentence

_ZERO = Decimal(0)


@dataclass(frozen=True)
class PlannedPart:
    """One part as somebody wants it. amount: in the currency of the bills. kind: part or down."""

    date_due: date
    amount: Decimal
    kind: str = "part"


class CloudSubscriptionLine(models.Model):
    """A line that is paid in instalments: its sum, its parts, and what was agreed of them later."""

    _inherit = "cloud.subscription.line"

    instalment_ids = fields.One2many("cloud.instalment", "line_id", string="Instalments", copy=False)
    instalment_total = DecimalField(
        string="Agreed Sum",
        readonly=True,
        copy=False,
        help="What the instalments are together, in the currency of the bills. Empty: there is no plan yet.",
    )
    instalment_count = fields.Integer(
        string="Number of Instalments",
        compute="_compute_instalment_count",
        help="The highest number, so that parts billed by another system before are counted.",
    )

    # === COMPUTE === #

    @api.depends("instalment_ids.number", "instalment_ids.kind")
    def _compute_instalment_count(self):
        for line in self:
            parts = line.instalment_ids.filtered(lambda part: part.kind == "part")
            line.instalment_count = max(parts.mapped("number"), default=0)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            # The sum is what the plan says; a value by itself would have no parts.
            vals.pop("instalment_total", None)
        return super().create(vals_list)

    def write(self, vals):
        if "instalment_total" in vals and not self.env.su:
            raise UserError(self.env._("The sum of instalments is agreed with their plan. Change the plan instead."))
        self._check_fixed_once_planned(vals)
        return super().write(vals)

    def _check_fixed_once_planned(self, vals):
        """Refuse another product or quantity beside a sum that was agreed for the present ones."""
        for line in self.filtered("instalment_ids"):
            if get_changed(line, vals, ("product_id", "quantity")):
                raise UserError(
                    self.env._(
                        "%(line)s is paid in instalments of %(total)s, which was agreed for its product and quantity."
                        " Change the plan of a draft by deleting the line, or stop the instalments and add a new line.",
                        line=line.display_name,
                        total=line._format_instalment(line.instalment_total),
                    )
                )

    # === BUSINESS: WHAT IS AGREED === #

    def _apply_instalments(self, parts, total=None, first_number=1, reason=None):
        """Agree on the parts of one line: those that are not charged are replaced by `parts`; what was charged stays.

        parts: list of PlannedPart; the rest of the sum in any order of days. total: the agreed sum; None: what was
        agreed before, and with the first plan what the parts are together. first_number: of a line without a plan, the
        number of the first part, where another system billed those before it (the sum is then what is left). In the
        timeline it stands on the line's first day.
        Raises UserError with all that is wrong, and AccessError for who may not change the line.
        """
        self.ensure_one()
        self.check_access("write")
        self._check_paid_in_instalments()
        kept_parts, charged = self._get_settled_parts(), self._get_settled_sum()
        with exact():
            if total is None:
                total = self.instalment_total
            if total is None:
                total = charged + sum((part.amount for part in parts), _ZERO)
        numbers = self._number_parts(kept_parts, parts, first_number)
        self._check_planned(numbers, parts, total, charged)
        before = self.instalment_total
        # sudo: parts are written here only, as one sum; who may change the line was asked above.
        line = self.sudo()
        open_parts = line.instalment_ids.filtered(lambda part: part.kind != "settlement") - kept_parts
        self._replace_parts(open_parts, numbers)
        line.write({"instalment_total": total})
        self.flush_model()
        self._note_change(
            "instalments",
            self._get_interval()[0],
            reason=reason,
            what="plan",
            total=str(total),
            before=None if before is None else str(before),
        )
        return self.instalment_ids

    def _number_parts(self, kept, parts, first_number):
        """[(number, PlannedPart)] in the order of days: after the numbers that stay, a down payment is 0."""
        number = max([first_number - 1, *kept.filtered(lambda part: part.kind == "part").mapped("number")])
        numbered = []
        for part in sorted(parts, key=lambda part: (part.date_due, part.kind != "down")):
            if part.kind == "down":
                numbered.append((0, part))
            else:
                number += 1
                numbered.append((number, part))
        return numbered

    def _check_planned(self, numbers, parts, total, charged):
        """Raise UserError where the parts are not what was agreed. charged: the sum of the parts that stay."""
        step = self._get_instalment_step()
        downs = [number for number, _part in numbers if number == 0]
        has_down = bool(self.instalment_ids.filtered(lambda part: part.kind == "down" and part._get_charged()))
        if len(downs) + has_down > 1:
            raise UserError(self.env._("%(line)s: there is one down payment at most.", line=self.display_name))
        try:
            with exact():
                rest = to_units(total - charged, step)
            units = [Instalment(number, part.date_due, to_units(part.amount, step)) for number, part in numbers]
            if units or rest:
                check_instalments(rest, units)
        except InstalmentError as error:
            raise UserError(get_instalment_sentence(self, error, total)) from error

    def _replace_parts(self, open_parts, numbers):
        """Write parts under their numbers, in place where there is one: a voided charge may point at it."""
        by_number = {part.number: part for part in open_parts}
        values = []
        for number, part in numbers:
            vals = {"date_due": part.date_due, "amount": part.amount, "kind": part.kind}
            found = by_number.pop(number, None)
            if found:
                found.write(vals)
            else:
                values.append({"line_id": self.id, "number": number, **vals})
        open_parts.browse(part.id for part in by_number.values()).unlink()
        self.env["cloud.instalment"].sudo().create(values)  # sudo: see _apply_instalments.
        self.env["cloud.instalment"].flush_model()

    def _apply_instalment_stop(self, date, reason=None):
        """Agree that parts due on a day or later are not billed any more; what was due before it still is.

        date: local day. Returns the parts. Raises UserError where nothing is left to stop, or a run has a part of it.
        """
        self.ensure_one()
        self.check_access("write")
        parts = self._get_open_instalments(date)
        parts.sudo().write({"cancelled_date": date, "reason": reason})  # sudo: see _apply_instalments.
        self._note_change("instalments", date, reason=reason, what="stop", amount=str(self._sum_instalments(parts)))
        return parts

    def _apply_settlement(self, date, discount=None, reason=None):
        """Agree that all that is left of the sum falls due on a day as one charge, less a discount.

        Parts that are due already and not billed are a part of it. Returns the settlement. Raises UserError.
        """
        self.ensure_one()
        self.check_access("write")
        parts = self._get_open_instalments()
        discount = discount or _ZERO
        amount = self._get_settlement_amount(parts, discount)
        if discount < 0 or amount <= 0 or discount != round_to(discount, self._get_instalment_step()):
            raise UserError(
                self.env._(
                    "%(line)s: a discount of %(discount)s cannot be taken off the %(rest)s that are left. Give an"
                    " amount of 0 or more that is less than the rest, in whole units of the currency; to give up the"
                    " whole rest, stop the instalments.",
                    line=self.display_name,
                    discount=self._format_instalment(discount),
                    rest=self._format_instalment(self._sum_instalments(parts)),
                )
            )
        # sudo: see _apply_instalments.
        settlement = (
            self.env["cloud.instalment"]
            .sudo()
            .create(
                {
                    "line_id": self.id,
                    # Below 0, so that parts planned later find their numbers free.
                    "number": min([0, *self.instalment_ids.mapped("number")]) - 1,
                    "kind": "settlement",
                    "date_due": date,
                    "amount": amount,
                    "discount": discount or None,
                    "reason": reason,
                }
            )
        )
        # sudo: see _apply_instalments.
        parts.sudo().write({"cancelled_date": date, "settled_by_id": settlement.id, "reason": reason})
        self._note_change("instalments", date, reason=reason, what="settle", amount=str(amount))
        return settlement.sudo(self.env.su)

    def _apply_instalment_resume(self, date):
        """Take back a stop, or a settlement that is not charged: its parts are billed on their days again."""
        self.ensure_one()
        self.check_access("write")
        cancelled = self.instalment_ids.filtered("cancelled_date")
        charged = self.instalment_ids._get_charged()
        parts = cancelled.filtered(
            lambda part: part.kind != "settlement" and (not part.settled_by_id or part.settled_by_id not in charged)
        )
        if not parts:
            raise UserError(
                self.env._(
                    "%(line)s: no instalment was stopped. What was settled is taken back by a credit note of its"
                    " invoice that makes it billable again.",
                    line=self.display_name,
                )
            )
        # sudo: see _apply_instalments.
        settlements = parts.settled_by_id.sudo()
        parts.sudo().write({"cancelled_date": False, "settled_by_id": False, "reason": False})  # sudo: as above.
        # One that was charged once and freed stays on record, not billed.
        settlements.write({"cancelled_date": date})
        self._note_change("instalments", date, what="resume", amount=str(self._sum_instalments(parts)))
        return parts

    # === BUSINESS: WHAT IS ASKED === #

    def _get_open_instalments(self, date=None):
        """The parts that are neither charged nor given up, from a day on. Raises UserError where there are none, and
        where one of them is in a run that is not posted."""
        self._check_paid_in_instalments()
        live = self.instalment_ids.filtered(
            lambda part: not part.cancelled_date and (date is None or part.date_due >= date)
        )
        charged = live._get_charged()
        charged._check_not_in_run()
        parts = live - charged
        if not parts:
            raise UserError(
                self.env._(
                    "%(line)s: no instalment is left that could be changed; what was billed is corrected by a credit"
                    " note.",
                    line=self.display_name,
                )
            )
        return parts

    def _check_paid_in_instalments(self):
        for line in self:
            if line.billing_model != "instalment":
                raise UserError(
                    self.env._(
                        "%(line)s is not paid in instalments. Use a product with that billing model.",
                        line=line.display_name,
                    )
                )

    def _get_activation_problems(self):
        problems = super()._get_activation_problems()
        return problems + [
            self.env._(
                "%(line)s: the instalments are not agreed yet. Open the line and make the plan.", line=line.display_name
            )
            for line in self
            if line.billing_model == "instalment" and not line.instalment_ids
        ]

    @staticmethod
    def _sum_instalments(parts):
        with exact():
            return sum(parts.mapped("amount"), _ZERO)

    def _get_instalment_step(self):
        """The smallest amount of the currency of the bills, as its text in the database says."""
        return trim(parse_decimal(repr(self.subscription_id.currency_id.rounding)))

    def _from_units(self, units):
        return from_units(units, self._get_instalment_step())

    def _format_instalment(self, amount):
        """An amount as people write it, with its currency."""
        currency = self.subscription_id.currency_id
        return f"{self.env['cloud.bill']._format_amount(amount, currency)} {currency.name}"
