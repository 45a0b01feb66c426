"""Where each model keeps its customer, subscription and product. A test compares the table with the registry.

Each model of ours is in exactly one of PATHS, WHOLE and FREE, or overrides `_get_sharing_paths`. A new one is hidden
from everybody who is limited until that is decided.
"""

from .sharing_paths import Every, Paths

_CUSTOMER = Paths(customer="customer_id")
_SUBSCRIPTION = Paths(customer="customer_id", subscription="id", product="line_ids.product_id")
_OF_SUBSCRIPTION = Paths(
    customer="subscription_id.customer_id",
    subscription="subscription_id",
    product="subscription_id.line_ids.product_id",
)
# Lines of subscriptions, charges, and others that name all three.
_LINE = Paths(customer="customer_id", subscription="subscription_id", product="product_id")
_BILL = Paths(
    customer="customer_id",
    subscription=Every("charge_ids", "subscription_id"),
    product=Every("charge_ids", "product_id"),
)
_STREAM = Paths(
    customer=Every("mapping_ids", "customer_id"),
    subscription=Every("mapping_ids", "subscription_line_id.subscription_id"),
    product=Every("mapping_ids", "subscription_line_id.product_id"),
)
_BY_LINE = Paths(
    customer="customer_id",
    subscription="subscription_line_id.subscription_id",
    product="subscription_line_id.product_id",
)
# A price names whom it is for in one of three fields, or nobody: then it is for all.
_PRICE = Paths(
    customer=("customer_id", "subscription_id.customer_id", "subscription_line_id.customer_id"),
    subscription=("subscription_id", "subscription_line_id.subscription_id"),
    product="product_id",
    is_shared=True,
)


def _of_contact(name, *unless):
    """What is with a contact: that of a customer outside is hidden, and whoever is no customer is everybody's.

    unless: paths to a bill, which says better for which of the customers of a contact it is.
    """
    customers = f"{name}.cloud_customer_ids"
    return Paths(
        customer=Every(customers, "id", unless),
        subscription=Every(f"{customers}.subscription_ids", "id", unless),
        product=Every(f"{customers}.subscription_ids.line_ids", "product_id", unless),
        is_shared=True,
    )


# The bill of an entry; one that comes from none is the contact's.
_TO_BILL = ("cloud_bill_id", "reversed_entry_id.cloud_bill_id")
_OF_BILL = Paths(
    customer=tuple(f"{path}.customer_id" for path in _TO_BILL),
    subscription=Every("cloud_bill_id.charge_ids", "subscription_id"),
    product=Every("cloud_bill_id.charge_ids", "product_id"),
    is_shared=True,
)
_INVOICE = _OF_BILL.plus(_of_contact("commercial_partner_id", *_TO_BILL))
# A line of an entry by hand may be with another contact than the entry.
_ITEM = _INVOICE.behind("move_id").plus(_of_contact("partner_id", *(f"move_id.{path}" for path in _TO_BILL)))
# Who pays for somebody else is shown only where what was paid is.
_PAYMENT = _of_contact("partner_id").plus(
    Paths(
        customer=Every("invoice_ids.cloud_bill_id", "customer_id"),
        subscription=Every("invoice_ids.cloud_bill_id.charge_ids", "subscription_id"),
        product=Every("invoice_ids.cloud_bill_id.charge_ids", "product_id"),
    )
)

