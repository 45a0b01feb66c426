from odoo import fields, models
from odoo.exceptions import UserError

from ...engine.numbers import parse_decimal
from .match_sql import DIMENSIONS


class CloudSheetMapping(models.AbstractModel):
    """What rows of the mapping table name, and the two tables that are written: rules, and usage without an owner."""

    _inherit = "cloud.sheet.mapping"

    # === BUSINESS === #

    def _fetch_facts(self, company, rows):
        """{what: {text in lower case: record}} of all that rows name, and the rules by what they match."""
        Key = self.env["cloud.external.key"]
        texts = {name: sorted({row.get(name) for row in rows} - {""}) for name in self._get_column_names()}
        here, shared = [("company_id", "=", company.id)], [("company_id", "in", [company.id, False])]
        customers = self.env["cloud.customer"].search(here)
        by_name = customers.grouped(lambda customer: customer.name.lower())
        products = self.env["product.product"].search(
            [*shared, "|", ("default_code", "in", texts["product"]), ("name", "in", texts["product"])]
        )
        accounts = self.env["account.analytic.account"]
        if texts["cost_centre"]:
            accounts = accounts.search(
                [*shared, "|", ("code", "in", texts["cost_centre"]), ("name", "in", texts["cost_centre"])]
            )
        subscriptions = self.env["cloud.subscription"].search([*here, ("name", "in", texts["subscription"])])
        return {
            "source": {one.name.lower(): one for one in self.env["cloud.usage.source"].search(here)},
            "customer": {
                **{name: found for name, found in by_name.items() if len(found) == 1},
                **Key._find_owners(company, texts["customer"], "cloud.customer"),
                **{one.code.lower(): one for one in customers if one.code},
            },
            "product": _by_code_or_name(products, "default_code"),
            "cost_centre": _by_code_or_name(accounts, "code"),
            "subscription": {
                **Key._find_owners(company, texts["subscription"], "cloud.subscription"),
                **{one.name.lower(): one for one in subscriptions},
            },
            "rules": self.env["cloud.usage.match.rule"].search(here).grouped("scope_hash"),
        }

    def _get_named(self, row, name, facts):
        """The record that a cell names; an empty one, and the row is refused, where it names none."""
        text = row.get(name)
        found = facts[name].get(text.lower())
        if found is not None:
            return found
        remedies = {
            "source": self.env._("The company has no usage source %(text)s. Write its name as it is."),
            "customer": self.env._(
                "No customer has the code, key or name %(text)s, or several have the name. Write the code."
            ),
            "product": self.env._("No product has the reference or name %(text)s."),
            "cost_centre": self.env._("No cost centre has the code or name %(text)s. Make it first."),
            "subscription": self.env._("No subscription has the number or key %(text)s."),
        }
        row.refuse(name, remedies[name] % {"text": text})
        return self.env["res.partner"]

    # === HOOKS === #

    def _get_rows(self, company, which="rules", **options):
        """which: rules, or unmatched for usage without an owner, an account a row, the most money first."""
        return self._get_unmatched_rows(company) if which == "unmatched" else self._get_rule_rows(company)

    def _get_rule_rows(self, company):
        for rule in self.env["cloud.usage.match.rule"].search([("company_id", "=", company.id)]):
            line = rule.subscription_line_id
            yield {
                "source": rule.source_id.name,
                **{name: rule[name] for name in DIMENSIONS},
                "charge_kind": rule.charge_kind,
                "from": rule.date_start,
                "until": rule.date_end,
                "customer": self._get_customer_text(rule.customer_id),
                "product": _get_text(line.product_id or rule.product_id, "default_code"),
                "subscription": line.subscription_id.name,
                "cost_centre": _get_text(rule.analytic_account_id, "code"),
                "note": rule.note,
            }

    def _get_customer_text(self, customer):
        """How a cell names a customer so that it is found again."""
        return (
            customer.code or customer.external_key_ids.filtered(lambda key: not key.source_id)[:1].key or customer.name
        )

    def _get_unmatched_rows(self, company):
        self.env["cloud.usage.stream"].check_access("read")
        if company not in self.env.companies:
            raise UserError(self.env._("Choose %(company)s at the top first.", company=company.name))
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT MIN(u.name), COALESCE(s.sub_account, ''), COALESCE(s.provider_account, ''),
                   MAX(s.sub_account_name), COUNT(*), SUM(s.unmatched_cost)::text, COALESCE(s.currency, ''),
                   MIN(s.first_service_start), MAX(s.last_service_start), MIN(s.suggested_customer_id),
                   MIN(s.suggestion_confidence), MIN(s.id)
              FROM cloud_usage_stream s
              JOIN cloud_usage_source u ON u.id = s.source_id
             WHERE s.company_id = %s
               AND s.unmatched_rows > 0
          GROUP BY s.source_id, COALESCE(s.sub_account, ''), COALESCE(s.provider_account, ''), COALESCE(s.currency, '')
          ORDER BY SUM(s.unmatched_value) DESC NULLS LAST, MIN(s.id)
            """,
            [company.id],
        )
        found = self.env.cr.fetchall()
        customers = self.env["cloud.customer"].browse({row[9] for row in found if row[9]})
        names = {customer.id: self._get_customer_text(customer) for customer in customers}
        streams = self.env["cloud.usage.stream"].browse([row[11] for row in found])
        whys = {stream.id: stream.suggestion_text for stream in streams}
        for source, sub_account, provider_account, name, count, cost, currency, first, last, who, sure, stream in found:
            yield {
                "source": source,
                "sub_account": sub_account,
                # A sub-account is whose it is, whatever account pays for it.
                "provider_account": "" if sub_account else provider_account,
                "account_name": name,
                "streams": count,
                "cost_without_owner": None if cost is None else parse_decimal(cost),
                "currency": currency,
                "first_usage": fields.Datetime.to_string(first),
                "last_usage": fields.Datetime.to_string(last),
                "suggestion": names.get(who),
                "confidence": sure,
                "why": whys[stream],
            }


def _by_code_or_name(records, code):
    """{text in lower case: record}: names that one record has, and codes."""
    names = records.grouped(lambda record: record.name.lower())
    return {
        **{name: found for name, found in names.items() if len(found) == 1},
        **{record[code].lower(): record for record in records if record[code]},
    }


def _get_text(record, code):
    return (record[code] or record.name) if record else ""
