from contextlib import closing
from zoneinfo import available_timezones

from odoo import models
from odoo.exceptions import UserError, ValidationError

from ...engine.schedule import ScheduleError, period_containing
from .cutover_layout import BY_NAME, COLUMNS, CellError, read_cell
from .cutover_row import CutoverRow
from .opening_facts import OpeningProblems

_INSTALMENT_COLUMNS = ("instalments", "instalments_left", "instalment_sum", "instalment_next")
_USAGE_COLUMNS = ("counter", "counter_since", "allowance_used")


class CloudCutover(models.Model):
    """Reading a file and saying everything that is wrong with it, without leaving anything behind."""

    _inherit = "cloud.cutover"

    # === BUSINESS === #

    def _check_file(self, now):
        """Make the rows anew, with all problems at once. What only the contract itself can tell is tried and undone."""
        self.ensure_one()
        rows = self._parse()
        if not any(row.problems for row in rows):
            self._try(rows, now)
        self.row_ids.unlink()
        self.env["cloud.cutover.row"].create([self._prepare_row_vals(row) for row in rows])
        self.checked_digest = self._get_digest()

    def _try(self, rows, now):
        """Make everything in a savepoint and take it back; what is refused becomes problems of rows."""
        # A savepoint that is closed is rolled back.
        with closing(self.env.cr.savepoint()):
            try:
                self._make(rows, now, is_trial=True)
            except OpeningProblems as error:
                by_line = {row.line_id: row for row in rows if row.line_id}
                for line_id, name, sentence in error.problems:
                    by_line[line_id].problem(name, sentence)
            except (UserError, ValidationError) as error:
                rows[0].problem(None, str(error))
        for row in rows:
            row.line_id = row.known_line_id

    def _prepare_row_vals(self, row):
        texts = [self._get_problem_text(name, sentence) for name, sentence in row.problems]
        return {
            "cutover_id": self.id,
            "row_no": row.row_no,
            "customer_key": row.texts.get("customer"),
            "subscription_key": row.texts.get("subscription"),
            "line_key": row.key,
            "outcome": "problem" if row.problems else row.outcome,
            "text": "\n".join(texts or row.notes) or False,
            "line_id": row.known_line_id,
        }

    def _get_problem_text(self, name, sentence):
        return self.env._("%(column)s: %(problem)s", column=name, problem=sentence) if name else sentence

    # === BUSINESS: ROWS === #

    def _parse(self):
        """The rows of the file as CutoverRows, each with its problems, whether it is here already, and what differs."""
        header, records = self._read_file()
        rows = [CutoverRow(row_no, texts, set(header)) for row_no, texts, _is_broken in records]
        for row, (_row_no, _texts, is_broken) in zip(rows, records, strict=True):
            if is_broken:
                row.problem(None, self.env._("the row has other cells than the header has names. Correct the row."))
        sound = [row for row in rows if not row.problems]
        self._read_cells(sound)
        self._find_records(sound)
        self._check_same(sound, "customer", "customer")
        self._check_same(sound, "subscription", "subscription")
        self._check_twice(sound)
        for row in sound:
            self._check_row(row)
        self._compare_known(sound)
        return rows

    def _read_cells(self, rows):
        for row in rows:
            for column in COLUMNS:
                try:
                    row.values[column.name] = read_cell(column, row.texts.get(column.name, ""))
                except CellError as error:
                    row.values[column.name] = None
                    row.problem(column.name, self._get_cell_sentence(error))
                if column.is_required and not row.texts.get(column.name):
                    row.problem(column.name, self.env._("the cell is empty and must not be. Fill it in."))

    def _get_cell_sentence(self, error):
        hints = {
            "date": self.env._("a day as 2026-07-31"),
            "number": self.env._("plain digits with a point, as 1234.56"),
            "whole": self.env._("a whole number"),
            "timing": self.env._("advance or arrears"),
            "cycle": self.env._("a number and day, week, month, quarter or year, as 3 month"),
            "anchor": self.env._("calendar, calendar 15, anniversary, or aligned and a day as aligned 2026-01-15"),
        }
        return self.env._('"%(value)s" is not understood. Write %(hint)s.', value=error.value, hint=hints[error.kind])

    def _find_records(self, rows):
        """Find what the rows name, each kind with one search."""
        products = self._find_named("product.product", rows, "product", ("default_code", "name"))
        plans = self._find_named("cloud.price.plan", rows, "plan", ("name",))
        customers = self.env["cloud.customer"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("code", "in", sorted({row.values["customer"] or "" for row in rows})),
            ]
        )
        by_code = {customer.code: customer for customer in customers}
        currencies = {currency.name: currency for currency in self.env["res.currency"].search([])}
        for row in rows:
            row.customer = by_code.get(row.values["customer"])
            code = row.values["currency"]
            row.currency = currencies.get(code.upper()) if code else None
            if code and not row.currency:
                row.problem(
                    "currency", self.env._('"%(code)s" is not an active currency. Activate it first.', code=code)
                )
            row.product = self._get_one(row, "product", products)
            row.plan = self._get_one(row, "plan", plans)
            row.currency = (
                row.currency or (row.customer and row.customer.currency_id) or (row.plan and row.plan.currency_id)
            )

    def _find_named(self, model, rows, column, names):
        """{text: records} of what the cells of a column name."""
        texts = sorted({row.values[column] for row in rows if row.values[column]})
        domain = [(names[0], "in", texts)] if len(names) == 1 else ["|", *((name, "in", texts) for name in names)]
        domain += [("company_id", "in", [self.company_id.id, False])]
        if model == "product.product":
            domain += [("cloud_billing_model", "!=", False)]
        found = {}
        for record in self.env[model].search(domain):
            for name in names:
                found.setdefault((name, record[name]), self.env[model].browse())
                found[name, record[name]] |= record
        return {text: next((found[name, text] for name in names if (name, text) in found), None) for text in texts}

    def _get_one(self, row, column, found):
        text = row.values[column]
        records = found.get(text)
        if text and not records:
            row.problem(
                column,
                self.env._(
                    '"%(text)s" is not here. Make it first, under this name or reference, or correct the cell.',
                    text=text,
                ),
            )
        elif text and len(records) > 1:
            row.problem(column, self.env._('"%(text)s" names several. Give each a reference of its own.', text=text))
        return records if records and len(records) == 1 else None

    # === BUSINESS: CHECKS === #

    def _check_same(self, rows, key, level):
        """What is said of a customer, or of a subscription, is the same in all of its rows."""
        names = [column.name for column in COLUMNS if column.level == level and column.name != key]
        names += ["customer"] if level == "subscription" else []
        first = {}
        for row in rows:
            before = first.setdefault(row.values[key], row)
            for name in names:
                if row.values[name] != before.values[name]:
                    row.problem(
                        name,
                        self.env._(
                            "row %(row)s says another value of the same %(what)s. Correct one of the two.",
                            row=before.row_no,
                            what=self.env._("customer") if level == "customer" else self.env._("subscription"),
                        ),
                    )

    def _check_twice(self, rows):
        first = {}
        for row in rows:
            place = row.values["subscription"], row.key
            if first.setdefault(place, row) is not row:
                row.problem(
                    "line",
                    self.env._(
                        "row %(row)s has the same line of the same subscription. Give each a key of its own in the"
                        " column line.",
                        row=first[place].row_no,
                    ),
                )

    def _check_row(self, row):
        values, model = row.values, row.product and row.product.cloud_billing_model
        start, through = values["start"], values["billed_through"]
        if start and values["end"] and values["end"] <= start:
            row.problem("end", self.env._("it is not after the start. Correct one of the two."))
        if start and through and through < start:
            row.problem("billed_through", self.env._("it is before the start. Leave it empty if nothing was billed."))
        if values["time_zone"] and values["time_zone"] not in available_timezones():
            row.problem("time_zone", self.env._("there is no such zone. Write it as Europe/Amsterdam."))
        self._check_currency(row)
        for name in ("quantity", "price", *_USAGE_COLUMNS, "instalment_sum", "deferred"):
            if BY_NAME[name].kind == "number" and values[name] is not None and values[name] < 0:
                row.problem(name, self.env._("it is below 0. Enter 0 or more."))
        if model and model != "metered" and any(values[name] is not None for name in _USAGE_COLUMNS):
            row.problem("counter", self.env._("only usage is counted. Leave counter and used quantity empty."))
        if (values["counter"] is None) != (values["counter_since"] is None):
            row.problem("counter_since", self.env._("a counter needs its quantity and the day it began. Give both."))
        if not through and (values["counter"] is not None or values["allowance_used"] is not None):
            row.problem("billed_through", self.env._("say up to which day that was counted."))
        if model == "metered" and through and start and through > start and not self._is_boundary(row):
            row.problem(
                "billed_through",
                self.env._(
                    "usage is billed by whole months or periods. Give the first day of a month, or of a period of the"
                    " subscription."
                ),
            )
        elif model == "metered" and through and through.day != 1:
            row.notes.append(
                self.env._(
                    "Where its usage comes by a provider's months, the month in which it was billed up to is not billed"
                    " here: move such usage on the first day of a month."
                )
            )
        self._check_instalments(row, model)
        self._check_deferred(row, model)

    def _check_currency(self, row):
        plan, currency = row.plan, row.currency
        if plan and currency and plan.currency_id != currency and not plan.is_converted:
            row.problem(
                "plan",
                self.env._(
                    "it is in %(plan)s and the customer pays in %(customer)s. Choose a plan in that currency, or one"
                    " that is billed in the customer's.",
                    plan=plan.currency_id.name,
                    customer=currency.name,
                ),
            )
        if row.customer and row.values["currency"] and row.customer.currency_id != currency:
            row.problem(
                "currency", self.env._("the customer is here already, in %(code)s.", code=row.customer.currency_id.name)
            )

    def _is_boundary(self, row):
        day = row.values["billed_through"]
        if day.day == 1 or (row.values["end"] and day >= row.values["end"]):
            return True
        try:
            return (
                period_containing(row.get_terms().make(row.values["start"]), row.values["start"], day).full_start == day
            )
        except ScheduleError:
            return False

    def _check_instalments(self, row, model):
        given = [name for name in _INSTALMENT_COLUMNS if row.values[name] is not None]
        if model == "instalment" and len(given) < len(_INSTALMENT_COLUMNS):
            missing = ", ".join(name for name in _INSTALMENT_COLUMNS if name not in given)
            row.problem("instalments_left", self.env._("of a sum in parts say %(missing)s too.", missing=missing))
        elif model and model != "instalment" and given:
            row.problem(given[0], self.env._("the product is not paid in instalments. Leave the cell empty."))
        elif model == "instalment" and not 0 < row.values["instalments_left"] <= row.values["instalments"]:
            row.problem("instalments_left", self.env._("it is 1 or more, and no more than there are instalments."))

    def _check_deferred(self, row, model):
        """A deferred balance is of days after the cutover that were billed before it."""
        through, deferred = row.values["billed_through"], row.values["deferred"]
        is_ahead = bool(through and through > self.date)
        if deferred and not is_ahead:
            row.problem(
                "deferred",
                self.env._(
                    "nothing was billed for days from the cutover on. Correct billed_through, or leave the cell empty."
                ),
            )
        elif is_ahead and model == "recurring" and deferred is None:
            row.notes.append(self.env._("It was billed beyond the cutover: enter its deferred balance, or 0."))

    # === BUSINESS: WHAT IS HERE === #

    def _compare_known(self, rows):
        """Say of each row whether its subscription was imported before, and whether it says something else now."""
        keys = sorted({row.values["subscription"] for row in rows if row.values["subscription"]})
        known = self.env["cloud.subscription"].search(
            [("company_id", "=", self.company_id.id), ("former_key", "in", keys)]
        )
        found = known._describe_layout()
        for row in rows:
            subscription = known.filtered(lambda one, key=row.values["subscription"]: one.former_key == key)
            row.subscription = subscription
            if not subscription:
                continue
            line_id, values = found.get((subscription.id, row.key), (None, None))
            row.known_line_id = row.line_id = line_id
            row.outcome = "known"
            if values is None:
                row.outcome = "changed"
                row.notes = [self.env._("The subscription is here without this line. Add the line there.")]
                continue
            differing = [
                self.env._(
                    "%(column)s is %(here)s here and %(file)s in the file.",
                    column=name,
                    here=values[name] or self.env._("empty"),
                    file=row.get_text(name) or self.env._("empty"),
                )
                for name in sorted(row.header & BY_NAME.keys(), key=list(BY_NAME).index)
                if row.get_text(name) != values[name] and not (BY_NAME[name].is_default and not row.get_text(name))
            ]
            row.notes = differing
            if differing:
                row.outcome = "changed"
