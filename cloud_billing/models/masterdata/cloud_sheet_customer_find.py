from collections import defaultdict

from odoo import models
from stdnum import get_cc_module
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError as NumberInvalid


class CloudSheetCustomer(models.AbstractModel):
    """Which customer a row is about: by its code, an external key or its VAT number; by its name it is only a hint."""

    _inherit = "cloud.sheet.customer"

    # === BUSINESS === #

    def _find(self, company, rows):
        """Set `record`, `contact` (that becomes a customer) and `has_key` of rows; what names two is refused."""
        customers = self.env["cloud.customer"]
        every = customers.search([("company_id", "=", company.id)])
        by_code = {customer.code.lower(): customer for customer in every if customer.code}
        by_key = self._fetch_keys(company, rows, "customer_id")
        by_number = self._group_by_number(every)
        contacts = self._find_contacts(company, rows, every)
        by_name = every.grouped(lambda customer: (customer.name or "").lower())
        taken = {}
        for row in rows:
            row.contact, row.has_key = None, False
            code = row.get("code").lower()
            by_its_key = self._get_by_key(self._get_key(row, "external_key"), by_key)
            number = self._check_number(row)
            found = {
                name: customer
                for name, customer in (
                    ("code", by_code.get(code)),
                    ("external_key", by_its_key),
                    ("vat", self._get_only(row, by_number.get(number, customers)) if number else None),
                )
                if customer
            }
            self._choose(row, found)
            row.has_key = bool(row.record) and by_its_key == row.record
            if not row.record and row.outcome != "refused":
                row.contact = contacts.get(number)
                self._hint_at_name(row, by_name)
            self._check_twice(row, taken)

    def _choose(self, row, found):
        """The one customer that code, key and number name."""
        meant = self.env["cloud.customer"].union(*found.values())
        if len(meant) > 1:
            names = "; ".join(f"{name}: {customer.display_name}" for name, customer in found.items())
            row.refuse(next(iter(found)), self.env._("The row names two customers (%(names)s): correct a cell.",
                                                     names=names))  # fmt: skip
        row.record = meant if len(meant) == 1 else None

    def _get_only(self, row, customers):
        """The only customer with the number of a row. Of several one must be named by its code or key."""
        if len(customers) > 1 and not (row.get("code") or row.get("external_key")):
            row.refuse(
                "vat",
                self.env._(
                    "%(count)s customers have this VAT number (%(names)s): say by the code which one is meant.",
                    count=len(customers),
                    names=", ".join(customers[:3].mapped("name")),
                ),
            )
        return customers if len(customers) == 1 else None

    def _hint_at_name(self, row, by_name):
        """Tell of a customer of the same name. Without anything else to go by, one more is not made of a name."""
        same = by_name.get(row.get("name").lower())
        if not same:
            return
        sentence = self.env._(
            "A customer of this name is here already (code %(code)s). Where it is the same one, write its code; else "
            "give the new one a code of its own.",
            code=same[0].code or self.env._("none yet: give it one"),
        )
        if row.get("code") or row.get("external_key") or row.get("vat"):
            row.notes.append(sentence)
        else:
            row.refuse("name", sentence)

    def _check_twice(self, row, taken):
        """A customer stands in a file once."""
        identities = [("code", row.get("code").lower())] if row.get("code") else []
        if row.get("external_key"):
            identities.append(("key", row.get("external_key").lower(), row.get("system").lower()))
        if row.record:
            identities.append(("id", row.record.id))
        former = next((taken[identity] for identity in identities if identity in taken), None)
        if former:
            row.refuse("code", self.env._("Row %(row)s is about the same customer: leave one.", row=former))
        taken.update(dict.fromkeys(identities, former or row.row_no))

    def _group_by_number(self, customers):
        groups = defaultdict(customers.browse)
        for customer in customers:
            if customer.partner_id.vat:
                groups[get_compact(customer.partner_id.vat)] |= customer
        return groups

    def _find_contacts(self, company, rows, customers):
        """{VAT number: contact} where exactly one contact has the number and is no customer yet."""
        numbers = {row.get("vat") for row in rows if row.get("vat")}
        found = self.env["res.partner"].search(
            [
                ("vat", "in", sorted(numbers | {get_compact(number) for number in numbers})),
                ("company_id", "in", [False, company.id]),
                ("parent_id", "=", False),
            ]
        ) - customers.partner_id  # fmt: skip
        groups = found.grouped(lambda partner: get_compact(partner.vat))
        return {number: partners for number, partners in groups.items() if len(partners) == 1}

    def _check_number(self, row):
        """The VAT number of a row, compact; a number that cannot be one is refused where its country is known."""
        text = row.get("vat")
        if not text:
            return None
        if problem := find_problem(text, row.get("country")):
            row.refuse(
                "vat",
                self.env._(
                    "%(number)s is no VAT number of %(country)s: a digit is wrong or missing.",
                    number=text,
                    country=problem,
                ),
            )
        return get_compact(text)

    def _is_same_number(self, old, new):
        return get_compact(old) == get_compact(new)


def get_compact(number):
    """A VAT number without blanks and signs, in capitals, as its country writes it."""
    bare = "".join(sign for sign in (number or "").upper() if sign.isalnum())
    module = _get_module(bare, "")
    try:
        return module.compact(bare) if module else bare
    except NumberInvalid:
        return bare


def find_problem(number, country=""):
    """The country by whose rules a VAT number is none; None where it is one, or where no rules are known."""
    compact = get_compact(number)
    module = _get_module(compact, country)
    try:
        return module and module.validate(compact) and None
    except NumberInvalid:
        return compact[:2] if compact[:2].isalpha() else country.upper()


def _get_module(number, country):
    """What knows the numbers of a country: of the number's own prefix, else the one named; None where unknown."""
    has_prefix = number[:2].isalpha()
    code = (number[:2] if has_prefix else country).lower()
    if has_prefix and code in eu_vat.MEMBER_STATES:
        return eu_vat
    return get_cc_module(code, "vat") if len(code) == 2 and code.isalpha() else None
