from .billing_common import BillingCase


class ChangeCase(BillingCase):
    """A live company with the ready list of protected fields: a customer with a bank account and a recurring product.

    Everything of the stage is made while the company is being set up.
    """

    protects_fields = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_company_state("setup")
        cls.proposals = cls.env["cloud.change.proposal"]
        cls.requests = cls.env["cloud.change.request"]
        cls.product = cls.make_product("Support", "recurring")
        cls.other_product = cls.make_product("Hosting", "recurring")
        cls.template, cls.other_template = cls.product.product_tmpl_id, cls.other_product.product_tmpl_id
        cls.customer = cls.make_customer("Acme")
        cls.partner = cls.customer.partner_id
        cls.bank = cls.env["res.partner.bank"].create(
            {"acc_number": "AT48 3200 0000 1234 5864", "partner_id": cls.partner.id}
        )
        cls.subscription = cls.make_subscription(cls.customer, cls.product, cls.other_product)
        cls.second_checker = cls.make_approvers("Second")
        cls.set_company_state("live")
        cls.env.flush_all()

    def propose(self, records, vals, user=None, **values):
        """A draft of the price manager (Mara Maker) with changes of records."""
        user = user or self.user_price_manager
        return self.proposals.with_user(user)._propose(records.with_user(user), vals, **values)

    def submit(self, records, vals, user=None, **values):
        """The request of a submitted draft."""
        draft = self.propose(records, vals, user, **values)
        draft.action_submit()
        return draft.request_id.with_user(self.env.user)

    def get_events(self, record, action):
        return (
            self.env["cloud.audit.event"]
            .sudo()
            .search([("res_model", "=", record._name), ("res_id", "=", record.id), ("action", "=", action)])
        )
