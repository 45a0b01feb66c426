from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain


class IrRule(models.Model):
    """Sharing groups and the portal limit rows in the one place that search, read, groups and writes all ask."""

    _inherit = "ir.rule"

    @api.model
    def _compute_domain(self, model_name: str, mode: str = "read") -> Domain:
        """The rules of Odoo, and what sharing groups leave of them.

        Not kept in a cache of its own: groups are, and a Domain is made of them without asking the database. For
        the portal one's own customers are looked up, only for our models, which it reads nowhere today.
        """
        domain = super()._compute_domain(model_name, mode)
        if self.env.su:
            return domain
        # sudo: lends the right to know what kind of login one has, whose it is and which groups limit it.
        limits = self.env.user.sudo()._get_cloud_row_limits(model_name)
        if limits is None:
            return domain
        if not model_name.startswith("cloud."):
            limits = self._without_joins(model_name, limits)
        return (domain & limits).optimize(self.env[model_name])

    def _without_joins(self, model_name, limits):
        """The same rows by one subselect.

        Odoo's own statements over its documents, such as those of the journals' dashboard, name columns without their
        table: with what a path joins, they would be of two tables.
        """
        # sudo: rules on rows are evaluated with the rights of the module.
        inside = self.env[model_name].sudo().with_context(active_test=False)._search(limits)
        return Domain("id", "any!", inside.select(), internal=True)

    def _make_access_error(self, operation, records):
        # Odoo's own sentence names the records to whoever works in developer mode.
        # sudo: lends the right to know whether this login is limited.
        if self.env.user.sudo()._get_cloud_row_limits(records._name) is None:
            return super()._make_access_error(operation, records)
        return AccessError(
            self.env._(
                "%(model)s %(numbers)s: not yours to see or change. You see a part of the customers.",
                model=self.env["ir.model"]._get(records._name).name,
                numbers=", ".join(str(number) for number in records.ids[:6]),
            )
        )
