from odoo import models


class CloudUsageMatchRule(models.Model):
    """Rules made of what somebody decided for streams, so that what comes later needs no decision."""

    _inherit = "cloud.usage.match.rule"

    # === BUSINESS === #

    def _remember_customers(self, streams):
        """Rules by which the accounts of streams belong to the customers suggested for them; known ones included."""
        owners = {}
        for stream in streams:
            owners.setdefault(self._get_account_place(stream), {"customer_id": stream.suggested_customer_id.id})
        return self._remember(streams.company_id, owners)

    def _remember_owners(self, streams, day, end):
        """Rules by which the accounts of streams belong to whom the streams were just given, from a day on.

        A customer's line is remembered as the customer with the product, so that a contract that follows is meant too.
        An account whose streams went to several owners is not remembered.
        """
        owners = {}
        mappings = streams.mapping_ids.filtered(lambda one: one.date_start == day and one.date_end == end)
        for mapping in mappings:
            line = mapping.subscription_line_id
            owner = (
                {"customer_id": line.customer_id.id, "product_id": line.product_id.id}
                if line
                else {"analytic_account_id": mapping.analytic_account_id.id}
            )
            owners.setdefault(self._get_account_place(mapping.stream_id), []).append(owner)
        dates = {"date_start": day, "date_end": end}
        clear = {place: {**some[0], **dates} for place, some in owners.items() if all(one == some[0] for one in some)}
        return self._remember(streams.company_id, clear)

    def _remember(self, company, owners):
        """Rules for places without one. owners: {place, as pairs of a field and its value: values of the owner}.

        A place that a rule is for already, on any day, is left to it. Returns the rules of all places.
        """
        by_hash = {self.new({"company_id": company.id, **dict(place)}).scope_hash: place for place in owners}
        known = self.search([("scope_hash", "in", list(by_hash))])
        missing = [place for hashed, place in by_hash.items() if hashed not in set(known.mapped("scope_hash"))]
        return known | self.create([{"company_id": company.id, **dict(place), **owners[place]} for place in missing])

    def _get_account_place(self, stream):
        """Where a rule for the account of a stream looks: at its sub-account, else at its provider account."""
        name = "sub_account" if stream.sub_account else "provider_account"
        return (("source_id", stream.source_id.id), (name, stream[name] or False))