PATHS = {
    # ---- contracts ----
    "cloud.customer": Paths(
        customer="id", subscription="subscription_ids", product="subscription_ids.line_ids.product_id"
    ),
    "cloud.customer.order": _CUSTOMER,
    "cloud.external.key": Paths(
        customer=("customer_id", "subscription_id.customer_id"), subscription="subscription_id", is_shared=True
    ),
    "cloud.rate.class.member": _CUSTOMER,
    "cloud.subscription": _SUBSCRIPTION,
    "cloud.subscription.line": _LINE,
    "cloud.subscription.quantity": _LINE.behind("line_id"),
    "cloud.subscription.change": _OF_SUBSCRIPTION,
    "cloud.subscription.pause": _OF_SUBSCRIPTION,
    "cloud.subscription.term": _OF_SUBSCRIPTION,
    "cloud.subscription.succession": Paths(
        customer=("former_customer_id", "customer_id"), subscription=("predecessor_id", "successor_id")
    ),
    "cloud.succession.proposal": Paths(
        customer=("subscription_id.customer_id", "customer_id"), subscription="subscription_id"
    ),
    "cloud.contract.rate": _LINE,
    "cloud.indexation.line": Paths(
        customer="customer_id", subscription="subscription_id", product="line_id.product_id"
    ),
    "cloud.indexation.notice": _CUSTOMER,
    "cloud.instalment": _LINE.behind("line_id"),
    "cloud.opening": _LINE.behind("line_id"),
    "cloud.seat.row": _LINE.behind("line_id"),
    "cloud.seat.report": _LINE,
    "cloud.spend.commitment": Paths(customer="customer_id", subscription="subscription_id"),
    "cloud.spend.commitment.item": Paths(
        customer="commitment_id.customer_id", subscription="commitment_id.subscription_id"
    ),
    "cloud.coupon.redemption": Paths(customer="customer_id", subscription="subscription_id"),
    # ---- prices ----
    "cloud.price.rule": _PRICE,
    "cloud.price.allowance": _PRICE,
    "cloud.price.tier": _PRICE.behind("rule_id"),
    "cloud.price.cell": _PRICE.behind("rule_id"),
    "cloud.price.condition": _PRICE.behind("rule_id"),
    "cloud.price.sample": Paths(
        customer=("customer_id", "subscription_id.customer_id"),
        subscription="subscription_id",
        product="product_id",
        is_shared=True,
    ),
    "cloud.price.rehearsal.line": _CUSTOMER,
    # ---- usage ----
    "cloud.usage.stream": _STREAM,
    "cloud.usage.record": _STREAM.behind("stream_id"),
    "cloud.usage.mapping": _BY_LINE,
    "cloud.usage.exception": Paths(customer="customer_id"),
    "cloud.usage.cost.report": _BY_LINE,
    "cloud.usage.match.rule": Paths(
        customer=("customer_id", "subscription_line_id.customer_id"),
        subscription="subscription_line_id.subscription_id",
        product=("product_id", "subscription_line_id.product_id"),
        is_shared=True,
    ),
    "cloud.usage.estimate": _LINE.behind("component_id.subscription_line_id"),
    # ---- billing ----
    "cloud.billing.period": _OF_SUBSCRIPTION,
    "cloud.charge": _LINE,
    "cloud.charge.component": _LINE.behind("charge_ids"),
    "cloud.charge.estimate": _LINE.behind("charge_id"),
    "cloud.rated.line": Paths(customer="customer_id", subscription="charge_id.subscription_id", product="product_id"),
    "cloud.rated.grant": _LINE.behind("rated_line_id.charge_id"),
    "cloud.coupon.use": _LINE.behind("rated_line_id.charge_id"),
    "cloud.bill": _BILL,
    "cloud.bill.approval": _BILL.behind("bill_id"),
    "cloud.bill.text": _CUSTOMER,
    "cloud.adjustment": _LINE,
    "cloud.goodwill": Paths(customer="customer_id", product="product_id"),
    "cloud.undo.line": _BILL.behind("bill_id"),
    "cloud.write.off": _INVOICE.behind("move_id"),
    "cloud.closing.line": _LINE,
    "cloud.closing.tie.out": _BY_LINE,
    "cloud.closing.waterfall": _LINE,
    "cloud.parallel.line": _CUSTOMER,
    "cloud.intervention": _CUSTOMER,
    # ---- control ----
    # What a request shows is texts of whatever it is about.
    "cloud.change.item": Paths(own="proposal_id.create_uid"),
    "cloud.change.proposal": Paths(own="create_uid"),
    "cloud.change.request": Paths(own="requester_id"),
    "cloud.change.level": Paths(own="request_id.requester_id"),
    "cloud.change.vote": Paths(own="request_id.requester_id"),
    # ---- Odoo's documents made of ours ----
    "account.move": _INVOICE,
    "account.move.line": _ITEM,
    "account.invoice.report": _INVOICE.behind("move_id"),
    "account.analytic.line": _ITEM.behind("move_line_id"),
    # ---- and what pays them ----
    "account.bank.statement.line": _INVOICE.behind("move_id").plus(_of_contact("partner_id")),
    "account.payment": _PAYMENT,
    # Of Odoo's online payments, where they are installed.
    "payment.transaction": _PAYMENT,
    "account.partial.reconcile": _ITEM.behind("debit_move_id").plus(_ITEM.behind("credit_move_id")),
    "account.full.reconcile": Paths(
        company="reconciled_line_ids.company_id",
        customer=Every("reconciled_line_ids.partner_id.cloud_customer_ids", "id"),
        subscription=Every("reconciled_line_ids.partner_id.cloud_customer_ids.subscription_ids", "id"),
        product=Every("reconciled_line_ids.partner_id.cloud_customer_ids.subscription_ids.line_ids", "product_id"),
        is_shared=True,
    ),
}

