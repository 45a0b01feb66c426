"""What a delivery holds, before anything is kept: counts, dates, accounts, control totals, problems, first rows."""

from decimal import Context, Decimal, Inexact, InvalidOperation
from operator import attrgetter

from ..numbers import to_text
from .base import RowError, UsageRow

COSTS = ("cost_billed", "cost_effective", "cost_list", "cost_contracted")
FIRST_ROWS = 20
FIRST_EXAMPLES = 5
MAX_GROUPS = 20_000
MAX_LISTED = 1_000
MAX_NAME = 200

# What totals are kept by.
_LISTS = (
    ("provider", "provider_account", "billing_month", "currency", "charge_kind"),
    ("provider", "provider_account", "sub_account", "currency"),
    ("service", "currency"),
)
_COST_FIELDS = slice(UsageRow._fields.index("cost_billed"), UsageRow._fields.index("cost_contracted") + 1)
# Numbers reach from 10^60 down to 10^-60, and 10^12 rows of them still add up exactly within this.
_add = Context(prec=140, traps=[Inexact, InvalidOperation]).add


class Totals:
    """Rows and the exact sums of the four costs; a cost that no row gave has no sum, which is not a sum of zero."""

    __slots__ = ("rows", "sums")

    def __init__(self):
        self.rows = 0
        self.sums = [None] * len(COSTS)

    def add(self, rows, costs):
        """Count so many rows whose costs, in the order of COSTS, are these Decimals or None."""
        self.rows += rows
        sums = self.sums
        for at, cost in enumerate(costs):
            if cost is not None:
                total = sums[at]
                sums[at] = cost if total is None else _add(total, cost)

    def __getitem__(self, cost):
        """Decimal sum of one of COSTS, or None."""
        return self.sums[COSTS.index(cost)]

    def as_dict(self):
        """{'rows': int, 'cost_billed': decimal text or None, ...}"""
        return {
            "rows": self.rows,
            **{cost: None if total is None else to_text(total) for cost, total in zip(COSTS, self.sums, strict=True)},
        }


class Problem:
    """RowErrors of one reason in one column: how many, and the first few with the name of the file of each."""

    __slots__ = ("count", "examples", "files")

    def __init__(self):
        self.count = 0
        self.examples = []
        self.files = []


