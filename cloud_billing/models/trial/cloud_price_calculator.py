from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...engine import schedule
from ...engine.numbers import exact, parse_decimal, to_text, trim
from ...engine.rating import get_reads
from ..billing.pricing.usage_facts import Refused
from ..billing.rating.cloud_rating import describe_meter
from ..billing.telling.explanation_text import tell_statement, tell_workings
from .price_question import PriceAnswer

_ZERO = Decimal(0)
_ONE_DAY = timedelta(days=1)


class CloudPriceCalculator(models.AbstractModel):
    """What something costs, asked of the very code that bills, without a charge and without usage.

    How a request becomes a question, and what a customer may ask: cloud_price_calculator_question.py.
    """

    _name = "cloud.price.calculator"
    _description = "Price Calculator"

    # === ACTIONS === #

    @api.model
    def calculate(self, request):
        """The price of a product, for people with a role and for customers in the portal.

        request: a dict of `product_id`; `customer_id`, `subscription_id`, `subscription_line_id` or `plan_id`, of which
        one decides the plan; `quantity` (left out: no usage), `seats`, `value`, `cost` and `cost_currency` (a code),
        `besides` (what else the customer is billed for the period), numbers as text or whole numbers; `dimensions`, a
        list of {"values": {name: value}, "quantity"}, and `events`, a list of values, where a price looks at them;
        `date` as YYYY-MM-DD (left out: today); `version_id`, a version that counts as if it were approved.

        A customer in the portal names `customer_id`, one of his own, and asks neither for another plan, a version or a
        cost nor for a day to come. Only he who has a role is answered the workings.

        Returns {"amount", "currency", "tax_basis", "date", "product", "statements": [what the customer may see of each
        part: the engine's statement], "explanation": [[label, value], ...] of them in words, "workings": [of each
        part] or None, "minimums": [of each minimum spend that it counts towards: name, scope, minimum, missing,
        statement, explanation, workings], "total": amount and what is missing}. Coupons that the customer has redeemed
        are taken off. Amounts are texts of digits. Raises UserError with a sentence where there is no price.
        """
        has_role = self.env.user.has_group("cloud_billing.group_viewer")
        if not has_role and not self.env.user._is_portal():
            raise AccessError(
                self.env._("Prices are for people with a Cloud Billing role: ask your billing administrator.")
            )
        question, version = self._parse_request(request) if has_role else (self._parse_of_portal(request), None)
        (answer,) = question.plan.env[self._name]._calculate([question], version and version._as_proposal())
        if answer.refused or not (has_role or self._is_public(question, answer)):
            raise UserError(
                self._get_sentence(answer.refused) if has_role else self._get_portal_sentence(question, answer)
            )
        return self._prepare_answer(question, answer, has_role)

    # === BUSINESS: ANSWERS === #

    def _calculate(self, questions, proposal=None):
        """A PriceAnswer for each PriceQuestion, in their order, whatever their number in as many statements.

        questions: of one company. proposal: of `price_candidates`, a version that counts as if it were approved.
        What cannot be priced is an answer with a reason; nothing is raised, and nothing is written.
        """
        if not questions:
            return []
        self._fetch(questions)
        # Below 0: no key is that of a charge or of a line.
        by_key = {-place: question for place, question in enumerate(questions, 1)}
        scopes = {question.scope_key: question.make_scope() for question in questions}
        items, refused, priced = [], {}, {}
        for key, question in by_key.items():
            if question.product.cloud_billing_model:
                items.append(self._make_item(key, question, scopes[question.scope_key], proposal))
            else:
                refused[key] = Refused("not_billed", line=question.product.display_name)
        if items:
            days = [question.day for question in questions]
            rating = self.env["cloud.price.question.rating"]
            part_scopes = rating._get_part_scopes(items)
            found = self.env["cloud.price.plan"]._get_scope_candidates(
                {**scopes, **part_scopes}, min(days), max(days) + _ONE_DAY, proposal
            )
            candidates = {key: found[question.scope_key] for key, question in by_key.items()}
            candidates.update((key, found[key]) for key in part_scopes)
            rating._add_discounts([item for item in items if item["customer_id"] and item["question"].is_of_bill])
            priced, errors = rating._price(items, None, candidates)
            refused.update(errors)
        return [
            PriceAnswer(refused=refused[key]) if key in refused else self._make_answer(priced[key]) for key in by_key
        ]

    def _fetch(self, questions):
        """Load what the questions will be asked for, at once for all of them."""
        products = self.env["product.product"].union(*(question.product for question in questions))
        customers = self.env["cloud.customer"].union(*(question.customer for question in questions))
        products.fetch(["product_tmpl_id"])
        templates = products.product_tmpl_id
        templates.fetch(["name", "categ_id", "cloud_billing_model", "cloud_meter_id", "uom_id", "company_id"])
        templates.cloud_meter_id.fetch(["name", "aggregation", "basis", "unit"])
        templates.categ_id.fetch(["parent_path"])
        customers.fetch(["name", "tz", "parent_id", "parent_path"])

    def _make_answer(self, parts):
        with exact():
            amount = sum((part.result.amount for part in parts), _ZERO)
        return PriceAnswer(amount, tuple(parts))

    def _is_on_cost(self, answer):
        return any(part.resolution and "cost" in get_reads(part.resolution.chosen.terms) for part in answer.parts)

    def _is_public(self, question, answer):
        """Whether a customer may be told: what is priced on the provider's cost would tell him the margin."""
        meter = question.product.product_tmpl_id.cloud_meter_id
        counts_cost = (meter.basis or "").startswith("cost") and meter.aggregation not in ("count", "unique_count")
        return not self._is_on_cost(answer) and not counts_cost

    def _make_item(self, key, question, scope, proposal):
        """The question as an item of `cloud.rating`: a charge of one day that is a whole period, and no record.

        So the prices of the day answer, and no share of a period is taken. Has every key of `_fetch_items`, and
        question, scope and proposal for `cloud.price.question.rating`.
        """
        plan, product, customer = question.plan, question.product, question.customer
        template = product.product_tmpl_id
        meter = template.cloud_meter_id
        company, currency = plan.company_id, plan.currency_id
        billed = question.currency
        start, end = question.day, question.day + _ONE_DAY
        tz = customer.tz or company.partner_id.tz or "UTC"
        utc_start, utc_end = schedule.utc_bounds(start, end, tz)
        is_metered = template.cloud_billing_model == "metered"
        item = {
            "question": question,
            "scope": scope,
            "proposal": proposal,
            "id": key,
            "kind": template.cloud_billing_model,
            "company_id": company.id,
            "company": company,
            "customer_id": customer._origin.id,
            "customer_name": customer.name or self.env._("everyone"),
            "corrects_id": None,
            "error_code": None,
            "service_start": start,
            "service_end": end,
            "utc_start": utc_start,
            "utc_end": utc_end,
            "full_start": start,
            "full_end": end,
            "proration": template.cloud_proration,
            "share_tz": tz,
            "is_bearer": True,
            "billing_month": None,
            "product_id": product._origin.id,
            "meter_id": meter.id,
            "component_id": None,
            "subscription_id": question.subscription._origin.id,
            "subscription_start": question.subscription.date_start or start,
            "cycle_unit": question.subscription.cycle_unit or "month",
            "cycle_count": question.subscription.cycle_count or 1,
            "cycle_kind": question.subscription.cycle_kind or "calendar",
            "anchor_day": question.subscription.anchor_day or 1,
            "anchor_date": question.subscription.anchor_date,
            "tz": tz,
            "line_id": key,
            "line_name": question.line.name or product.display_name,
            "agreed_quantity": question.seats if is_metered else question.measured,
            "agreed_unit": template.uom_id.with_context(lang="en_US").name,
            "plan_id": plan._origin.id,
            "plan_name": plan.name,
            "plan_currency_id": currency.id,
            "currency_id": billed.id,
            "currency": currency.name,
            "rounding": self._get_rounding(currency),
            "meter_name": meter.name,
            "aggregation": meter.aggregation,
            "basis": meter.basis,
            "meter_unit": meter.unit,
        }
        item["meter"] = describe_meter(item)
        if billed != currency:
            rounding = self._get_rounding(billed)
            item["bill_in"] = {"currency": billed.name, "rounding": rounding, "day": start, "exchange": None}
        return item

    def _get_rounding(self, currency):
        """The currency's step as it stands in the database: Odoo keeps it as a float, of which this is the text."""
        return trim(parse_decimal(repr(currency.rounding)))

    # === BUSINESS: WORDS === #

    def _get_statement_rows(self, question, answer):
        """(label, value) rows of what the customer may see; of no days in particular, for any period costs the same."""
        name = question.line.name or question.product.display_name
        return [
            row
            for part in answer.parts
            for row in tell_statement(self.env, name, {**part.result.statement, "service_start": None})
        ]

    def _get_workings_tables(self, answer):
        """Tables of how an answer came about. The day and the one row of usage are ours, not the customer's."""
        tables = []
        for part in answer.parts:
            workings = part.result.workings
            facts = {**workings["facts"], "service_start": None, "rows": None}
            tables += tell_workings(self.env, {**workings, "facts": facts})
        return tables

    def _get_sentence(self, refused):
        """Why there is no price, and what to do."""
        if refused.code == "engine_cost_missing":
            refused = Refused("cost_not_given", **refused.facts)
        return self.env["cloud.bill.reason"]._get_sentence({"code": refused.code, **refused.facts})

    def _get_portal_sentence(self, question, answer):
        if answer.refused:
            return self.env._(
                "There is no price for %(product)s on this day in your contract. Ask your contact.",
                product=question.product.display_name,
            )
        return self.env._(
            "The price of %(product)s depends on usage that is not known yet: see your invoice.",
            product=question.product.display_name,
        )

    def _prepare_answer(self, question, answer, has_role):
        plan, name = question.plan, question.line.name or question.product.display_name
        return {
            "amount": to_text(answer.amount),
            "currency": question.currency.name,
            "tax_basis": plan.tax_basis,
            "date": fields.Date.to_string(question.day),
            "product": name,
            "statements": [part.result.statement for part in answer.parts],
            "explanation": [list(row) for row in self._get_statement_rows(question, answer)],
            "workings": [part.result.workings for part in answer.parts] if has_role else None,
        }
