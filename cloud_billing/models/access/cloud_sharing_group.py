from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

# {filter: (what it is about, path from there, operator)}. Operators that reach down include what lies below.
FILTERS = {
    "company_ids": ("company", "id", "in"),
    "customer_ids": ("customer", "id", "child_of"),
    "rate_class_ids": ("customer", "rate_class_id", "child_of"),
    "country_ids": ("customer", "partner_id.country_id", "in"),
    "brand_ids": ("customer", "brand_id", "in"),
    "categ_ids": ("product", "product_tmpl_id.categ_id", "child_of"),
    "tag_ids": ("subscription", "tag_ids", "in"),
}


class CloudSharingGroup(models.Model):
    """Some logins see only these customers, countries, products ... of what their roles let them see.

    Values of one filter are alternatives; of several filters all must hold. Who is in several groups sees what any of
    them shows. Who is in none sees what the roles say.
    """

    _name = "cloud.sharing.group"
    _description = "Sharing Group"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True, help="An archived group limits nobody.")
    note = fields.Text(string="Purpose", help="Why these people see these rows, for whoever reviews it.")
    user_ids = fields.Many2many(
        "res.users",
        string="Members",
        domain=[("share", "=", False)],
        ondelete="cascade",
        help="These logins see nothing but what their groups show. Other logins of a person are limited only where "
        "they are members too.",
    )
    company_ids = fields.Many2many(
        "res.company", string="Companies", ondelete="restrict", help="Documents of one of these companies."
    )
    customer_ids = fields.Many2many(
        "cloud.customer",
        string="Customers",
        ondelete="restrict",
        help="One of these customers, or one that it pays for.",
    )
    rate_class_ids = fields.Many2many(
        "cloud.rate.class",
        string="Customer Groups",
        ondelete="restrict",
        help="Customers that are in one of these rate classes, or one within it, today.",
    )
    country_ids = fields.Many2many(
        "res.country", string="Countries", ondelete="restrict", help="Customers whose contact is in one of these."
    )
    brand_ids = fields.Many2many(
        "cloud.brand", string="Brands", ondelete="restrict", help="Customers who are billed by one of these brands."
    )
    categ_ids = fields.Many2many(
        "product.category",
        string="Product Categories",
        ondelete="restrict",
        help="Products of one of these categories, or one within it. An invoice with any other product is hidden, "
        "because its total would tell what that costs.",
    )
    tag_ids = fields.Many2many(
        "cloud.subscription.tag",
        string="Subscription Tags",
        ondelete="restrict",
        help="Subscriptions with one of these tags. An invoice with any other subscription is hidden.",
    )

    _name_uniq = models.UniqueIndex("(name)", "Another sharing group has this name.")

    # === CONSTRAINTS === #

    @api.constrains("active", *FILTERS)
    def _check_filters(self):
        for group in self.with_context(active_test=False):
            if not any(group[name] for name in FILTERS):
                raise ValidationError(
                    self.env._(
                        "%(group)s: choose at least one customer, customer group, country, company, product category, "
                        "brand or subscription tag. To limit nobody, archive the group.",
                        group=group.name,
                    )
                )

    @api.constrains("user_ids")
    def _check_members(self):
        # sudo: lends the right to know which of the logins are customers'.
        customers = self.sudo().user_ids.filtered("share")
        if customers:
            raise ValidationError(
                self.env._(
                    "%(logins)s: customers in the portal see what is their own, and are members of no group.",
                    logins=", ".join(customers.mapped("login")),
                )
            )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        groups = super().create(vals_list)
        groups._record_change({})
        return groups

    def write(self, vals):
        before = self._get_content()
        result = super().write(vals)
        self._record_change(before)
        return result

    def unlink(self):
        before = self._get_content()
        self.env["cloud.audit.event"]._record(
            "sharing_changed", self, detail=lambda group: {"old": before[group.id], "new": None}
        )
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    # === BUSINESS: CHANGES === #

    def _get_content(self):
        """{group id: {label: names}} of what a group says, as it is written into the audit trail."""
        # sudo: lends the right to read the names of customers and logins; who may read the group may know them.
        return {group.id: group._get_texts() for group in self.sudo().with_context(active_test=False)}

    def _get_texts(self):
        members = {"user_ids": self.user_ids.sorted("login").mapped("login")}
        filters = {name: self[name].sorted("id").mapped("display_name") for name in FILTERS if self[name]}
        return {"name": self.name, "active": self.active, **members, **filters}

    def _record_change(self, before):
        """One event per group that says something else than before; what was compiled from it is forgotten."""
        after = self._get_content()
        changed = self.filtered(lambda group: after[group.id] != before.get(group.id))
        if changed:
            self.env["cloud.audit.event"]._record(
                "sharing_changed", changed, detail=lambda group: {"old": before.get(group.id), "new": after[group.id]}
            )
            self.env.flush_all()
            self.env.registry.clear_cache()

    # === BUSINESS: DOMAINS === #

    @api.model
    def _get_user_domain(self, user, model_name):
        """What a login may see of a model as a Domain, None where no group limits it.

        Evaluated with the rights of the module, as every record rule is.
        """
        filters = self._get_user_filters(user.id)
        paths = self.env[model_name]._get_sharing_paths() if filters else None
        if paths is None:
            return None
        inside = Domain.OR(paths.get_domain(self._compile(one)) for one in filters)
        return inside | paths.get_own_domain(user.id)

    @api.model
    @tools.ormcache("user_id")
    def _get_user_filters(self, user_id):
        """The groups of a login as a tuple of tuples (filter, ids); empty: nothing limits it."""
        # What was archived limits on: a group without its only customer would limit nobody. A group that was does not.
        # sudo: lends the right to know what limits a login, also where it may not read the groups.
        groups = self.sudo().with_context(active_test=False)
        groups = groups.search([("user_ids", "in", user_id), ("active", "=", True)])
        return tuple(tuple((name, tuple(group[name].ids)) for name in FILTERS if group[name]) for group in groups)

    @api.model
    def _compile(self, filters):
        """{anchor: Domain on its model} of the filters of one group."""
        inside = {}
        for name, ids in filters:
            anchor, path, operator = FILTERS[name]
            inside[anchor] = inside.get(anchor, Domain.TRUE) & Domain(path, operator, list(ids))
        return inside

    @api.model
    def _sees_whole_company(self, user):
        """Whether no group of a login limits anything but companies: such a person sees sums over all customers."""
        filters = () if self.env.su else self._get_user_filters(user.id)
        return not filters or any(all(name == "company_ids" for name, _ids in one) for one in filters)

    @api.model
    def _check_whole_company(self):
        """Refuse what adds up all customers of a company to whoever sees a part of them. Raises AccessError."""
        if not self._sees_whole_company(self.env.user):
            raise AccessError(self._get_refusal())

    def _get_refusal(self):
        return self.env._(
            "This adds up all customers of the company, and you see a part of them: you are in a sharing group. Your "
            "billing administrator knows which one. Customers, subscriptions and bills of your part are in the menu."
        )
