from odoo import fields, models
from odoo.tools import SQL

# More than any id.
NO_END = 2**31 - 1


class CloudBillRunShare(models.Model):
    """A part of a run that one rater works on: the charges of whoever is paid for by some customers.

    A payer is never cut: what its customers include, count on and draw from is used up in the order of their service,
    which one rater alone keeps. Shares are there while a run is rated only. Whoever takes the run back removes them, so
    he and a rater write the same row, and the later one of them starts anew.
    """

    _name = "cloud.bill.run.share"
    _description = "Share of a Bill Run"
    _inherit = "cloud.rating.claim"
    _order = "run_id, payer_from"

    run_id = fields.Many2one("cloud.bill.run", string="Bill Run", required=True, ondelete="cascade", index=True)
    payer_from = fields.Integer(required=True, help="The first payer's id: the customer whom nobody pays for.")
    payer_end = fields.Integer(required=True, help="The id of the first payer of the next share.")
    is_done = fields.Boolean(default=False, required=True)
    error = fields.Text()

    _payers_once = models.Constraint(
        "EXCLUDE USING gist (int4range(run_id, run_id, '[]') WITH &&, int4range(payer_from, payer_end) WITH &&)",
        "A payer is in one share of a run.",
    )

    # === BUSINESS === #

    def _make(self, run, count):
        """Cut what is not rated of a run into so many shares with about as many charges each."""
        counts = self._count_by_payer(run)
        # sudo: shares are made by the rating only, no role may.
        self.sudo().create(
            [{"run_id": run.id, "payer_from": start, "payer_end": end} for start, end in cut_evenly(counts, count)]
        )

    def _count_by_payer(self, run):
        """List of (payer id, number of charges that are not rated), in the order of the ids."""
        for model in ("cloud.charge", "cloud.customer"):
            self.env[model].flush_model()
        return self.env.execute_query(
            SQL(
                """
            SELECT %(payer)s, COUNT(*)
              FROM cloud_charge ch
              JOIN cloud_customer customer ON customer.id = ch.customer_id
             WHERE ch.run_id = %(run_id)s
               AND NOT ch.is_rated
          GROUP BY 1
          ORDER BY 1
            """,
                payer=_PAYER,
                run_id=run.id,
            )
        )

    def _work_claimed(self, token):
        """One chunk under our claim; 0 when there is nothing left to rate of the share, or it is not ours any more."""
        if not self._keep_claim(token):
            return 0
        charges = self.run_id._get_unrated(self)
        self.run_id._rate_safely(charges)
        if not charges:
            # sudo: as in _make.
            self.sudo().write({"is_done": True, "claim_token": False, "claim_until": False})
            self.flush_recordset()
        return len(charges)

    def _leave_claim(self, error):
        super()._leave_claim(error)
        if error and self.exists():
            self.run_id.sudo().error = error  # sudo: as the error of a run that nobody shares.

    def _count_unrated(self):
        return self.run_id._count_unrated()

    # === HOOKS === #

    def _select_waiting(self) -> SQL:
        return SQL(
            "NOT work.is_done"
            " AND EXISTS (SELECT 1 FROM cloud_bill_run run WHERE run.id = work.run_id AND run.state = 'rating')"
        )

    def _select_payers(self) -> SQL:
        """The condition on `customer` for the charges of this share."""
        return SQL("%s >= %s AND %s < %s", _PAYER, self.payer_from, _PAYER, self.payer_end)


# The top of a customer's tree is who pays, see `cloud.customer._get_payers`.
_PAYER = SQL("split_part(customer.parent_path, '/', 1)::integer")


def cut_evenly(counts, shares):
    """Half-open intervals of ids with about as many charges each, which together hold every id.

    counts: (id, number of charges), in the order of the ids. Fewer than `shares` where single ids have too many.
    """
    total, seen, reached, bounds = sum(count for _id, count in counts), 0, 0, []
    for payer_id, count in counts:
        if seen * shares // total > reached:
            reached = seen * shares // total
            bounds.append(payer_id)
        seen += count
    return list(zip([0, *bounds], [*bounds, NO_END], strict=True))
