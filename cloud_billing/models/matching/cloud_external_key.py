from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CloudExternalKey(models.Model):
    """By which key another system knows a customer or a subscription: a tenant id, a number of the CRM.

    A key means one customer, and one subscription, of a company within one system; the same text in two systems are two
    keys. Keys are compared regardless of case.
    """

    _name = "cloud.external.key"
    _description = "External Key"
    _order = "key, id"
    _rec_name = "key"
    _check_company_auto = True

    key = fields.Char(required=True, help="As the other system writes it, for instance a tenant or account id.")
    source_id = fields.Many2one(
        "cloud.usage.source",
        string="Usage Source",
        ondelete="cascade",
        index="btree_not_null",
        check_company=True,
        help="In whose usage the key is an account. Empty: in any.",
    )
    system = fields.Char(
        help="Of which other system the key is, for instance a provider's name, or CRM. Empty: of any."
    )
    customer_id = fields.Many2one("cloud.customer", ondelete="cascade", index="btree_not_null", check_company=True)
    subscription_id = fields.Many2one(
        "cloud.subscription", ondelete="cascade", index="btree_not_null", check_company=True
    )
    company_id = fields.Many2one("res.company", compute="_compute_company_id", store=True, index=True, precompute=True)

    _one_owner = models.Constraint(
        "CHECK (num_nonnulls(customer_id, subscription_id) = 1)",
        "A key is of a customer or of a subscription: choose one.",
    )
    _one_system = models.Constraint(
        "CHECK (source_id IS NULL OR system IS NULL)",
        "A key is of a usage source or of another system: choose one.",
    )
    _key_uniq = models.UniqueIndex(
        "(company_id, lower(key), COALESCE(source_id, 0), lower(COALESCE(system, '')), (subscription_id IS NULL))",
        "This key means another customer or subscription of the company already.",
    )

    # === COMPUTE === #

    @api.depends("customer_id", "subscription_id")
    def _compute_company_id(self):
        for key in self:
            key.company_id = key.customer_id.company_id or key.subscription_id.company_id

    # === CONSTRAINTS === #

    @api.constrains("key")
    def _check_key(self):
        for key in self:
            if not key.key.strip():
                raise ValidationError(self.env._("A key needs a text: write it as the other system does."))

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._clean(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._clean(vals))

    def _clean(self, vals):
        """The values without blanks around texts, which nobody sees and which would make two keys of one."""
        texts = {name: (vals[name] or "").strip() or False for name in ("key", "system") if name in vals}
        if "key" in texts:
            texts["key"] = texts["key"] or ""
        return {**vals, **texts}

    # === BUSINESS === #

    @api.model
    def _find_owners(self, company, keys, model, systems=(), source=None):
        """{key in lower case: record of `model`} of a company, for texts that mean exactly one.

        systems: names of systems whose keys count, "" is always among them.   source: whose keys count.
        Where the keys of several systems name different records none of them is meant.
        """
        field = {"cloud.customer": "customer_id", "cloud.subscription": "subscription_id"}[model]
        self.flush_model()
        self.env.cr.execute(
            f"""
            SELECT lower(key), MIN({field})
              FROM cloud_external_key
             WHERE company_id = %s
               AND {field} IS NOT NULL
               AND lower(key) = ANY(%s)
               AND (source_id IS NULL OR source_id = %s)
               AND lower(COALESCE(system, '')) = ANY(%s)
          GROUP BY lower(key)
            HAVING COUNT(DISTINCT {field}) = 1
            """,
            [
                company.id,
                [key.lower() for key in keys],
                source.id if source else None,
                ["", *(system.lower() for system in systems if system)],
            ],
        )
        return {key: self.env[model].browse(record_id) for key, record_id in self.env.cr.fetchall()}
