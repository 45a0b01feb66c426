"""FOCUS 1.0, 1.1 and 1.2: the bill of a cloud provider in the FinOps Foundation's open format, as CSV.

A file repeats few accounts and few SKUs over many rows. So a row is read in three parts: who pays, what was sold, the
rest. The first two are checked once per combination and remembered, within bounds; the rest is work for every row.
"""

import re
from operator import itemgetter

from ..base import Limits, RejectedFile, RowFault, UsageRow
from ..tables.opening import open_table
from ..tables.text import distinct_names, each_row
from ..tables.tree_table import MORE, spread
from ..values import (
    NULLS,
    Cache,
    bare_number,
    digest,
    json_string,
    parse_moment,
    plain_number,
    tags_json,
    written_month,
)


def _names(text):
    return tuple(text.split())


# Obligatory in every version; those in NULLABLE may be empty in a row. The specification wants all costs in every row,
# providers do not always give them: only the billed cost is insisted on, the others are "not given" when they are null.
MANDATORY = _names("""
    BilledCost BillingAccountId BillingAccountName BillingCurrency BillingPeriodEnd BillingPeriodStart ChargeCategory
    ChargeClass ChargeDescription ChargePeriodEnd ChargePeriodStart ContractedCost EffectiveCost InvoiceIssuerName
    ListCost PricingQuantity PricingUnit ProviderName PublisherName ServiceCategory ServiceName
""")
NULLABLE = _names("""
    BillingAccountName ChargeClass ChargeDescription ContractedCost EffectiveCost ListCost PricingQuantity PricingUnit
""")
ADDED_IN_1_1 = _names("""
    CapacityReservationId CapacityReservationStatus CommitmentDiscountQuantity CommitmentDiscountUnit ServiceSubcategory
    SkuMeter SkuPriceDetails
""")
ADDED_IN_1_2 = _names("""
    BillingAccountType InvoiceId PricingCurrency PricingCurrencyContractedUnitPrice PricingCurrencyEffectiveCost
    PricingCurrencyListUnitPrice SubAccountType
""")

# The content hash runs over these four lists in this order, so they never change: a column of a later version is hashed
# as an unknown one, by its name, also when the reader learns what it means. Zeros that say nothing are no part of it.
ACCOUNT_COLUMNS = _names("""
    ProviderName PublisherName InvoiceIssuerName BillingAccountId BillingAccountName BillingAccountType SubAccountId
    SubAccountName SubAccountType BillingCurrency PricingCurrency BillingPeriodStart BillingPeriodEnd InvoiceId
    CommitmentDiscountCategory CommitmentDiscountId CommitmentDiscountName CommitmentDiscountStatus
    CommitmentDiscountType CapacityReservationId CapacityReservationStatus
""")
SALE_COLUMNS = _names("""
    ServiceName ServiceCategory ServiceSubcategory SkuId SkuPriceId SkuMeter SkuPriceDetails RegionId RegionName
    AvailabilityZone ChargeCategory ChargeClass ChargeDescription ChargeFrequency PricingCategory PricingUnit
    ConsumedUnit CommitmentDiscountUnit ListUnitPrice ContractedUnitPrice PricingCurrencyListUnitPrice
    PricingCurrencyContractedUnitPrice ResourceType
""")
NUMBER_COLUMNS = _names("BilledCost EffectiveCost ListCost ContractedCost PricingQuantity ConsumedQuantity")
OTHER_COLUMNS = _names("""
    ChargePeriodStart ChargePeriodEnd ResourceId ResourceName Tags CommitmentDiscountQuantity
    PricingCurrencyEffectiveCost
""")
COLUMNS = ACCOUNT_COLUMNS + SALE_COLUMNS + NUMBER_COLUMNS + OTHER_COLUMNS

# These have a column of their own in UsageRow; all others go to the tags.
_OWN_ACCOUNT = frozenset(_names("""
    ProviderName BillingAccountId SubAccountId SubAccountName BillingCurrency BillingPeriodStart
"""))  # fmt: skip
_UNIT_PRICES = _names("""
    ListUnitPrice ContractedUnitPrice PricingCurrencyListUnitPrice PricingCurrencyContractedUnitPrice
""")
_OWN_SALE = frozenset(_names("ServiceName SkuId RegionId ChargeCategory ChargeDescription PricingUnit"))

