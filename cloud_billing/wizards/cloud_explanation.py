from odoo import api, fields, models

from ..models.billing.telling.explanation_text import get_statement_tables, get_workings_tables

PAGE = 80


class CloudExplanation(models.TransientModel):
    """How an amount came about: the workings, beside them the customer's statement, and the rows behind it."""

    _name = "cloud.explanation"
    _description = "Explanation of an Amount"

    line_ids = fields.Many2many("cloud.rated.line", string="Rated Lines", readonly=True)
    line_id = fields.Many2one("cloud.rated.line", string="Rated Line", domain="[('id', 'in', line_ids)]")
    line_count = fields.Integer(compute="_compute_line_count")
    # Rendered from our own template, which escapes every value.
    workings_html = fields.Html(string="Workings", compute="_compute_html", sanitize=False)
    statement_html = fields.Html(string="Statement", compute="_compute_html", sanitize=False)
    charge_id = fields.Many2one("cloud.charge", readonly=True)
    row_ids = fields.One2many("cloud.explanation.row", "explanation_id", string="Usage Rows", readonly=True)
    offset = fields.Integer(readonly=True)
    row_count = fields.Integer(compute="_compute_row_count", string="Rows Behind It")
    has_more = fields.Boolean(readonly=True)
    page_text = fields.Char(compute="_compute_row_count")

    # === COMPUTE === #

    @api.depends("line_ids")
    def _compute_line_count(self):
        for explanation in self:
            explanation.line_count = len(explanation.line_ids)

    @api.depends("line_id")
    @api.depends_context("lang")
    def _compute_html(self):
        render = self.env["ir.qweb"]._render
        texts = {"workings_html": get_workings_tables, "statement_html": get_statement_tables}
        if not self.env["cloud.field.access"]._may_see_costs():
            texts["workings_html"] = lambda _env, _line: []
        for explanation in self:
            line = explanation.line_id
            for name, get_tables in texts.items():
                tables = get_tables(self.env, line) if line else []
                explanation[name] = render("cloud_billing.explanation_tables", {"tables": tables})

    @api.depends("line_id", "row_ids", "offset")
    def _compute_row_count(self):
        for explanation in self:
            explanation.row_count = explanation.line_id.row_count
            explanation.page_text = self.env._(
                "rows %(first)s to %(last)s",
                first=explanation.offset + 1,
                last=explanation.offset + len(explanation.row_ids),
            )

    # === ACTIONS === #

    def action_next(self):
        """The next page of rows."""
        return self._turn_to(self.offset + PAGE)

    def action_previous(self):
        """The page of rows before this one."""
        return self._turn_to(max(self.offset - PAGE, 0))

    def action_show_line(self):
        """Explain the line that was chosen among those of the invoice line."""
        return self._turn_to(0)

    def action_download_csv(self):
        """All rows behind the line with the share of each, for people who may see costs."""
        return self.line_id.action_download_csv()

    # === BUSINESS === #

    @api.model
    def _open(self, lines):
        """The window for rated lines; the first of them is explained, the others can be chosen."""
        lines.check_access("read")
        lines = lines.sorted("id")
        explanation = self.create({"line_ids": [(6, 0, lines.ids)], "line_id": lines[:1].id})
        return explanation._turn_to(0)

    @api.model
    def _get_usage_action(self, lines, charge=None):
        """The rows behind rated lines, or behind a charge that has none."""
        if lines:
            return self._open(lines)
        charge.check_access("read")
        return self.create({"charge_id": charge.id})._turn_to(0)

    def _turn_to(self, offset):
        self.ensure_one()
        rows = self._fetch_rows(offset, PAGE + 1)
        self.row_ids.unlink()
        names = self._get_row_names()
        vals_list = [{"explanation_id": self.id, **{name: row[name] for name in names}} for row in rows[:PAGE]]
        # sudo: lends the right to fill in a window of one's own; costs come only where they may be seen.
        self.env["cloud.explanation.row"].sudo().create(vals_list)
        self.write({"offset": offset, "has_more": len(rows) > PAGE})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("How this amount came about"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def _fetch_rows(self, offset, limit):
        if self.line_id:
            return self.line_id._get_rows_behind(offset, limit)
        return self.env["cloud.usage.store"]._rows_behind(self.charge_id, offset, limit) if self.charge_id else []

    def _get_row_names(self):
        names = [
            "change", "file_name", "row_no", "external_id", "service_start", "service_end", "sub_account", "service",
            "sku", "region", "resource", "quantity", "unit", "currency",
        ]  # fmt: skip
        return [*names, "cost_billed"] if self.env["cloud.field.access"]._may_see_costs() else names