class Preview:
    """Adds up the items of a reader, in memory that does not grow with the file.

    Each list takes the first MAX_GROUPS entries; what comes later is counted together, with None in the place of what
    is not told apart, and `is_cut` says so. What is listed is always complete, and so is the sum over a list.
    file_name: of the file whose items are added, which whoever adds them says where there are several.
    """

    def __init__(self):
        self.file_name = None
        self.rows = 0
        self.is_cut = False
        self.first_rows = []
        self.service_start = None
        self.service_end = None
        self.problems = {}
        self._lists = [({}, attrgetter(*fields), fields) for fields in _LISTS]
        self._account_names = {}
        self._quantities = {}
        self._service_months = {}

    @property
    def errors(self):
        """Number of RowErrors; rows + errors is the number of records read."""
        return sum(problem.count for problem in self.problems.values())

    def watch(self, items):
        """Yield the items of a reader unchanged, adding each up on its way."""
        for item in items:
            self.add(item)
            yield item

    def add(self, item):
        """Add one UsageRow or RowError."""
        if isinstance(item, RowError):
            problem = self.problems.setdefault((item.reason, item.column), Problem())
            problem.count += 1
            if len(problem.examples) < FIRST_EXAMPLES:
                problem.examples.append(item)
                problem.files.append(self.file_name)
            return
        if self.rows < FIRST_ROWS:
            self.first_rows.append(item)
            self.service_start = self.service_start or item.service_start
            self.service_end = self.service_end or item.service_end
        self.rows += 1
        if item.service_start < self.service_start:
            self.service_start = item.service_start
        if item.service_end > self.service_end:
            self.service_end = item.service_end
        costs = [None if cost is None else Decimal(cost) for cost in item[_COST_FIELDS]]
        for listed, entry_of, fields in self._lists:
            entry = entry_of(item)
            totals = listed.get(entry)
            if totals is None:
                totals = self._new_entry(listed, entry, fields, item)
            totals.add(1, costs)
        self._add_quantity(item)
        if item.billing_month is None:
            self._add_service_month(item, costs)

    def _add_quantity(self, row):
        key = (row.service, row.unit)
        if key not in self._quantities and len(self._quantities) >= MAX_GROUPS:
            self.is_cut = True
            key = (None, None)
        rows, quantity = self._quantities.get(key, (0, None))
        if row.quantity is not None:
            # Of what is not told apart by its unit there is no sum.
            quantity = None if key[1] is None else _add(quantity or Decimal(0), Decimal(row.quantity))
        self._quantities[key] = (rows + 1, quantity)

    def _add_service_month(self, row, costs):
        # Years are few: this list needs no bound.
        key = (f"{row.service_start[:7]}-01", row.currency)
        self._service_months.setdefault(key, Totals()).add(1, costs)

    def _new_entry(self, listed, entry, fields, row):
        if len(listed) >= MAX_GROUPS:
            self.is_cut = True
            entry = tuple(value if field == "charge_kind" else None for field, value in zip(fields, entry, strict=True))
        elif "sub_account" in fields:
            self._account_names[entry[:3]] = row.sub_account_name[:MAX_NAME]
        return listed.setdefault(entry, Totals())

    def totals_by(self, *fields):
        """{values of those fields: Totals}; without fields {(): Totals of everything}, {} when there was no row.

        fields: some of provider, provider_account, billing_month, currency, charge_kind; or of provider,
        provider_account, sub_account, currency; or of service, currency. Raises ValueError for other combinations.
        Amounts of several currencies add up to nothing a person can use: name `currency` unless it is a check figure.
        """
        lists = [(listed, kept) for listed, _, kept in self._lists if set(fields) <= set(kept)]
        if not lists:
            raise ValueError(f"totals are not kept by {', '.join(fields)}")
        listed, kept = lists[0]
        places = [kept.index(field) for field in fields]
        result = {}
        for entry, totals in listed.items():
            result.setdefault(tuple(entry[place] for place in places), Totals()).add(totals.rows, totals.sums)
        return result

    @property
    def totals(self):
        """Totals of every row: each cost column's control total."""
        return self.totals_by().get((), Totals())

    def partitions(self):
        """{(provider_account, billing_month): Totals}, the units in which a snapshot delivery supersedes another."""
        return self.totals_by("provider_account", "billing_month")

    def sub_accounts(self):
        """Up to MAX_LISTED (provider, provider_account, sub_account, name, currency, Totals), the most money first."""
        found = self.totals_by("provider", "provider_account", "sub_account", "currency")
        largest = sorted(
            found.items(), key=lambda pair: (-abs(pair[1]["cost_billed"] or 0), -pair[1].rows, str(pair[0]))
        )
        return [
            (*key[:3], self._account_names.get(key[:3], ""), key[3], totals) for key, totals in largest[:MAX_LISTED]
        ]

    def as_dict(self):
        """Everything as JSON types, amounts as text: counts, dates, lists, control totals, problems with examples."""
        return {
            "rows": self.rows,
            "errors": self.errors,
            "is_cut": self.is_cut,
            "service_start": self.service_start,
            "service_end": self.service_end,
            "totals": self.totals.as_dict(),
            "by_currency": self._listed("currency"),
            "by_partition": self._listed("provider", "provider_account", "billing_month", "currency"),
            "by_charge_kind": self._listed("charge_kind", "currency"),
            "by_service": self._listed("service", "currency"),
            "by_quantity": [
                {"service": service, "unit": unit, "rows": rows, "quantity": None if total is None else to_text(total)}
                for (service, unit), (rows, total) in sorted(
                    self._quantities.items(), key=lambda pair: tuple(map(str, pair[0]))
                )[:MAX_LISTED]
            ],
            "by_service_month": [
                {"month": month, "currency": currency, **totals.as_dict()}
                for (month, currency), totals in sorted(self._service_months.items())
            ],
            "sub_accounts": [
                {
                    "provider": provider,
                    "provider_account": provider_account,
                    "sub_account": sub_account,
                    "name": name,
                    "currency": currency,
                    **totals.as_dict(),
                }
                for provider, provider_account, sub_account, name, currency, totals in self.sub_accounts()
            ],
            "problems": [
                {
                    "reason": reason,
                    "column": column,
                    "count": problem.count,
                    "examples": [
                        {**example._asdict(), "file": name}
                        for example, name in zip(problem.examples, problem.files, strict=True)
                    ],
                }
                for (reason, column), problem in self.problems.items()
            ],
            "first_rows": [{**row._asdict(), "content_hash": row.content_hash.hex()} for row in self.first_rows],
        }

    def _listed(self, *fields):
        found = sorted(self.totals_by(*fields).items(), key=lambda pair: tuple(map(str, pair[0])))
        return [{**dict(zip(fields, key, strict=True)), **totals.as_dict()} for key, totals in found[:MAX_LISTED]]
