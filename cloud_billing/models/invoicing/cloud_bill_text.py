from odoo import api, fields, models

# What a person wrote is approved with the bill: it changes while the run is under review only.
_FREEZE = """
CREATE OR REPLACE FUNCTION cloud_bill_text_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1
                 FROM cloud_bill_run run
                WHERE run.id = COALESCE(NEW.run_id, OLD.run_id)
                  AND run.state NOT IN ('draft', 'rating', 'review', 'cancelled'))
    THEN
        RAISE EXCEPTION 'The run of this text is submitted: take it back to draft first.'
              USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE OR REPLACE TRIGGER cloud_bill_text_frozen BEFORE INSERT OR UPDATE OR DELETE ON cloud_bill_text
    FOR EACH ROW EXECUTE FUNCTION cloud_bill_text_refuse_change();
"""


class CloudBillText(models.Model):
    """A text that a person put on one prospective invoice.

    It is kept by what the bill is of and not by the bill, and by what a line is of and not by the line: bills are made
    anew when a run goes back to draft, lines whenever they are rated.
    """

    _name = "cloud.bill.text"
    _description = "Text on a Bill"
    _rec_name = "text"

    run_id = fields.Many2one("cloud.bill.run", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="run_id.company_id", store=True)
    customer_id = fields.Many2one("cloud.customer", required=True, ondelete="restrict")
    currency_id = fields.Many2one("res.currency", required=True, ondelete="restrict")
    tax_basis = fields.Char(required=True)
    grouping_key = fields.Char(default="", help="Of the bill; empty where the customer gets one.")
    place = fields.Selection(
        [("header", "Above the lines"), ("footer", "Below the total"), ("order", "Order number"), ("line", "Line")],
        required=True,
    )
    line_key = fields.Char(
        default="", help="Of a line: the component, the first day, the product, the part of its days."
    )
    text = fields.Text(required=True)

    _one_per_place = models.UniqueIndex(
        "(run_id, customer_id, currency_id, tax_basis, COALESCE(grouping_key, ''), place, COALESCE(line_key, ''))",
        "This place of the bill has a text already.",
    )

    def init(self):
        result = super().init()
        self.env.cr.execute(_FREEZE)
        return result

    # === BUSINESS === #

    @api.model
    def _fetch(self, bills):
        """{bill: {(place, line key): text}} of some bills, in one statement."""
        texts = {bill: {} for bill in bills}
        by_group = {(bill.run_id.id, *bill._get_group()): bill for bill in bills}
        # sudo: whoever may read a bill may read what is written on it.
        for text in self.sudo().search([("run_id", "in", bills.run_id.ids)]):
            bill = by_group.get((text.run_id.id, *text._get_group()))
            if bill:
                texts[bill][text.place, text.line_key or ""] = text.text
        return texts

    def _get_group(self):
        """As `cloud.bill._get_group`."""
        return self.customer_id.id, self.currency_id.id, self.tax_basis, self.grouping_key or ""

    @api.model
    def _put(self, bill, texts):
        """Write the texts of a bill: {(place, line key): text, or None where there is to be none}."""
        customer_id, currency_id, tax_basis, grouping_key = bill._get_group()
        group = {
            "run_id": bill.run_id.id,
            "customer_id": customer_id,
            "currency_id": currency_id,
            "tax_basis": tax_basis,
            "grouping_key": grouping_key,
        }
        known = {
            (one.place, one.line_key or ""): one
            for one in self.search([("run_id", "=", bill.run_id.id), ("customer_id", "=", customer_id)])
            if one._get_group() == bill._get_group()
        }
        gone = self.browse([known[place].id for place, text in texts.items() if place in known and not text])
        gone.unlink()
        for place, text in texts.items():
            if text and place in known:
                known[place].text = text
        self.create(
            [
                {**group, "place": place, "line_key": line_key, "text": text}
                for (place, line_key), text in texts.items()
                if text and (place, line_key) not in known
            ]
        )
        bill.invalidate_recordset(["own_texts"])
