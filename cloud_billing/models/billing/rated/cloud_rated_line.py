from odoo import api, fields, models
from odoo.tools import SQL

from ....engine.numbers import to_text
from ....fields import CopiedMany2one, DecimalField
from .copied_columns import keep_equal
from .copy_text import copy_line, copy_lines, copy_plain
from .shared_json import SharedJson

# Of a frozen line only the invoice line is still to come, once.
_FREEZE = """
CREATE OR REPLACE FUNCTION cloud_rated_line_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT OLD.is_frozen THEN
        RETURN COALESCE(NEW, OLD);
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'Rated line % is approved: it is never deleted.', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF to_jsonb(NEW) - '{move_line_id,write_uid,write_date}'::text[]
       IS DISTINCT FROM to_jsonb(OLD) - '{move_line_id,write_uid,write_date}'::text[]
       OR NEW.move_line_id IS DISTINCT FROM OLD.move_line_id AND OLD.move_line_id IS NOT NULL
    THEN
        RAISE EXCEPTION 'Rated line % is approved: it never changes. Correct it by a new charge.', OLD.id
              USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER cloud_rated_line_frozen BEFORE UPDATE OR DELETE ON cloud_rated_line
    FOR EACH ROW EXECUTE FUNCTION cloud_rated_line_refuse_change();
"""

# What the rating gives for every line, in the order in which it is inserted.
INSERTED = (
    "charge_id",
    "company_id",
    "customer_id",
    "customer_name",
    "subscription_line_id",
    "product_id",
    "bundle_id",
    "rule_id",
    "contract_rate_id",
    "version_id",
    "sequence",
    "name",
    "service_start",
    "service_end",
    "part_key",
    "measured_quantity",
    "measured_value",
    "counted_quantity",
    "counter_start",
    "quantity",
    "unit",
    "unit_price",
    "currency_id",
    "amount_exact",
    "amount",
    "cost_amount",
    "exchange_rate",
    "exchange_source",
    "exchange_date",
    "row_count",
    "usage_number",
    "engine_version",
    "workings",
    "statement",
    "corrects_id",
)
# With the parts of them that all lines of one price have in common.
_JSON = {"workings": ("rule", "terms", "resolution"), "statement": ()}
# Types of fields whose text may need escaping.
_WRITTEN = ("char", "json")


