from odoo import models

from ...csv_cells import write_value
from .sheet import Column

# Ours: field of the contact.
_CONTACT = {
    "contact_name": "name",
    "vat": "vat",
    "company_registry": "company_registry",
    "email": "email",
    "phone": "phone",
    "website": "website",
    "street": "street",
    "street2": "street2",
    "zip": "zip",
    "city": "city",
}
# Ours: field of the customer, as plain text.
_CUSTOMER = {"code": "code", "name": "name", "time_zone": "tz", "order_reference": "order_reference"}
_NAMED = {"currency": "currency_id", "plan": "plan_id", "parent": "parent_id"}


class CloudSheetCustomer(models.AbstractModel):
    """Customers as a table: one row each, with its contact and the keys by which other systems know it.

    An empty cell leaves what is there. Who is meant: cloud_sheet_customer_find.py.
    """

    _name = "cloud.sheet.customer"
    _description = "Table of Customers"
    _inherit = ["cloud.sheet.layout"]

    # === HOOKS === #

    def _get_columns(self):
        return (
            Column("code"),
            Column("external_key"),
            Column("system"),
            Column("name", is_required=True),
            *(Column(name) for name in _CONTACT),
            Column("country"),
            Column("currency"),
            Column("time_zone"),
            Column("plan"),
            Column("parent"),
            Column("order_reference"),
        )

    def _may_be_empty(self, row, name):
        return bool(row.get("code") or row.get("external_key") or row.get("vat"))

    def _compare(self, company, rows):
        self._find(company, rows)
        named = self._fetch_named(company, rows)
        for row in rows:
            if row.outcome != "refused":
                self._compare_row(company, row, named)

    def _compare_row(self, company, row, named):
        row.name = row.get("name") or row.record.name or row.get("code")
        contact = row.record.partner_id if row.record else row.contact
        vals, of_contact = {}, {}
        for name, field in _CUSTOMER.items():
            self._compare_value(row, name, row.record[field] if row.record else False, vals, field)
        for name, field in _CONTACT.items():
            self._compare_value(row, name, contact[field] if contact else False, of_contact, field)
        for name, field in _NAMED.items():
            self._compare_named(row, name, row.record[field] if row.record else None, named, vals, field)
        self._compare_named(row, "country", contact.country_id if contact else None, named, of_contact, "country_id")
        self._compare_key(row)
        row.vals = {"customer": vals, "contact": of_contact}
        if row.outcome == "refused":
            return
        if not row.record:
            row.outcome = "new"
        else:
            row.outcome = "changed" if row.changes else "same"

    def _compare_value(self, row, name, old, vals, field):
        new = row.values.get(name)
        if new is None or write_value(old) == write_value(new):
            return
        if field == "vat" and self._is_same_number(old, new):
            return
        vals[field] = new
        row.changes.append((name, write_value(old), write_value(new)))

    def _compare_named(self, row, name, old, named, vals, field):
        text = row.values.get(name)
        if text is None:
            return
        record = named[name].get(text.lower())
        if record is None:
            row.refuse(name, self._get_unknown(name, text))
        elif record != old:
            vals[field] = record.id
            row.changes.append((name, self._get_name(name, old) if old else "", text))

    def _compare_key(self, row):
        if row.values.get("external_key") and not row.has_key:
            row.changes.append(("external_key", "", row.values["external_key"]))

    def _fetch_named(self, company, rows):
        """{column: {text in lower case: record}} of what rows name: currencies, plans, payers, countries."""
        texts = {name: {row.get(name) for row in rows} - {""} for name in (*_NAMED, "country")}
        plans = self.env["cloud.price.plan"].search(
            [("name", "in", list(texts["plan"])), ("company_id", "=", company.id)]
        )
        parents = self.env["cloud.customer"].search(
            [("code", "in", list(texts["parent"])), ("company_id", "=", company.id)]
        )
        currencies = self.env["res.currency"].search([("name", "in", [code.upper() for code in texts["currency"]])])
        countries = self.env["res.country"].search(
            ["|", ("code", "in", [code.upper() for code in texts["country"]]), ("name", "in", list(texts["country"]))]
        )
        return {
            "currency": {one.name.lower(): one for one in currencies},
            "plan": {one.name.lower(): one for one in plans},
            "parent": {one.code.lower(): one for one in parents},
            "country": {
                **{one.name.lower(): one for one in countries},
                **{one.code.lower(): one for one in countries},
            },
        }

    def _get_unknown(self, name, text):
        remedies = {
            "currency": self.env._("%(text)s is no currency that is in use. Write its three letters, or activate it."),
            "plan": self.env._("The company has no price plan %(text)s. Write its name as it is, or make it first."),
            "parent": self.env._("No customer has the code %(text)s. The payer is named by its code: import it first."),
            "country": self.env._("%(text)s is no country. Write its two letters, for instance NL."),
        }
        return remedies[name] % {"text": text}

    def _get_name(self, name, record):
        """How a cell names a record."""
        return record.code if name in ("parent", "country") else record.name

    def _apply(self, company, rows):
        quiet = self.with_context(tracking_disable=False, mail_create_nosubscribe=True)
        new = [row for row in rows if not row.record]
        contacts = [row for row in new if not row.contact]
        made = quiet.env["res.partner"].create(
            [
                {"name": row.get("name"), "is_company": True, "company_id": company.id, **row.vals["contact"]}
                for row in contacts
            ]
        )
        for row, partner in zip(contacts, made, strict=True):
            row.partner = partner
        for row in new:
            if row.contact:
                row.partner = row.contact
                row.contact.write(row.vals["contact"])
        customers = quiet.env["cloud.customer"].create(
            [{"partner_id": row.partner.id, "company_id": company.id, **row.vals["customer"]} for row in new]
        )
        keys = [*zip(new, customers, strict=True)]
        for row in rows:
            if row.record:
                if row.vals["customer"]:
                    row.record.write(row.vals["customer"])
                if row.vals["contact"]:
                    row.record.partner_id.write(row.vals["contact"])
                keys.append((row, row.record))
        self.env["cloud.external.key"].create(
            [
                {"customer_id": customer.id, **self._prepare_key(row, "external_key")}
                for row, customer in keys
                if row.get("external_key") and not row.has_key
            ]
        )

    def _get_rows(self, company, **options):
        customers = self.env["cloud.customer"].search([("company_id", "=", company.id)], order="code, name, id")
        for customer in customers:
            partner = customer.partner_id
            key = customer.external_key_ids.filtered(lambda key: not key.source_id)[:1]
            yield {
                **{name: customer[field] for name, field in _CUSTOMER.items()},
                **{name: partner[field] for name, field in _CONTACT.items()},
                **{name: self._get_name(name, customer[field]) for name, field in _NAMED.items()},
                "country": partner.country_id.code,
                "external_key": key.key,
                "system": key.system,
            }
