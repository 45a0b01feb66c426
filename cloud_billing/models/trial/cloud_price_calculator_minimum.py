from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from odoo import models
from odoo.fields import Domain

from ...engine.numbers import exact, to_text
from ...engine.rating import Commitment, true_up
from ..billing.telling.explanation_text import tell_statement, tell_workings
from .price_question import PriceMinimum

_ZERO = Decimal(0)


class CloudPriceCalculator(models.AbstractModel):
    """Minimum spends that a price counts towards: what would be missing, worked out by the function that bills it.

    The question is about one product, so it says itself what else is billed; a minimum over a term has no period to ask
    about. Nothing here looks at what was billed, so the answer of a day is the same on every day.
    """

    _inherit = "cloud.price.calculator"

    # === BUSINESS === #

    def _calculate(self, questions, proposal=None):
        answers = super()._calculate(questions, proposal)
        minimums = self._find_minimums([question for question in questions if question.is_of_bill])
        if not minimums:
            return answers
        return [
            replace(answer, minimums=self._get_minimums(question, answer, minimums))
            if question.is_of_bill and not answer.refused
            else answer
            for question, answer in zip(questions, answers, strict=True)
        ]

    def _find_minimums(self, questions):
        """The approved minimums per period of whoever these questions are about, from narrow to wide."""
        customers = self.env["cloud.customer"].union(*(self._get_payers(question) for question in questions))
        if not customers:
            return self.env["cloud.spend.commitment"]
        days = [question.day for question in questions]
        domain = Domain("customer_id", "in", customers.ids) & Domain("state", "=", "approved")
        domain &= Domain("kind", "=", "period") & Domain("date_start", "<=", max(days))
        domain &= Domain("date_end", "=", False) | Domain("date_end", ">", min(days))
        return self.env["cloud.spend.commitment"].search(domain, order="rank, id")

    def _get_payers(self, question):
        """The customer, and whose minimums his charges may count towards; in the portal nobody but himself."""
        if not question.customer or self.env.user._is_portal():
            return question.customer
        return question.customer._get_scope_chain()

    def _get_minimums(self, question, answer, minimums):
        """The PriceMinimums that one answer counts towards, from narrow to wide, as they are billed."""
        found = []
        for commitment in minimums:
            counted = self._count(commitment, question, answer, found)
            if counted is not None:
                found.append(PriceMinimum(commitment, self._true_up(commitment, counted, question)))
        return tuple(found)

    def _count(self, commitment, question, answer, narrower):
        """What counts towards a minimum (Decimal), None where the product does not. narrower: those found before."""
        is_held = commitment.date_start <= question.day and (
            not commitment.date_end or question.day < commitment.date_end
        )
        is_same_money = commitment.currency_id == question.currency and commitment.tax_basis == question.plan.tax_basis
        if not is_held or not is_same_money or not self._is_owner(commitment, question):
            return None
        amounts = [
            part.result.amount
            for part in answer.parts
            if commitment._counts(question.product)
            or (part.product_id and commitment._counts(question.product.browse(part.product_id)))
        ]
        if not amounts:
            return None
        amounts += [
            one.result.amount
            for one in narrower
            if one.commitment.rank < commitment.rank and commitment._counts(one.commitment.product_id)
        ]
        # What else is billed is said of the customer's bill: a line has nothing but its own price.
        if question.besides and commitment.scope != "line":
            amounts.append(question.besides)
        with exact():
            return sum(amounts, _ZERO)

    def _is_owner(self, commitment, question):
        if commitment.scope == "line":
            return commitment.subscription_line_id == question.line._origin
        if commitment.scope == "subscription":
            return commitment.subscription_id == question.subscription._origin
        if commitment.customer_id == question.customer._origin:
            return True
        return commitment.include_children and commitment.customer_id in self._get_payers(question)

    def _true_up(self, commitment, counted, question):
        """The engine's RatedResult of what is missing in a whole period."""
        return true_up(
            Commitment(
                minimum=commitment.amount,
                billed=counted,
                currency=question.currency.name,
                rounding=self._get_rounding(question.currency),
                service_start=question.day,
                service_end=question.day + timedelta(days=1),
            )
        )

    # === BUSINESS: WORDS === #

    def _get_minimum_rows(self, minimum):
        """(label, value) rows of what the customer may see of one minimum."""
        statement = {**minimum.result.statement, "service_start": None}
        return tell_statement(self.env, minimum.commitment.name, statement)

    def _get_minimum_tables(self, minimum):
        """Tables of how what is missing came about."""
        workings = minimum.result.workings
        of_whole = {**workings, "true_up": {**workings["true_up"], "service_start": None}}
        return [
            (f"{minimum.commitment.display_name}: {title}", rows) for title, rows in tell_workings(self.env, of_whole)
        ]

    def _prepare_answer(self, question, answer, has_role):
        return {
            **super()._prepare_answer(question, answer, has_role),
            "total": to_text(answer.total),
            "minimums": [
                {
                    "name": minimum.commitment.name,
                    "scope": minimum.commitment.scope,
                    "minimum": to_text(minimum.commitment.amount),
                    "missing": to_text(minimum.result.amount),
                    "statement": minimum.result.statement,
                    "explanation": [list(row) for row in self._get_minimum_rows(minimum)],
                    "workings": minimum.result.workings if has_role else None,
                }
                for minimum in answer.minimums
            ],
        }
