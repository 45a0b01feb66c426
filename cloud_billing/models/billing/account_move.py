from odoo import fields, models
from odoo.exceptions import RedirectWarning, UserError

_REVERSAL = "account.action_view_account_move_reversal"


class AccountMove(models.Model):
    _inherit = "account.move"

    cloud_bill_id = fields.Many2one(
        "cloud.bill", string="Bill", ondelete="restrict", readonly=True, copy=False, groups="cloud_billing.group_viewer"
    )
    cloud_bill_run_id = fields.Many2one(
        related="cloud_bill_id.run_id", string="Bill Run", groups="cloud_billing.group_viewer"
    )
    cloud_frees_bill_id = fields.Many2one(
        "cloud.bill",
        string="Makes Billable Again",
        ondelete="restrict",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="cloud_billing.group_viewer",
        help="When this credit note is posted, what the bill charged is due again with the next run.",
    )

    _cloud_bill_uniq = models.UniqueIndex(
        "(cloud_bill_id) WHERE cloud_bill_id IS NOT NULL", "This bill became an invoice already."
    )
    _cloud_frees_uniq = models.UniqueIndex(
        "(cloud_frees_bill_id) WHERE cloud_frees_bill_id IS NOT NULL AND state <> 'cancel'",
        "Another credit note makes the usage of this invoice billable again already.",
    )

    # === CRUD === #

    def write(self, vals):
        if vals.get("state") in ("draft", "cancel"):
            self.filtered(lambda move: move.state == "posted")._refuse_draft()
        return super().write(vals)

    def unlink(self):
        # Before Odoo deletes the lines, which would be refused with advice that does not hold here.
        self._refuse_draft()
        return super().unlink()

    # === ACTIONS === #

    def action_cloud_free(self):
        """A credit note of a whole invoice of ours, which makes what it charged billable again."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(_REVERSAL)
        return {
            **action,
            "name": self.env._("Credit %(invoice)s", invoice=self.name),
            "context": {
                "active_model": "account.move",
                "active_ids": self.ids,
                "active_id": self.id,
                "default_cloud_usage_again": "yes",
            },
        }

    def action_view_cloud_bill(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "cloud.bill",
            "res_id": self.cloud_bill_id.id,
            "view_mode": "form",
        }

    def action_view_cloud_run(self):
        self.ensure_one()
        return self.cloud_bill_id.action_view_run()

    # === BUSINESS === #

    def _check_draftable(self):
        result = super()._check_draftable()
        self._refuse_draft()
        return result

    def _refuse_draft(self):
        """Raise what keeps invoices of ours from going back to draft, being deleted or renumbered, with a way on."""
        for move in self:
            # sudo: whoever may edit an invoice must be told that it is frozen, also without a role in Cloud Billing.
            blockers = move.sudo()._get_draft_blockers()
            if blockers:
                # sudo: as above, to show the way that there is.
                way = "cloud_billing.cloud_correct_action" if move.sudo().cloud_bill_id else _REVERSAL
                raise RedirectWarning(
                    "\n".join(blockers),
                    self.env.ref(way).id,
                    self.env._("Correct"),
                    {"active_model": "account.move", "active_ids": move.ids, "active_id": move.id},
                )

    def _post(self, soft=True):
        posted = super()._post(soft)
        # sudo: a person who posts credit notes frees what they credit, also without a role in Cloud Billing.
        posted.sudo()._free_cloud_usage()
        return posted

    def _free_cloud_usage(self):
        """Credit notes that were made to: what their bills charged is due again. Set-wise, all of them or none."""
        notes = self.filtered("cloud_frees_bill_id")
        if not notes:
            return
        bills = notes.cloud_frees_bill_id
        blockers = bills._get_free_blockers()
        problems = []
        for move in notes:
            problems += blockers.get(move.cloud_frees_bill_id, ())
            problems += move._get_part_blockers()
        if problems:
            raise UserError("\n".join(problems))
        by_bill = {move.cloud_frees_bill_id: move for move in notes}
        bills.charge_ids._void_by({bill.id: move.id for bill, move in by_bill.items()})
        self.env["cloud.audit.event"]._record(
            "usage_freed", bills, detail=lambda bill: {**bill._describe(), "credit_note": by_bill[bill].name}
        )

    def _get_part_blockers(self):
        """Why a credit note frees nothing although it was made to: it must take the whole invoice back."""
        self.ensure_one()
        original = self.reversed_entry_id
        if (
            original.cloud_bill_id == self.cloud_frees_bill_id
            and original.currency_id == self.currency_id
            and not self.currency_id.compare_amounts(original.amount_total, self.amount_total)
        ):
            return []
        return [
            self.env._(
                "%(note)s credits a part of %(invoice)s. Usage becomes billable again only with the whole invoice:"
                " credit all of its lines, or give a part of the money back with Correct.",
                note=self.display_name,
                invoice=original.name or "",
            )
        ]

    # === HOOKS === #

    def _get_draft_blockers(self):
        """Return the sentences for which this posted invoice cannot go back to draft, be deleted or be renumbered.

        An e-invoicing add-on that must send a rejected invoice back returns [] for it, else what super() returns.
        """
        self.ensure_one()
        if self.cloud_frees_bill_id and self.state == "posted":
            return [
                self.env._(
                    "%(note)s made the usage of %(bill)s billable again; it may be billed anew already. Post a new"
                    " invoice instead of taking it back.",
                    note=self.name,
                    bill=self.cloud_frees_bill_id.name,
                )
            ]
        if self.cloud_bill_id:
            return [
                self.env._(
                    "%(invoice)s was made of approved charges (%(run)s), so it stays as it is. Late or restated usage"
                    " corrects itself in the next run; for anything else make a credit note with Correct.",
                    invoice=self.name or self.env._("This invoice"),
                    run=self.cloud_bill_id.run_id.name,
                )
            ]
        return []