class CloudRatedLine(models.Model):
    """One priced part of a charge, with the terms used and its workings; frozen when its run is approved."""

    _name = "cloud.rated.line"
    _description = "Rated Line"
    _order = "charge_id, sequence, id"

    # Found by its unique index below; an index for one company or a few would be read by nothing.
    charge_id = fields.Many2one("cloud.charge", required=True, ondelete="restrict")
    bill_id = fields.Many2one("cloud.bill", ondelete="restrict", index=True)
    run_id = fields.Many2one(related="bill_id.run_id", string="Bill Run")
    company_id = CopiedMany2one("res.company", required=True, ondelete="restrict")
    customer_id = CopiedMany2one("cloud.customer", required=True, ondelete="restrict", index=True)
    customer_name = fields.Char(required=True, help="As it was when the line was rated.")
    subscription_line_id = CopiedMany2one(
        "cloud.subscription.line",
        ondelete="restrict",
        index=True,
        help="Empty: the true-up of a minimum is of no line.",
    )
    product_id = fields.Many2one("product.product", required=True, ondelete="restrict", index=True)
    bundle_id = fields.Many2one(
        "cloud.bundle", ondelete="restrict", index="btree_not_null", help="Of which it is a part, on an invoice too."
    )
    rule_id = fields.Many2one("cloud.price.rule", string="Price Rule", ondelete="restrict", index=True)
    contract_rate_id = fields.Many2one(
        "cloud.contract.rate",
        string="Price of the Contract",
        ondelete="restrict",
        index="btree_not_null",
        help="Where the contract itself gives the price, in place of a rule of the plan.",
    )
    version_id = fields.Many2one("cloud.price.plan.version", string="Price Version", ondelete="restrict", index=True)
    sequence = fields.Integer(default=1, help="Number of the line within its charge, from 1.")
    name = fields.Char(string="Description", required=True)
    service_start = fields.Date(string="Service From", required=True)
    service_end = fields.Date(string="Service To", required=True, help="First day after the service.")
    part_key = fields.Char(
        string="Part", default="", help="Which part of its days it prices. Empty: all usage of them has one price."
    )
    measured_quantity = DecimalField(help="As the meter counted it, before it is converted for the price.")
    measured_value = DecimalField(
        currency_field="currency_id", help="The money that was moved, where the price is a share of it."
    )
    counted_quantity = DecimalField(help="What the tiers of the next stretch go on from, without what was included.")
    counter_start = fields.Date(
        string="Counted Since", help="Where tiers are counted over more than a billing period: when that began."
    )
    quantity = DecimalField(help="Empty: no usage, or a price on the provider's cost. 0: usage of zero.")
    unit = fields.Char()
    unit_price = DecimalField(help="Where there is one single unit price.")
    currency_id = CopiedMany2one("res.currency", required=True, ondelete="restrict")
    amount_exact = DecimalField(string="Exact Amount", required=True, currency_field="currency_id", help="Unrounded.")
    amount = DecimalField(required=True, currency_field="currency_id", help="Rounded once, half up, to the currency.")
    cost_amount = DecimalField(
        string="Cost",
        currency_field="currency_id",
        help="The provider's billed cost behind the line, in the line's currency. Empty: not known.",
    )
    exchange_rate = DecimalField(help="Of the provider's currency into the line's, where a price is made of the cost.")
    exchange_source = fields.Char()
    exchange_date = fields.Date()
    row_count = fields.Integer(string="Usage Rows", help="Usage rows behind the line.")
    usage_number = fields.Integer(string="Usage As Of", help="Usage as of this import number.")
    engine_version = fields.Char(required=True)
    # Large, and wanted one window at a time.
    workings = fields.Json(prefetch=False, help="How the amount came about; for people who may see costs and rules.")
    statement = fields.Json(prefetch=False, help="What the customer may see: quantity, unit, price, period, amount.")
    corrects_id = fields.Many2one("cloud.rated.line", ondelete="restrict", index="btree_not_null")
    is_frozen = fields.Boolean(
        string="Frozen", default=False, required=True, help="Its run is approved: it never changes."
    )
    move_line_id = fields.Many2one(
        "account.move.line", string="Invoice Line", ondelete="restrict", index="btree_not_null", copy=False
    )
    move_id = fields.Many2one(related="move_line_id.move_id", string="Invoice")

    # A charge that two workers rate at once is rated by one of them.
    _sequence_uniq = models.UniqueIndex("(charge_id, sequence)", "The charge was rated meanwhile.")

    def init(self):
        self.env.cr.execute(_FREEZE)
        charge = ("company_id", "customer_id", "subscription_line_id", "currency_id")
        # At the end: the table of charges may be made after this one.
        self.pool.post_init(keep_equal, self.env.cr, "cloud_rated_line", "charge_id", "cloud_charge", charge)

    # === COMPUTE === #

    @api.depends("name", "service_start", "service_end")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.name} {line.service_start} – {line.service_end}"

    # === ACTIONS === #

    def action_explain(self):
        """Open the window with the workings, the customer's statement and the rows behind the lines."""
        return self.env["cloud.explanation"]._open(self)

    def action_save_proof(self):
        """Download the file with which the engine alone works this line out again."""
        self.ensure_one()
        self.env["cloud.proof"]._check_may_save(self)
        return {"type": "ir.actions.act_url", "url": f"/cloud_billing/proof/{self.id}", "target": "download"}

    def action_download_csv(self):
        """Download the usage rows behind this line with the share of each, for people who may see costs."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/cloud_billing/explanation/rated_line/{self.id}",
            "target": "download",
        }

    def action_download_customer_csv(self):
        """Download the usage rows behind this line as the customer may get them."""
        action = self.action_download_csv()
        return {**action, "url": f"{action['url']}?customer=1"}

    def action_view_usage(self):
        """The usage rows behind the lines."""
        return self.env["cloud.explanation"]._get_usage_action(self)

    # === BUSINESS === #

    def _is_invoiced(self):
        """Whether the line is printed on an invoice: what was not used is not, a usage of zero is."""
        self.ensure_one()
        if self.amount:
            return True
        return not self.charge_id.corrects_id and self.statement.get("usage") != "none"

    def _get_invoice_order(self):
        """Return the key by which lines are ordered on an invoice: subscription, its lines, then time.

        First those of who pays, then those of each customer it pays for. A true-up comes after what it counts: after
        the lines of its subscription, or at the end of its customer's. Bundles come last, for each is a section of the
        invoice, and a section goes on until the next one.
        """
        charge, line = self.charge_id, self.subscription_line_id
        payer = self.bill_id.customer_id != self.customer_id, self.customer_name, self.customer_id.id
        owner = bool(self.bundle_id), not charge.subscription_id, charge.subscription_id.id, bool(charge.commitment_id)
        start = (charge.service_start, charge.id) if self.bundle_id else (self.service_start, 0)
        return *payer, *owner, line.sequence, line.id, *start, self.sequence, self.id

    def _link(self, pairs):
        """Write the invoice line on rated lines; pairs: (rated line id, invoice line id)."""
        if not pairs:
            return
        self.flush_model()
        self.env.cr.execute_values(
            """
            UPDATE cloud_rated_line
               SET move_line_id = v.move_line_id
              FROM (VALUES %s) AS v (id, move_line_id)
             WHERE cloud_rated_line.id = v.id
            """,
            pairs,
            page_size=len(pairs),
        )
        self.invalidate_model(["move_line_id"])
        self.env["account.move.line"].invalidate_model(["cloud_rated_line_ids"])

    def _insert(self, rows, count=None):
        """Insert rated lines in bulk. Returns their ids, in the same order.

        rows: dicts with the keys of INSERTED, but for workings and statement, which are written of the RatedResult in
        `result` one line after the other. COPY is the fastest way into a table, and has no RETURNING. count: of rows
        that are made when they are written, by an iterator that asks the database nothing.
        """
        count = len(rows) if count is None else count
        if not count:
            return []
        self.env.cr.execute(
            "SELECT nextval(pg_get_serial_sequence('cloud_rated_line', 'id')) FROM generate_series(1, %s)", [count]
        )
        ids = [line_id for (line_id,) in self.env.cr.fetchall()]
        now = self.env.cr.now()
        # Without a writer: nobody has changed them yet.
        end = copy_line((False, self.env.uid, now, now))
        plain = [name for name in INSERTED if self._fields[name].type not in _WRITTEN]
        written = [name for name in INSERTED if self._fields[name].type == "char"]
        names = ("id", *plain, *written, *_JSON, "is_frozen", "create_uid", "create_date", "write_date")
        columns = SQL(", ").join(SQL.identifier(name) for name in names).code
        explanations = [(name, SharedJson(shared)) for name, shared in _JSON.items()]
        lines = (
            "\t".join(
                (
                    str(line_id),
                    copy_plain([row[name] for name in plain]),
                    copy_line([row[name] for name in written]),
                    copy_line([told.write(row["result"].tell(name)) for name, told in explanations]),
                    end,
                )
            )
            + "\n"
            for line_id, row in zip(ids, rows, strict=True)
        )
        copy_lines(self.env.cr, f"COPY cloud_rated_line ({columns}) FROM STDIN", lines)
        self.invalidate_model()
        return ids

    # === HOOKS === #

    def _get_explained_facts(self):
        """Return what else the books know of how a line came about: list of (label, text). To add: extend super()."""
        self.ensure_one()
        return []


def as_text(value):
    """A Decimal as plain digits, None as None."""
    return None if value is None else to_text(value)