# In small letters they are charge kinds.
CATEGORIES = frozenset(_names("usage purchase tax credit adjustment"))

_NOT_NULL = frozenset(MANDATORY).difference(NULLABLE)
_CANONICAL = {name.lower(): name for name in COLUMNS}
_NUMBER = r"(?:(?!-0(?:\.0+)?\0)-?(?:0|[1-9][0-9]{0,29})(?:\.[0-9]{1,40})?)"
_PLAIN_NUMBERS = re.compile(rf"{_NUMBER}\0(?:{_NUMBER}?\0){{4}}").fullmatch
# A number with zeros at the end of its decimals, in a list of them; and these zeros in the list read backwards, always
# all of them: trying fewer would take hours of a cell with nothing else in it.
_PADDED = re.compile(r"\.[0-9]*0\0").search
_PADDING = re.compile(r"(?<=\0)0+(?!0)(?:\.|(?=[0-9]+\.))").sub
_CURRENCY = re.compile(r"[A-Za-z]{3}", re.ASCII).fullmatch
_MONTH_START = re.compile(r"\d{4}-?\d\d-?01(?:[T ]00:00(?::00(?:[.,]0+)?)?)? ?(?:Z|UTC|[+-][\d:]+)?").fullmatch
_new_row = tuple.__new__


class FocusReader:
    """Reader of FOCUS CSV files, gzip or not. Options: delimiter (a comma unless said otherwise)."""

    name = "focus"
    label = "FOCUS 1.0, 1.1, 1.2"
    shape = "snapshot"
    is_by_record = True

    def recognise(self, header):
        """True when most obligatory columns are there: what lacks one is still a FOCUS file, a broken one."""
        names = {name.strip().lower() for name in header}
        return sum(name.lower() in names for name in MANDATORY) * 2 > len(MANDATORY)

    def version(self, header):
        """'1.0', '1.1' or '1.2': the newest version of which a column appears."""
        names = {_CANONICAL.get(name.strip().lower()) for name in header}
        if not names.isdisjoint(ADDED_IN_1_2):
            return "1.2"
        return "1.0" if names.isdisjoint(ADDED_IN_1_1) else "1.1"

    def read(self, chunks, *, file_name, limits=None, options=None):
        """Yield a UsageRow or RowError per record, in file order. Raises RejectedFile; see base for the codes.

        The billing month is the calendar month of BillingPeriodStart as written, in its own offset: a period that
        starts on another day than the first belongs to the month in which it starts.
        """
        limits = limits or Limits()
        records = open_table(chunks, file_name=file_name, limits=limits, options=options)
        header = records.header()
        if not self.recognise(header):
            raise RejectedFile("not_this_format", file_name, records.row_no, detail=_missing(header))
        header = records.widen(header, COLUMNS)
        file = _FocusFile(header, records, limits)
        written = {name: header[position] for name, position in file.position.items()}
        yield from each_row(records, header, file.row, written)


def _missing(header):
    names = {name.strip().lower() for name in header}
    return tuple(name for name in MANDATORY if name.lower() not in names)


