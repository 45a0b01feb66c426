from odoo import fields, models
from odoo.exceptions import RedirectWarning
from odoo.tools import SQL

# What was charged stays: a part with a live charge does not change, and a voided charge keeps its part.
_FREEZE = """
CREATE OR REPLACE FUNCTION cloud_instalment_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.line_id, NEW.number, NEW.kind, NEW.date_due, NEW.amount, NEW.cancelled_date)
                        IS NOT DISTINCT FROM
                            (OLD.line_id, OLD.number, OLD.kind, OLD.date_due, OLD.amount, OLD.cancelled_date)
    THEN
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT 1
                 FROM cloud_charge_component component
                 JOIN cloud_charge c ON c.component_id = component.id
                WHERE component.instalment_id = OLD.id AND c.is_live)
    THEN
        RAISE EXCEPTION 'Instalment % is charged: it does not change while the charge lives.', OLD.id
              USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE OR REPLACE TRIGGER cloud_instalment_frozen BEFORE UPDATE OR DELETE ON cloud_instalment
    FOR EACH ROW EXECUTE FUNCTION cloud_instalment_refuse_change();
"""


class CloudInstalment(models.Model):
    """What became of an instalment: derived from its charge, never written on it."""

    _inherit = "cloud.instalment"

    component_ids = fields.One2many("cloud.charge.component", "instalment_id")
    charge_id = fields.Many2one("cloud.charge", compute="_compute_charge", help="The live one, billed or in a run.")
    move_id = fields.Many2one("account.move", string="Invoice", compute="_compute_charge")
    state = fields.Selection(
        [
            ("coming", "To come"),
            ("due", "Due"),
            ("run", "In a run"),
            ("billed", "Billed"),
            ("paid", "Paid"),
            ("cancelled", "Not billed"),
        ],
        compute="_compute_charge",
        help="Not billed: stopped, or a part of a settlement.",
    )

    def init(self):
        result = super().init()
        self.env.cr.execute(_FREEZE)
        return result

    # === COMPUTE === #

    def _compute_charge(self):
        charges = self._fetch_charges()
        for part in self:
            # sudo: whoever may read a plan may read what became of its parts, also without a right on invoices.
            charge = charges.get(part._origin.id, self.env["cloud.charge"]).sudo()
            move = charge.bill_id.move_id
            part.charge_id = charge.id
            part.move_id = move.id
            part.state = part._get_state(charge, move)

    def _get_state(self, charge, move):
        if charge.state == "billed":
            return "paid" if move.payment_state in ("paid", "in_payment") else "billed"
        if charge:
            return "run"
        if self.cancelled_date:
            return "cancelled"
        return "due" if self.date_due and self.date_due <= fields.Date.context_today(self) else "coming"

    # === ACTIONS === #

    def action_view_invoice(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    # === BUSINESS === #

    def _fetch_charges(self):
        """{instalment id: its live charge}."""
        self.env["cloud.charge"].flush_model()
        self.env["cloud.charge.component"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
            SELECT component.instalment_id, c.id
              FROM cloud_charge_component component
              JOIN cloud_charge c ON c.component_id = component.id
             WHERE component.instalment_id = ANY(%s)
               AND c.is_live
               AND c.corrects_id IS NULL
            """,
                list(self._origin.ids),
            )
        )
        charges = self.env["cloud.charge"].browse(charge_id for _part_id, charge_id in rows)
        return dict(zip((part_id for part_id, _charge_id in rows), charges, strict=True))

    def _get_charged(self):
        charges = self._fetch_charges()
        return self.filtered(lambda part: part.id in charges)

    def _check_not_in_run(self):
        """Raise RedirectWarning where a run that is not posted has charges of these parts."""
        # sudo: which run stands in the way is told also to who may not read it.
        charges = self.env["cloud.charge"].union(*self._fetch_charges().values()).sudo()
        runs = charges.filtered(lambda charge: charge.state == "draft").run_id
        if runs:
            raise RedirectWarning(
                self.env._(
                    "%(line)s: an instalment is in %(runs)s, which is not posted. Post it, exclude the bill there, or"
                    " take the run back first.",
                    line=self.line_id[:1].display_name,
                    runs=", ".join(runs.mapped("name")),
                ),
                self.env.ref("cloud_billing.cloud_bill_run_action").id,
                self.env._("Bill Runs"),
                {"search_default_open": 1},
            )
