from datetime import date

from odoo import api, fields, models

# What the engine calls a table: the layout by which it is read.
LAYOUTS = {"customers": "cloud.sheet.customer", "subscriptions": "cloud.sheet.subscription"}
# Of customers all are wanted, and not those that changed this month.
_EVER = date(2000, 1, 1)


class CloudConnector(models.Model):
    """What a connector brings: usage of its source, or a table of customers or subscriptions, and its columns."""

    _inherit = "cloud.connector"

    delivers = fields.Selection(
        [
            ("usage", "Usage of its source"),
            ("cloud.sheet.customer", "Customers"),
            ("cloud.sheet.subscription", "Subscriptions"),
        ],
        string="Brings",
        compute="_compute_delivers",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
        help="Customers and subscriptions are not usage: each file waits under Delivered Tables until it is imported."
        " External keys of its rows are those of the source.",
    )
    may_bring_tables = fields.Boolean(compute="_compute_may_bring_tables")
    table_row_path = fields.Char(
        string="Where the Rows Are",
        help="Of files in JSON or XML alone: the path to the rows, as data.customers[*]. Empty: the list itself.",
    )
    column_ids = fields.One2many("cloud.connector.column", "connector_id", string="Columns")
    # Of which layout and which thing of the system the columns are.
    columns_of = fields.Char(readonly=True, copy=False)
    table_ids = fields.One2many("cloud.sheet.delivery", "connector_id", string="Tables")
    table_count = fields.Integer(compute="_compute_table_counts", string="Number of Tables")
    table_open_count = fields.Integer(compute="_compute_table_counts", string="Tables to Look At")
    table_refused_count = fields.Integer(compute="_compute_table_counts", string="Refused Tables")

    # === COMPUTE === #

    # Not of options: each setting that is typed would ask the server, whose answer draws all of them anew.
    @api.depends("kind")
    def _compute_delivers(self):
        for connector in self:
            proposed, _columns = connector._get_proposed_table()
            if proposed or not connector._brings_any_table():
                connector.delivers = proposed or "usage"
            else:
                connector.delivers = connector.delivers or "usage"

    @api.depends("kind")
    def _compute_may_bring_tables(self):
        for connector in self:
            connector.may_bring_tables = connector._brings_any_table() or bool(connector._get_proposed_table()[0])

    @api.depends("table_ids.state")
    def _compute_table_counts(self):
        groups = self.env["cloud.sheet.delivery"]._read_group(
            [("connector_id", "in", self.ids)], ["connector_id", "state"], ["__count"]
        )
        counts = {(connector.id, state): count for connector, state, count in groups}
        for connector in self:
            of_state = {state: count for (one, state), count in counts.items() if one == connector._origin.id}
            connector.table_count = sum(of_state.values())
            connector.table_open_count = of_state.get("look", 0)
            connector.table_refused_count = of_state.get("refused", 0)

    @api.onchange("delivers")
    def _onchange_delivers(self):
        self._ask_for_all()

    # === CONSTRAINTS === #

    @api.constrains("kind", "source_id", "delivers")
    def _check_reader(self):
        # How the source's usage is read says nothing of tables.
        return super(CloudConnector, self.filtered(lambda one: not one._brings_table()))._check_reader()

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        connectors = super().create([self._drop_table(vals) for vals in vals_list])
        connectors._ask_for_all()
        connectors._sync_columns()
        return connectors

    def write(self, vals):
        if not vals.keys() & {"kind", "options", "delivers"}:
            return super().write(vals)
        usage = self.filtered(lambda connector: not connector._brings_table())
        result = super().write(vals)
        self._follow_settings()
        if "fetch_from" not in vals:
            usage._ask_for_all()
        self._sync_columns()
        return result

    # === ACTIONS === #

    def action_open_imports(self):
        """What this connector brought: imports, or tables."""
        return self.action_open_tables() if self._brings_table() else super().action_open_imports()

    def action_open_tables(self):
        """The tables that this connector brought."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_sheet_delivery_action")
        return {**action, "domain": [("connector_id", "=", self.id)], "context": {}}

    # === BUSINESS === #

    def _brings_table(self):
        return self.delivers not in (False, "usage")

    @api.model
    def _drop_table(self, vals):
        """Values without the table, where the settings say which it is: a form has not asked the server for it."""
        engine = self._get_engine_of(vals.get("kind"))
        if not engine or engine.brings_tables:
            return vals
        return {name: value for name, value in vals.items() if name != "delivers"}

    def _follow_settings(self):
        """Bring what the settings ask for, where it is they that say which table it is."""
        own = self.filtered(lambda connector: not connector._brings_any_table())
        self.env.add_to_compute(self._fields["delivers"], own)
        self.invalidate_recordset(["may_bring_tables"])

    def _ask_for_all(self):
        """Of a table ask for all there is, where the first day is the one that is proposed for usage."""
        first = fields.Date.context_today(self).replace(day=1)
        self.filtered(lambda one: one._brings_table() and one.fetch_from == first).fetch_from = _EVER

    def _brings_any_table(self):
        """Whether what it brings is whatever a person asks for, so that it may be a table."""
        engine = self._get_engine()
        return bool(engine and engine.brings_tables)

    def _get_proposed_table(self):
        """(layout, {our column: theirs}) of what the settings ask for, where that is no usage; else (None, {})."""
        engine = self._get_engine()
        if not engine:
            return None, {}
        kind, columns = engine.get_tables().get(self._get_plain_options().get("thing"), (None, {}))
        return LAYOUTS.get(kind), columns

    def _sync_columns(self):
        """Keep a line for each column of the table: proposed, or by our own names, when it is another table."""
        for connector in self:
            layout, columns = connector._get_proposed_table()
            thing = connector._get_plain_options().get("thing") if layout else ""
            table = f"{connector.delivers}/{thing}" if connector._brings_table() else False
            if (connector.columns_of or False) == table:
                continue
            # sudo: which columns there are follows from the table, whoever may write that.
            own = connector.sudo()
            own.column_ids.unlink()
            names = self.env[connector.delivers]._get_column_names() if table else []
            own.env["cloud.connector.column"].create(
                [
                    {
                        "connector_id": connector.id,
                        "sequence": sequence,
                        "name": name,
                        "file_column": columns.get(name, False) if layout else name,
                    }
                    for sequence, name in enumerate(names)
                ]
            )
            own.columns_of = table

    def _get_table_names(self):
        """{our column: its name in what is brought, "" where it is not read}."""
        return {column.name: (column.file_column or "").strip() for column in self.column_ids}