class _FocusFile:
    """One file being read: where its columns are, and what has been understood of its accounts and sales so far."""

    def __init__(self, header, records, limits):
        self.header = header
        self.file_name = records.file_name
        self.header_row = records.row_no
        self.limits = limits
        self.position = {}
        self.unknown = []
        self.more = len(header) - 1 if header[-1] == MORE else None
        self._place_columns()
        if missing := _missing(header):
            raise RejectedFile("column_missing", self.file_name, self.header_row, detail=missing)
        self.get_account = self._getter(ACCOUNT_COLUMNS)
        self.get_sale = self._getter(SALE_COLUMNS)
        self.get_numbers = self._getter(NUMBER_COLUMNS)
        self.get_others = self._getter(OTHER_COLUMNS)
        self.accounts = Cache()
        self.sales = Cache()
        self.moments = Cache()
        self.tags = Cache()

    def _place_columns(self):
        twice = []
        for position, (written, key) in enumerate(zip(self.header, distinct_names(self.header), strict=True)):
            name = _CANONICAL.get(written.lower())
            if name in self.position:
                twice.append(written)
            elif name:
                self.position[name] = position
            elif position != self.more:
                self.unknown.append((key.lower(), f"{json_string(key)}:", position))
        if twice:
            raise RejectedFile("column_twice", self.file_name, self.header_row, detail=tuple(twice))
        self.unknown.sort()

    def _getter(self, names):
        # -1 is the empty cell that `row` appends to each record: a column that is not there reads as null.
        return itemgetter(*(self.position.get(name, -1) for name in names))

    def row(self, row_no, cells):
        """The usage row of a record of the right width. Raises RowFault."""
        cells.append("")
        key = self.get_account(cells)
        account = self.accounts.get(key) or self._read_account(key, row_no)
        who, currency, month, account_tags, account_digest = account
        key = self.get_sale(cells)
        sale = self.sales.get(key) or self._read_sale(key, row_no)
        what, unit, consumed_unit, sale_tags, sale_digest = sale
        numbers = self.get_numbers(cells)
        if "NULL" in numbers:
            numbers = ["" if cell == "NULL" else cell for cell in numbers]
        billed, effective, listed, contracted, quantity, consumed = numbers
        others = self.get_others(cells)
        if "NULL" in others:
            others = ["" if cell == "NULL" else cell for cell in others]
        start, end, resource, name, tags, committed, foreign = others
        start, exact_start = self.moments.get(start) or self._read_moment("ChargePeriodStart", start)
        end, exact_end = self.moments.get(end) or self._read_moment("ChargePeriodEnd", end)
        if end <= start:
            raise RowFault("ChargePeriodEnd", "end_before_start", end)
        if not _PLAIN_NUMBERS(f"{billed}\0{effective}\0{listed}\0{contracted}\0{quantity}\0"):
            billed, effective, listed, contracted, quantity = _read_numbers(numbers)
        if tags:
            tags = self.tags.get(tags) or self.tags.keep(tags, tags_json(tags), 2 * len(tags))
        figures = f"{billed}\0{effective}\0{listed}\0{contracted}\0{quantity}\0{consumed}\0"
        if _PADDED(figures):
            figures = _PADDING("", figures[::-1])[::-1]
        content = (
            f"{figures}{exact_start}\0{exact_end}\0{resource}\0{name}\0{tags}\0"
            f"{bare_number(committed)}\0{bare_number(foreign)}"
        )
        members = account_tags + sale_tags
        if consumed:
            members += f'"ConsumedQuantity":{json_string(consumed)},'
        if name:
            members += f'"ResourceName":{json_string(name)},'
        if tags:
            members += f'"tags":{tags},'
        if committed or foreign:
            members += _members((("CommitmentDiscountQuantity", committed), ("PricingCurrencyEffectiveCost", foreign)))
        unknown = self.unknown if self.more is None else self._find_unknown(cells)
        for column, json_key, position in unknown:
            cell = cells[position]
            if cell and cell != "NULL":
                members += f"{json_key}{json_string(cell)},"
                content += f"\0{column}\0{cell}"
        if len(content) > self.limits.max_cell:
            self._check_cells(cells, row_no)
        hashed = digest(account_digest + sale_digest + content.encode())
        if not (quantity and unit):
            quantity, unit, more = _read_quantity(quantity, unit, consumed, consumed_unit)
            members += more
        costs = (billed, effective or None, listed or None, contracted or None)
        period = (start, end, month)
        tags = f"{{{members[:-1]}}}"
        return _new_row(
            UsageRow, (row_no, None, *who, *what, unit, currency, *period, quantity, *costs, resource, tags, hashed)
        )

    def _find_unknown(self, cells):
        """As `unknown`, for a record with cells of later columns, which are appended to it."""
        unknown = list(self.unknown)
        for name, cell in spread(cells[self.more]).items():
            unknown.append((name.lower(), f"{json_string(name)}:", len(cells)))
            cells.append(cell)
        return sorted(unknown)

    def _read_account(self, key, row_no):
        """What the cells of ACCOUNT_COLUMNS say: the leading columns of a row, their tags and their digest."""
        value = self._not_null(ACCOUNT_COLUMNS, key, row_no)
        self._check_identity(value, ("ProviderName", "BillingAccountId", "SubAccountId"))
        if not _CURRENCY(value["BillingCurrency"]):
            raise RowFault("BillingCurrency", "bad_currency", value["BillingCurrency"])
        value["BillingCurrency"] = currency = value["BillingCurrency"].upper()
        written = value["BillingPeriodStart"]
        for column in ("BillingPeriodStart", "BillingPeriodEnd"):
            value[column] = (self.moments.get(value[column]) or self._read_moment(column, value[column]))[1]
        if value["BillingPeriodEnd"] <= value["BillingPeriodStart"]:
            raise RowFault("BillingPeriodEnd", "end_before_start", value["BillingPeriodEnd"])
        tagged = [(name, value[name]) for name in ACCOUNT_COLUMNS if name not in _OWN_ACCOUNT]
        if not _MONTH_START(written):
            # The month alone would not tell this period any more.
            tagged.append(("BillingPeriodStart", written))
        account = (
            (value["ProviderName"], value["BillingAccountId"], value["SubAccountId"], value["SubAccountName"]),
            currency,
            written_month(written),
            _members(tagged),
            digest("\0".join(value.values()).encode()),
        )
        return self.accounts.keep(key, account, 3 * sum(map(len, key)))

    def _read_sale(self, key, row_no):
        """What the cells of SALE_COLUMNS say: service, SKU, kind and units, their tags and their digest."""
        value = self._not_null(SALE_COLUMNS, key, row_no)
        self._check_identity(value, ("ServiceName", "SkuId", "SkuPriceId", "RegionId", "PricingUnit", "ConsumedUnit"))
        category, charge_class = value["ChargeCategory"], value["ChargeClass"]
        kind = category.lower()
        if kind not in CATEGORIES:
            raise RowFault("ChargeCategory", "unknown_charge_category", category)
        tagged = [(name, value[name]) for name in SALE_COLUMNS if name not in _OWN_SALE]
        if charge_class:
            if charge_class.lower() != "correction":
                raise RowFault("ChargeClass", "unknown_charge_class", charge_class)
            kind = "adjustment"
            tagged.append(("ChargeCategory", category))
        sku, sku_name = value["SkuId"] or value["SkuPriceId"], value["ChargeDescription"] or value["SkuMeter"]
        sale = (
            (value["ServiceName"], sku, sku_name, value["RegionId"], kind),
            value["PricingUnit"],
            value["ConsumedUnit"],
            _members(tagged),
            digest("\0".join({**value, **{name: bare_number(value[name]) for name in _UNIT_PRICES}}.values()).encode()),
        )
        return self.sales.keep(key, sale, 3 * sum(map(len, key)))

    def _not_null(self, names, cells, row_no):
        """{name: cell}, null as ''. Raises RowFault missing_value."""
        self._check_cells(cells, row_no)
        value = {name: "" if cell in NULLS else cell for name, cell in zip(names, cells, strict=True)}
        for name in names:
            if not value[name] and name in _NOT_NULL:
                raise RowFault(name, "missing_value")
        return value

    def _check_identity(self, value, names):
        for name in names:
            if len(value[name]) > self.limits.max_identity:
                raise RowFault(name, "field_too_long", value[name])

    def _check_cells(self, cells, row_no):
        # csv has its own limit, but it is one setting of the whole process and others may have raised it.
        if max(map(len, cells)) > self.limits.max_cell:
            raise RejectedFile("cell_too_long", self.file_name, row_no, detail=self.limits.max_cell)

    def _read_moment(self, column, text):
        if not text:
            raise RowFault(column, "missing_value")
        try:
            moment = parse_moment(text)
        except (ValueError, OverflowError):
            raise RowFault(column, "bad_date", text) from None
        return self.moments.keep(text, moment, 3 * len(text))


def _members(pairs):
    """JSON members of what is not null, each followed by a comma."""
    return "".join(f"{json_string(name)}:{json_string(value)}," for name, value in pairs if value)


def _read_numbers(numbers):
    """The four costs and the priced quantity, for rows that the fast pattern does not take. Raises RowFault."""
    if not numbers[0]:
        raise RowFault("BilledCost", "missing_value")
    return [text and plain_number(text, column) for column, text in zip(NUMBER_COLUMNS[:5], numbers[:5], strict=True)]


def _read_quantity(quantity, unit, consumed, consumed_unit):
    """(quantity or None, its unit, JSON members left over): the priced pair if complete, else the consumed one."""
    if consumed and (consumed_unit or not quantity):
        left_over = _members((("PricingQuantity", quantity), ("PricingUnit", unit)))
        return plain_number(consumed, "ConsumedQuantity"), consumed_unit, left_over
    return quantity or None, unit, ""
