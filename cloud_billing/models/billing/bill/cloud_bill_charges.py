from odoo import api, models
from odoo.tools import SQL

from ....sql_rows import as_table
from ..table_statistics import refresh_statistics


class CloudBill(models.Model):
    """What a bill is made of: which charges share one, how they come onto it, and when they are free of it again."""

    _inherit = "cloud.bill"

    # === BUSINESS === #

    @api.model
    def _assemble(self, run):
        """Make the bills of a run's charges that have none, and add the charges to them.

        What was excluded from the run stays out of it when it is rated again: those charges disappear.
        """
        groups = self._group_charges(run)
        bills = {bill._get_group(): bill for bill in run.bill_ids if bill.state != "cancelled"}
        missing = [group for group in groups if group not in bills]
        # Named one by one they would be read one by one.
        self.env["cloud.customer"].browse({group[0] for group in missing}).mapped("name")
        # sudo: bills are made by rating; no role may write them.
        made = (
            self.sudo()
            .with_context(mail_create_nosubscribe=True, mail_create_nolog=True)
            .create([self._prepare_vals(run, group) for group in missing])
        )
        bills.update(zip(missing, made.sudo(self.env.su), strict=True))
        excluded = {group for group in groups if bills[group].state == "excluded"}
        charge_ids = [charge_id for group in excluded for charge_id in groups[group]]
        self.env["cloud.charge"].browse(charge_ids)._discard()
        self._attach(
            [(bills[group].id, charge_id) for group in groups if group not in excluded for charge_id in groups[group]]
        )
        run.invalidate_recordset(["bill_ids"])

    def _group_charges(self, run):
        """{(customer id, currency id, tax basis, grouping key): list of charge ids} of charges without a bill."""
        for model in ("cloud.charge", "cloud.subscription", "cloud.subscription.line"):
            self.env[model].flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """
            SELECT %s
              FROM cloud_charge c
         LEFT JOIN cloud_spend_commitment k ON k.id = c.commitment_id
         LEFT JOIN cloud_subscription s ON s.id = c.subscription_id
         LEFT JOIN cloud_price_plan plan ON plan.id = s.plan_id
         LEFT JOIN cloud_subscription_line l ON l.id = c.subscription_line_id
             WHERE c.run_id = %s
               AND c.bill_id IS NULL
               AND c.state = 'draft'
          ORDER BY c.customer_id, c.id
            """,
                self._get_group_columns(),
                run.id,
            )
        )
        customers = self.env["cloud.customer"].browse({row["customer_id"] for row in rows})
        payers = customers._get_payers()
        groupings = self._get_groupings(run, customers.union(*payers.values()))
        groups = {}
        for row in rows:
            payer = payers[row["customer_id"]]
            row["grouping"] = groupings[payer.id]
            group = (payer.id, row["currency_id"], row["tax_basis"], self._get_grouping_key(payer, row))
            groups.setdefault(group, []).append(row["id"])
        return groups

    def _get_group(self):
        self.ensure_one()
        return self.customer_id.id, self.currency_id.id, self.tax_basis, self.grouping_key

    def _prepare_vals(self, run, group):
        customer_id, currency_id, tax_basis, grouping_key = group
        customer = self.env["cloud.customer"].browse(customer_id)
        return {
            "name": f"{run.name} {customer.name}",
            "run_id": run.id,
            "customer_id": customer_id,
            "currency_id": currency_id,
            "tax_basis": tax_basis,
            "grouping_key": grouping_key,
        }

    def _attach(self, pairs):
        """Write the bill on charges and their lines; pairs: (bill id, charge id)."""
        if not pairs:
            return
        self.flush_model()
        self.env.execute_query(
            SQL(
                "UPDATE cloud_charge SET bill_id = v.bill_id FROM %s WHERE cloud_charge.id = v.id",
                as_table("v", {"bill_id": "integer", "id": "integer"}, pairs),
            )
        )
        self.env["cloud.charge"].invalidate_model()
        refresh_statistics(self.env, "cloud.charge", ("id", "bill_id"), len(pairs))
        self.browse({bill_id for bill_id, _charge_id in pairs})._attach_lines()
        refresh_statistics(self.env, "cloud.rated.line", ("id", "charge_id", "bill_id"), len(pairs))

    def _attach_lines(self):
        """Write the bill of their charge on rated lines that have none."""
        self.env["cloud.rated.line"].flush_model()
        self.env.execute_query(
            SQL(
                """
            UPDATE cloud_rated_line r
               SET bill_id = c.bill_id
              FROM cloud_charge c
             WHERE c.id = r.charge_id
               AND c.bill_id = ANY(%s)
               AND r.bill_id IS NULL
            """,
                list(self.ids),
            )
        )
        self.env["cloud.rated.line"].invalidate_model()
        self.invalidate_recordset(["charge_ids", "rated_line_ids"])

    def _free_charges(self):
        """Make what these bills charge due again: drafts disappear, what was approved stays on record as voided."""
        charges = self.charge_ids.filtered(lambda charge: charge.state == "draft")
        frozen = charges.filtered(lambda charge: True in charge.rated_line_ids.mapped("is_frozen"))
        frozen._void()
        (charges - frozen)._discard()

    def _get_free_blockers(self):
        """{bill: list of sentences with a remedy} of those whose posted charges cannot become billable again.

        Takes a constant number of statements.
        """
        blockers = {}
        charges = self.env["cloud.charge"].search([("bill_id", "in", self.ids)])
        billed = charges.filtered(lambda charge: charge.state == "billed").bill_id
        for bill in self - billed:
            blockers[bill] = [
                self.env._(
                    "The usage of %(invoice)s is billable again already.", invoice=bill.move_id.name or bill.name
                )
            ]
        later = self.env["cloud.charge"].search([("corrects_id", "in", charges.ids), ("is_live", "=", True)])
        for bill, corrections in later.grouped(lambda charge: charge.corrects_id.bill_id).items():
            others = corrections.filtered(lambda charge, bill=bill: charge.bill_id != bill)
            if others:
                names = ", ".join(others.bill_id.mapped(lambda later: later.move_id.name or later.name))
                blockers.setdefault(bill, []).append(
                    self.env._(
                        "%(invoice)s was corrected by %(later)s. Credit that first, or exclude it where it is not"
                        " posted yet.",
                        invoice=bill.move_id.name or bill.name,
                        later=names or ", ".join(others.run_id.mapped("name")),
                    )
                )
        # A credit note that somebody made by hand: the whole invoice would be credited a second time.
        credited = self.env["account.move"].search(
            [
                ("reversed_entry_id", "in", self.move_id.ids),
                ("cloud_bill_id", "=", False),
                ("cloud_frees_bill_id", "=", False),
                ("state", "!=", "cancel"),
            ]
        )
        for invoice, notes in credited.grouped("reversed_entry_id").items():
            blockers.setdefault(invoice.cloud_bill_id, []).append(
                self.env._(
                    "%(invoice)s was credited by %(notes)s. Cancel or delete that first.",
                    invoice=invoice.name,
                    notes=", ".join(notes.mapped("display_name")),
                )
            )
        return blockers

    # === HOOKS === #

    @api.model
    def _get_group_columns(self) -> SQL:
        """Return what `_get_grouping_key` may read of a charge, as columns of c (charge), k (minimum), s, plan and l.

        To add one: return SQL("%s, c.mine", super()._get_group_columns()).
        """
        return SQL(
            """
            c.id, c.customer_id, c.subscription_id, c.currency_id,
            COALESCE(k.tax_basis, plan.tax_basis) AS tax_basis,
            COALESCE(l.order_id, s.order_id) AS order_id,
            s.order_reference,
            COALESCE(k.analytic_distribution, l.analytic_distribution) AS analytic_distribution
            """
        )

    @api.model
    def _get_groupings(self, run, payers):
        """Return {customer id: value of `invoice_grouping` by which a run groups what each of these pays}."""
        return {payer.id: payer.invoice_grouping or "customer" for payer in payers}

    @api.model
    def _get_grouping_key(self, payer, charge):
        """Return the text that keeps charges of one payer on bills of their own; equal texts share a bill.

        payer: the cloud.customer who pays. charge: dict of id, customer_id, subscription_id, currency_id, tax_basis,
        order_id, order_reference, analytic_distribution and `grouping`, the value of `invoice_grouping` that holds for
        the run; the true-up of a customer's minimum has no subscription.
        To add a grouping: extend the selection `invoice_grouping`, return yours for your value, else super().
        """
        if charge["grouping"] == "subscription" and charge["subscription_id"]:
            return f"subscription {charge['subscription_id']}"
        return ""
