from odoo import fields, models
from odoo.tools import SQL

from ..run_limit import PAYER, RunLimit, select_limited
from . import cloud_bill_run_rating

# More than any id.
NO_END = 2**31 - 1


class CloudBillRunShare(models.Model):
    """A part of a run that one rater works on: the charges of whoever is paid for by some customers.

    A payer is never cut: what its customers include, count on and draw from is used up in the order of their service,
    which one rater alone keeps. Whoever takes up a share makes its charges too, unless the run has them already. Shares
    are there while a run is rated only. Whoever takes the run back removes them, so he and a rater write the same row,
    and the later one of them starts anew.
    """

    _name = "cloud.bill.run.share"
    _description = "Share of a Bill Run"
    _inherit = "cloud.rating.claim"
    _order = "run_id, payer_from"

    run_id = fields.Many2one("cloud.bill.run", string="Bill Run", required=True, ondelete="cascade", index=True)
    payer_from = fields.Integer(required=True, help="The first payer's id: the customer whom nobody pays for.")
    payer_end = fields.Integer(required=True, help="The id of the first payer of the next share.")
    charging = fields.Selection(
        [("before", "Were there before"), ("due", "To be made"), ("made", "Made with the share")],
        default="before",
        required=True,
        help="Whether the charges that fall due were made for the whole run, or whoever takes up the share makes them.",
    )
    due_at = fields.Datetime(
        help="What has not ended by then waits, see `cloud.charge.due._make`. Empty: nothing does."
    )
    is_done = fields.Boolean(default=False, required=True)
    error = fields.Text()

    _payers_once = models.Constraint(
        "EXCLUDE USING gist (int4range(run_id, run_id, '[]') WITH &&, int4range(payer_from, payer_end) WITH &&)",
        "A payer is in one share of a run.",
    )

    # === BUSINESS === #

    def _make(self, run, count, counts, **vals):
        """Cut a run into so many shares with about as many charges each; returns them.

        counts: list of (payer id, number of charges), in the order of the ids. vals: other values of the shares.
        """
        # sudo: shares are made by the rating only, no role may.
        return self.sudo().create(
            [
                {"run_id": run.id, "payer_from": start, "payer_end": end, **vals}
                for start, end in cut_evenly(counts, count)
            ]
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
                payer=PAYER,
                run_id=run.id,
            )
        )

    def _work_claimed(self, token):
        """The charges of the share, or one chunk of them, under our claim; 0 when it is done, or not ours any more."""
        if not self._keep_claim(token):
            return 0
        if self.charging == "due":
            return self._make_charges() + 1
        charges = self.run_id._get_unrated(self)
        self.run_id._rate_safely(charges)
        if len(charges) < cloud_bill_run_rating.CHUNK:
            # sudo: as in _make.
            self.sudo().write({"is_done": True, "claim_token": False, "claim_until": False})
            self.flush_recordset()
        return len(charges)

    def _make_charges(self):
        """Make what falls due of this share, once; returns how many.

        In a transaction of its own: where the one that has inserted a row updates it too, PostgreSQL looks up every
        foreign key of it once more, which takes as long as making the charges.
        """
        made = self._make_due(self._select_payers())
        # sudo: as in _make.
        self.sudo().charging = "made"
        self.flush_recordset()
        return made

    def _make_left_over(self):
        """Make what is due of a run and was in no share when its rater came: of who came to another payer meanwhile.

        self: all shares of the run, done ones.
        """
        for share in self.filtered(lambda share: share.charging != "before")[:1]:
            # A share charges a subscription in one go, so what it has charged has nothing left over.
            share._make_due(
                SQL(
                    "NOT EXISTS (SELECT 1 FROM cloud_charge c WHERE c.subscription_id = s.id AND c.run_id = %s)",
                    share.run_id.id,
                )
            )

    def _make_due(self, condition):
        """Make what is due of subscriptions that the run bills; returns how many. condition: SQL on `s`, `customer`."""
        for model in ("cloud.subscription", "cloud.customer", "cloud.charge"):
            self.env[model].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
            SELECT s.id
              FROM cloud_subscription s
              JOIN cloud_customer customer ON customer.id = s.customer_id
             WHERE s.company_id = %(company_id)s
               AND s.state <> 'draft'
               AND %(condition)s
               AND %(limited)s
          ORDER BY s.id
            """,
                company_id=self.run_id.company_id.id,
                condition=condition,
                limited=select_limited(self.run_id._get_limit(), SQL("s.id")),
            )
        )
        if not rows:
            return 0
        limit = RunLimit(tuple(subscription_id for (subscription_id,) in rows))
        return self.env["cloud.charge.due"]._make(self.run_id, now=self.due_at or None, limit=limit)

    def _leave_claim(self, error):
        result = super()._leave_claim(error)
        if error and self.exists():
            self.run_id.sudo().error = error  # sudo: as the error of a run that nobody shares.
        return result

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
        return SQL("%s >= %s AND %s < %s", PAYER, self.payer_from, PAYER, self.payer_end)


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
