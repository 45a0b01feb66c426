"""Proposals for the mapping of an unknown table, from its names and first rows: shown, never applied unseen.

Where the first rows can be read in two ways, there is no proposal: a person says which one is meant.
"""

import re
from datetime import datetime
from typing import NamedTuple

from ..base import CHARGE_KINDS
from ..moments import DATE_FORMATS, parse, parse_month
from ..values import NULLS
from .mapping import NUMBER_FIELDS, fold

# Words by which programs call their columns, in the languages of many exports; a name is compared as a whole.
NAMES = {
    "start": (
        "start date time timestamp from begin usage_date usage_start usage_start_time start_date start_time"
        " service_start"
        " service_date charge_date datum von beginn startdatum verbrauchsdatum leistungsdatum zeitpunkt zeit date_debut"
        " debut fecha fecha_inicio inicio van begindatum tijdstip"
    ),
    "end": (
        "end to until end_date end_time usage_end usage_end_time service_end bis ende enddatum date_fin fin fecha_fin"
        " tot einddatum"
    ),
    "duration": "duration duration_s seconds dauer duree duracion duur talk_time billsec",
    "billing_month": (
        "billing_month month period billing_period invoice_month monat abrechnungsmonat mois mes maand periode"
    ),
    "account": (
        "account account_id customer customer_id customer_no customer_number client client_id tenant tenant_id project"
        " project_id sub_account subscription subscription_id kunde kunden_nr kundennummer kundennr mandant client_no"
        " cliente klant klantnummer klantnr"
    ),
    "account_name": "account_name customer_name client_name tenant_name project_name kundenname nom_client klantnaam",
    "service": (
        "service service_name product product_name meter item article artikel dienst leistung produkt servicio producto"
        " produit prestation type_of_service"
    ),
    "quantity": (
        "quantity qty usage amount_used consumption units volume menge anzahl verbrauch quantite cantidad aantal"
        " verbruik"
        " hoeveelheid gb kwh hours stunden"
    ),
    "unit": "unit uom unit_of_measure einheit unite unidad eenheid",
    "cost": (
        "cost billed_cost net_amount amount charge total net netto betrag nettobetrag kosten montant_ht montant importe"
        " bedrag total_cost"
    ),
    "cost_list": "list_cost list_price listenpreis",
    "cost_effective": "effective_cost",
    "cost_contracted": "contracted_cost",
    "currency": "currency currency_code waehrung währung devise moneda valuta",
    "id": (
        "id event_id record_id row_id transaction_id external_id uuid beleg belegnr belegnummer call_id ticket_id"
        " ticket ticket_no ticket_number ref reference_no numero_id regel_id"
    ),
    "sku": "sku sku_id article_no article_number artikelnummer artikelnr item_no part_number referencia reference",
    "sku_name": "sku_name description beschreibung bezeichnung libelle descripcion omschrijving",
    "region": "region region_id location zone standort datacenter regio",
    "resource": "resource resource_id vm_id instance_id server hostname ressource device",
    "charge_kind": "charge_kind charge_category charge_type kind art type buchungsart soort",
    "provider": "provider provider_name vendor supplier anbieter lieferant leverancier",
    "provider_account": "provider_account billing_account billing_account_id payer_account contract vertrag",
    "tags": "tags labels",
}
_BY_NAME = {fold(name): field for field, names in NAMES.items() for name in names.split()}
# A column that is called so beside one with a number is the name of the account, not the account.
_BARE_ACCOUNTS = frozenset(
    ["account", "customer", "client", "tenant", "project", "kunde", "cliente", "klant", "mandant"]
)
# Names of quantities that are the unit itself.
_UNITS = frozenset(["gb", "kwh", "hours", "stunden"])
_CURRENCIES = frozenset(
    [
        "aud",
        "brl",
        "cad",
        "chf",
        "cny",
        "czk",
        "dkk",
        "eur",
        "gbp",
        "hkd",
        "huf",
        "inr",
        "jpy",
        "krw",
        "mxn",
        "nok",
        "nzd",
        "pln",
        "ron",
        "sek",
        "sgd",
        "try",
        "usd",
        "zar",
    ]
)
_CODE = re.compile(r"[A-Z]{3}", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d[\d.,' \u00a0\u202f]*(?:[eE][+-]?\d+)?", re.ASCII)
_MARKS = (",", ".")
_BLANKS = (" ", "\u00a0", "\u202f")


class Proposal(NamedTuple):
    """What a column may be. field: of mapping.FIELDS or None.   why: 'name', 'dates', 'numbers', 'currencies' or ''."""

    field: str | None
    why: str


class Style(NamedTuple):
    """How numbers are written; decimal is None where the first rows do not tell. examples: cells that do not tell."""

    decimal: str | None
    thousands: str
    examples: tuple = ()


def propose_fields(header, rows):
    """A Proposal for each column of a table, in order; each field is proposed once."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(header)
    fields = _get_fields(header)
    found = {}
    for place, field in enumerate(fields):
        if field and field not in found and _fits(field, columns[place]):
            found[field] = (place, "name")
    # A name that means something else than its cells say is left to the person.
    unnamed = [place for place, field in enumerate(fields) if not field]
    _propose_by_values(columns, unnamed, found)
    by_place = {place: Proposal(field, why) for field, (place, why) in found.items()}
    return [by_place.get(place, Proposal(None, "")) for place in range(len(header))]


def _get_fields(header):
    """What each column is by its name, None where that says nothing."""
    fields = [_BY_NAME.get(fold(name)) or ("cost" if _is_cost_in(name) else None) for name in header]
    if sum(field == "account" for field in fields) > 1 and "account_name" not in fields:
        bare = [place for place, name in enumerate(header) if fold(name) in _BARE_ACCOUNTS]
        if bare and fields.count("account") > len(bare):
            fields[bare[0]] = "account_name"
    return fields


def _is_cost_in(name):
    """Whether a name is that of a currency, alone or beside a word for a cost: "EUR", "Net EUR"."""
    words = fold(name).split("_")
    others = [word for word in words if word not in _CURRENCIES]
    return len(others) < len(words) and (not others or _BY_NAME.get("_".join(others)) == "cost")


def name_currency(name):
    """The currency that the name of a cost column says, None where it says none."""
    found = [word for word in fold(name).split("_") if word in _CURRENCIES]
    return found[0].upper() if len(found) == 1 else None


def name_unit(name):
    """The unit that the name of a quantity column is, None where it is no unit."""
    return name.strip() if fold(name) in _UNITS else None


def _propose_by_values(columns, free, found):
    for field, fits, why in (("start", _are_dates, "dates"), ("currency", _are_codes, "currencies")):
        if field not in found and not (field == "start" and "billing_month" in found):
            place = next((place for place in free if fits(_values(columns[place]))), None)
            if place is not None:
                found[field] = (place, why)
                free.remove(place)
    if not found.keys() & set(NUMBER_FIELDS):
        place = next((place for place in free if _are_numbers(_values(columns[place]))), None)
        if place is not None:
            found["quantity"] = (place, "numbers")


def _fits(field, column):
    """Whether a column's cells could be what its name says."""
    values = _values(column)
    if not values:
        return True
    if field in ("start", "end"):
        return _are_dates(values)
    if field in NUMBER_FIELDS or field == "duration":
        return _are_numbers(values)
    if field == "billing_month":
        return all(_is_month(value) for value in values)
    if field == "charge_kind":
        return len(set(values)) <= len(CHARGE_KINDS) * 3
    if field == "id":
        return len(set(values)) == len(values)
    return True


def _values(column):
    return [cell.strip() for cell in column if cell.strip() not in NULLS]


def _are_dates(values):
    return bool(values) and bool(possible_date_formats(values))


def _are_numbers(values):
    return bool(values) and all(_NUMBER.fullmatch(value) for value in values)


def _are_codes(values):
    return bool(values) and all(_CODE.fullmatch(value) for value in values)


def _is_month(value):
    try:
        parse_month(value)
    except ValueError:
        return False
    return True


def possible_date_formats(values):
    """Those of DATE_FORMATS in which every cell is a date. Several: the cells do not tell which one is meant."""
    values = _values(values)
    return [name for name in DATE_FORMATS if values and all(_can_parse(value, name) for value in values)]


def _can_parse(value, date_format):
    try:
        parse(value, date_format)
    except (ValueError, OverflowError):
        return False
    return True


def propose_style(values):
    """The Style of number cells."""
    values = [value for value in _values(values) if _NUMBER.fullmatch(value)]
    blank = " " if any(mark in value for value in values for mark in _BLANKS) else ""
    blank = "'" if any("'" in value for value in values) else blank
    for value in values:
        last = max(value.rfind(mark) for mark in _MARKS)
        if "," in value and "." in value:
            return Style(value[last], "," if value[last] == "." else ".")
        if value.count(",") > 1 or value.count(".") > 1:
            return Style("." if "," in value else ",", "," if "," in value else ".")
    marked = [value for value in values if "," in value or "." in value]
    telling = [value for value in marked if blank or not re.fullmatch(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", value)]
    if not marked:
        return Style(".", blank)
    if telling:
        return Style("," if "," in telling[0] else ".", blank)
    return Style(None, "", tuple(dict.fromkeys(marked))[:3])


def propose_period(starts, ends, has_duration, date_format):
    """One of mapping.PERIODS for cells of the start and of the end, in one format."""
    starts, ends = _moments(starts, date_format), _moments(ends, date_format)
    if ends:
        is_same_day = any(start.local == end.local for start, end in zip(starts, ends, strict=False))
        return "last_day" if is_same_day and all(moment.is_date for moment in ends) else "end"
    if has_duration:
        return "duration"
    if all(moment.is_date or moment.local.time() == datetime.min.time() for moment in starts):
        return "day"
    return "hour" if all(not moment.local.minute and not moment.local.second for moment in starts) else "instant"


def _moments(values, date_format):
    found = []
    for value in _values(values):
        try:
            found.append(parse(value, date_format))
        except (ValueError, OverflowError):
            continue
    return found
