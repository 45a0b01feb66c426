"""What the tests of access share: two customers with all that a month makes of them, and a walk over the registry."""

from odoo.fields import Command

from .billing_common import BillingCase

# What a record leads to by a field, and how that says whose it is.
OWNERS = {
    "cloud.customer": lambda customer: customer,
    "cloud.subscription": "customer_id",
    "cloud.subscription.line": "customer_id",
    "cloud.charge": "customer_id",
    "cloud.rated.line": "customer_id",
    "cloud.bill": "customer_id",
}


def get_own_models(env):
    """The models of this add-on and its siblings that keep rows, by name."""
    return [
        env[name]
        for name in sorted(env)
        if name.startswith("cloud.") and not (env[name]._abstract or env[name]._transient)
    ]


def make_member(user):
    """Give a login so many roles that it can only be a sharing group that keeps rows from it."""
    roles = ("accountant", "price_manager", "approver", "auditor")
    groups = [f"cloud_billing.group_{role}" for role in roles]
    # Whoever works in developer mode is told more by Odoo's refusals.
    groups.append("base.group_no_one")
    user.sudo().group_ids |= user.env["res.groups"].union(*(user.env.ref(group) for group in groups))


class MonthOfTwoCase(BillingCase):
    """March 2026: Acme in Belgium has used 100 GB at 0.10, Bolt in the Netherlands 70 GB; both are invoiced.

    Acme's subscription has the tag North, Bolt's has support besides. `viewer` is the login that groups limit.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.north = cls.env["cloud.subscription.tag"].create({"name": "North"})
        cls.make_version(
            {"product_id": cls.disk.id, "unit_price": "0.10"}, {"product_id": cls.support.id, "unit_price": "5"}
        )
        cls.acme, cls.acme_subscription = cls.make_party(
            "Acme", "base.be", cls.disk, tag_ids=[Command.link(cls.north.id)]
        )
        cls.bolt, cls.bolt_subscription = cls.make_party("Bolt", "base.nl", cls.disk, cls.support)
        cls.deliver(
            {"stream": cls.acme_stream, "quantity": "100", "cost": "1"},
            {"stream": cls.bolt_stream, "quantity": "70", "cost": "1"},
            {"stream": cls.make_stream("nobody"), "quantity": "5", "cost": "1"},
        )
        cls.viewer = cls.user_viewer

    @classmethod
    def make_party(cls, name, country, *products, **vals):
        customer = cls.make_customer(name)
        customer.partner_id.country_id = cls.env.ref(country)
        subscription = cls.make_subscription(customer, *products, **vals)
        stream = cls.make_stream(name)
        cls.map_stream(stream, subscription.line_ids[0])
        setattr(cls, f"{name.lower()}_stream", stream)
        return customer, subscription

    @classmethod
    def share(cls, *users, name="Some", **filters):
        """A group of these logins with filters as recordsets: made while every company is being set up.

        In a live one it takes two people, which is tested where groups are protected.
        """
        live = cls.env["res.company"].sudo().search([("cloud_billing_state", "!=", "setup")])
        for company in live:
            cls.set_company_state("setup", company)
        return cls.env["cloud.sharing.group"].create(
            {
                "name": name,
                "user_ids": [Command.set([user.id for user in users])],
                **{field: [Command.set(records.ids)] for field, records in filters.items()},
            }
        )

    def bill_march(self):
        """Post March; returns the two invoices, Acme's first."""
        moves = self.post(self.make_run())
        return moves.sorted(lambda move: move.partner_id.name)

    def get_owners(self, record):
        """Ids of the customers whose data a record holds, as its own fields say: of the registry, not of the paths."""
        record = record.sudo()
        owners = set(record.ids) if record._name == "cloud.customer" else set()
        for name, field in record._fields.items():
            if field.type == "many2one" and field.store and field.comodel_name in OWNERS:
                owners |= set(record[name].mapped(OWNERS[field.comodel_name]).ids)
        return owners
