from odoo import api, fields, models
from odoo.tools import SQL

from ...fields import DecimalField
from ...sql_rows import as_table

KINDS = [
    ("accrued_income", "Accrued income"),
    ("accrued_cost", "Accrued cost"),
    ("deferral", "Deferred revenue"),
    ("release", "Release of an opening balance"),
]
SOURCES = [
    ("pending", "Not charged yet"),
    ("rated", "Rated, not invoiced yet"),
    ("later", "Invoiced after the month's end"),
    ("invoice", "Invoiced in advance"),
    ("freed", "Invoiced, credited afterwards and billable again"),
    ("credit", "Credited for days to come"),
    ("usage", "Usage without the provider's bill"),
    ("opening", "Deferred by the former system"),
]
# Of a line, what its closing finds: names as in the table, PostgreSQL types.
INSERTED = {
    "kind": "text",
    "source": "text",
    "source_key": "text",
    "name": "text",
    "customer_id": "integer",
    "subscription_id": "integer",
    "subscription_line_id": "integer",
    "rated_line_id": "integer",
    "move_line_id": "integer",
    "opening_id": "integer",
    "usage_source_id": "integer",
    "product_id": "integer",
    "service_start": "date",
    "service_end": "date",
    "account_id": "integer",
    "counter_account_id": "integer",
    "analytic_distribution": "jsonb",
    "currency_id": "integer",
    "total_amount": "numeric",
    "amount": "numeric",
    "company_total": "numeric",
    "company_amount": "numeric",
    "remaining_amount": "numeric",
    "rate": "numeric",
    "rate_date": "date",
}
# Once somebody was asked to approve it, a month's end is what was seen, in setup and for raw SQL too.
_FREEZE = """
CREATE OR REPLACE FUNCTION cloud_closing_line_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A draft rated line that is recalculated disappears, also while its accrual stands.
    IF TG_OP = 'UPDATE' AND NEW.rated_line_id IS NULL
       AND to_jsonb(NEW) - 'rated_line_id' = to_jsonb(OLD) - 'rated_line_id'
    THEN
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT 1 FROM cloud_closing
                WHERE id = CASE WHEN TG_OP = 'INSERT' THEN NEW.closing_id ELSE OLD.closing_id END
                  AND state NOT IN ('draft', 'rejected'))
       OR TG_OP = 'UPDATE' AND NEW.closing_id <> OLD.closing_id
    THEN
        RAISE EXCEPTION 'Lines of a month end change while it is a draft only.' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE OR REPLACE TRIGGER cloud_closing_line_frozen BEFORE INSERT OR UPDATE OR DELETE ON cloud_closing_line
    FOR EACH ROW EXECUTE FUNCTION cloud_closing_line_refuse_change();
"""


class CloudClosingLine(models.Model):
    """What one fact is worth at a month's end: a share of a rated line, usage without a bill, an opening balance."""

    _name = "cloud.closing.line"
    _description = "Line of a Month End"
    _inherit = ["analytic.mixin"]
    _order = "closing_id desc, kind, customer_id, id"

    closing_id = fields.Many2one("cloud.closing", string="Month End", required=True, ondelete="cascade", index=True)
    state = fields.Selection(related="closing_id.state")
    date_end = fields.Date(related="closing_id.date_end", string="Month's End")
    company_id = fields.Many2one("res.company", required=True, ondelete="restrict", index=True)
    kind = fields.Selection(KINDS, required=True)
    source = fields.Selection(SOURCES, required=True, help="What the line was made of.")
    source_key = fields.Char(required=True, help="Names that one fact; it is on a month's end once.")
    name = fields.Char(string="Description", required=True)
    customer_id = fields.Many2one("cloud.customer", ondelete="restrict", index="btree_not_null")
    subscription_id = fields.Many2one("cloud.subscription", ondelete="restrict", index="btree_not_null")
    subscription_line_id = fields.Many2one("cloud.subscription.line", ondelete="restrict")
    rated_line_id = fields.Many2one("cloud.rated.line", ondelete="set null", index="btree_not_null")
    move_line_id = fields.Many2one(
        "account.move.line", string="Invoice Line", ondelete="restrict", index="btree_not_null"
    )
    move_id = fields.Many2one(related="move_line_id.move_id", string="Invoice")
    opening_id = fields.Many2one("cloud.opening", ondelete="restrict", index="btree_not_null")
    usage_source_id = fields.Many2one("cloud.usage.source", ondelete="restrict")
    product_id = fields.Many2one("product.product", ondelete="restrict")
    service_start = fields.Date(string="Service From", required=True)
    service_end = fields.Date(string="Service To", required=True, help="First day after the service.")
    account_id = fields.Many2one(
        "account.account",
        required=True,
        ondelete="restrict",
        help="Income or cost: as on the invoice line that was made of it, or will be.",
    )
    counter_account_id = fields.Many2one(
        "account.account", string="Balance Account", required=True, ondelete="restrict"
    )
    currency_id = fields.Many2one("res.currency", required=True, ondelete="restrict")
    total_amount = DecimalField(
        string="Whole Amount", required=True, currency_field="currency_id", help="Net, for all days of the service."
    )
    amount = DecimalField(
        required=True, currency_field="currency_id", help="The part of it that is booked at the month's end."
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    company_total = DecimalField(
        string="Whole Amount in Company Currency", required=True, currency_field="company_currency_id"
    )
    company_amount = DecimalField(
        string="Amount in Company Currency", required=True, currency_field="company_currency_id"
    )
    remaining_amount = DecimalField(
        string="Still Deferred",
        required=True,
        currency_field="company_currency_id",
        help="Revenue of later days after this month's end, in the company's currency.",
    )
    rate = DecimalField(help="Company currency per unit of the currency: of the month's end, or of the invoice.")
    rate_date = fields.Date()

    _source_uniq = models.UniqueIndex(
        "(closing_id, kind, source_key)", "This is a part of the month's end already: compute it again."
    )
    _days_ordered = models.Constraint("CHECK (service_start < service_end)", "A service interval is not empty.")

    def init(self):
        result = super().init()
        self.env.cr.execute(_FREEZE)
        return result

    # === COMPUTE === #

    @api.depends("name", "service_start", "service_end")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.name} {line.service_start} – {line.service_end}"

    # === ACTIONS === #

    def action_open_source(self):
        """What the line was made of: its rated line, invoice, opening fact or source of usage."""
        self.ensure_one()
        record = self.rated_line_id or self.move_id or self.opening_id or self.usage_source_id or self.subscription_id
        return record.get_formview_action()

    # === BUSINESS === #

    @api.model
    def _replace(self, closing, rows):
        """The lines of a draft closing are these from now on. rows: dicts with the keys of INSERTED."""
        self.flush_model()
        self.env.execute_query(SQL("DELETE FROM cloud_closing_line WHERE closing_id = %s", closing.id))
        columns = SQL(", ").join(SQL.identifier(name) for name in INSERTED)
        self.env.execute_query(
            SQL(
                """
            INSERT INTO cloud_closing_line (
                   closing_id, company_id, %(columns)s, create_uid, write_uid, create_date, write_date)
            SELECT %(closing_id)s, %(company_id)s, %(columns)s,
                   %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
              FROM %(rows)s
                """,
                columns=columns,
                closing_id=closing.id,
                company_id=closing.company_id.id,
                uid=self.env.uid,
                rows=as_table("v", INSERTED, [[row.get(name) for name in INSERTED] for row in rows]),
            )
        )
        self.invalidate_model()
        closing.invalidate_recordset(["line_ids"])
