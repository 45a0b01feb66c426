from decimal import Decimal
from typing import NamedTuple

from odoo import models

from ...catalog.cycle_terms import find_period


class PartUnits(NamedTuple):
    """So many of a product in each of a line's units, from a day on until another; None: open."""

    product_id: int
    count: Decimal
    start: object
    end: object


class CloudRatingAllowances(models.AbstractModel):
    """Parts of bundles are units too: who has three sets of two servers each has six servers, and what is included for
    each server six times."""

    _inherit = "cloud.rating.allowances"

    # === BUSINESS === #

    def _get_part_units(self, lines):
        """{line id: list of PartUnits} of lines whose product is a bundle; other lines are not in it.

        As charges are made of them: a new composition holds from the first period that begins on its day or later.
        Takes as many statements for many lines as for one.
        """
        lines.fetch(["product_id", "company_id", "subscription_id", "option_ids"])
        terms = {}
        for company, some in lines.grouped("company_id").items():
            terms.update(self.env["cloud.bundle"]._get_terms_by_product(company, set(some.product_id.ids)))
        return {
            line.id: list(_get_parts(line, terms[line.product_id.id])) for line in lines if line.product_id.id in terms
        }


def _get_parts(line, versions):
    """The PartUnits of a line; versions: BundleTerms, oldest first."""
    starts = [_get_first_day(line, version.date_start) for version in versions]
    chosen = frozenset(line.option_ids.ids)
    for version, start, end in zip(versions, starts, [*starts[1:], None], strict=True):
        if end is not None and end <= start:
            continue
        for part in version.get_parts(chosen):
            if part.billing_model == "recurring":
                yield PartUnits(part.product_id, part.quantity, start, end)


def _get_first_day(line, day):
    """The first day of the first charge of a line that begins on a day or later."""
    line_start, _end = line._get_interval()
    if day <= line_start:
        return day
    subscription = line.subscription_id
    start, end = find_period(subscription._get_cycle_terms(), subscription.date_start, day)
    return day if start == day else end