# These add up, or hold raw, what belongs to many customers: for whoever sees a whole company.
WHOLE = {
    "cloud.audit.event",
    "cloud.audit.review",
    "cloud.audit.review.line",
    "cloud.bill.run",
    "cloud.bill.run.share",
    "cloud.bill.run.stop",
    "cloud.closing",
    "cloud.closing.balance",
    "cloud.connector.backfill",
    "cloud.connector.delivery",
    "cloud.connector.run",
    "cloud.cutover",
    "cloud.cutover.row",
    "cloud.indexation",
    "cloud.job",
    "cloud.parallel",
    "cloud.price.rehearsal",
    "cloud.push.batch",
    "cloud.push.refusal",
    "cloud.seat.delivery",
    "cloud.sheet.delivery",
    "cloud.sheet.delivery.row",
    "cloud.standing.approval",
    "cloud.undo",
    "cloud.usage.control",
    "cloud.usage.delivery",
    "cloud.usage.file",
    "cloud.usage.import",
    "cloud.usage.import.halt",
    "cloud.usage.proof",
    "cloud.usage.reject",
    "cloud.usage.seal",
    "cloud.usage.state",
    "cloud.usage.waiver",
}

# Where those of them name their company that have none themselves.
COMPANY_BEHIND = {"cloud.bill.run.share": "run_id"}

# What a company has set up, and who works with it: no row says anything of one customer.
FREE = {
    "cloud.approval.delegation",
    "cloud.approval.level",
    "cloud.approval.policy",
    "cloud.approval.scope",
    "cloud.audit.chain",
    "cloud.audit.tracker",
    "cloud.audit.verification",
    "cloud.backup.drill",
    "cloud.brand",
    "cloud.bundle",
    "cloud.bundle.part",
    "cloud.connector",
    "cloud.connector.column",
    "cloud.connector.host",
    "cloud.coupon",
    "cloud.coupon.item",
    "cloud.field.class",
    "cloud.field.item",
    "cloud.field.level",
    "cloud.meter",
    "cloud.meter.conversion",
    "cloud.meter.filter",
    "cloud.person",
    "cloud.price.plan",
    "cloud.price.plan.version",
    "cloud.protected.field",
    "cloud.rate.class",
    "cloud.seat.source",
    "cloud.secret",
    "cloud.segregation.acceptance",
    "cloud.segregation.line",
    "cloud.sharing.group",
    "cloud.subscription.tag",
    "cloud.text.template",
    "cloud.usage.check",
    "cloud.usage.check.value",
    "cloud.usage.final",
    "cloud.usage.format",
    "cloud.usage.format.version",
    "cloud.usage.source",
    "cloud.usage.source.policy",
    # A person's own uploads, by a rule of their own.
    "cloud.usage.upload",
    "cloud.usage.upload.part",
    "cloud.vault.key",
}
