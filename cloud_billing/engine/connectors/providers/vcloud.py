"""VMware Cloud Director: what virtual machines were given hour by hour, and what they used where metrics are kept.

What a machine was given is a state, not a record: it is known only at the moment at which somebody looks, and counts
for the whole hours since the last look, a day's at most. Each hour is one delivery of JSON lines, read by the source's
own format:

id, start, end, org, vdc, vapp, vm, name, status, metric, quantity, unit
"""

from datetime import datetime, timedelta, timezone
from decimal import Decimal

from ...numbers import divide, to_text, trim, wide
from ..base import (
    Connector,
    Delivery,
    Fact,
    Payload,
    Seen,
    Setting,
    Window,
    find_missing,
    get_option,
    is_on,
    json_lines,
)
from ..errors import ConnectorError, Problem
from ..places import bad_answer, find_url_problems, get_host, get_place, join_url
from ..registry import register
from ..secret import Secret
from .login import get_basic
from .months import HOUR, tell_moment, write_moment

PAGE = 128
MAX_PAGES = 2000
# The server collects metrics every five minutes, and needs a while.
LAG = timedelta(minutes=30)
# How long a state may count backwards, and how long a server keeps metrics.
LONGEST_STATE = timedelta(days=1)
_MAX_BYTES = 48 * 1024**2
# (metric, field of the record, in one unit of ours, unit)
_ALLOCATED = (
    ("allocated.cpu", "numberOfCpus", 1, "vCPU hours"),
    ("allocated.memory", "memoryMB", 1024, "GB hours"),
    ("allocated.storage", "totalStorageAllocatedMb", 1024, "GB hours"),
)
_PER_SECOND = "_PER_SECOND"
_SECONDS_PER_HOUR = 3600

URL = Setting("url", "Address", "url", help="Of the cells, such as https://vcloud.example.com.")
LOGIN = Setting(
    "login",
    "Log in by",
    "choice",
    default="token",
    choices=(("token", "API token"), ("password", "User name and password")),
)
ORG = Setting("org", "Organisation", help="System for the provider, who sees the machines of all organisations.")
USER = Setting("user", "User name", required=False, help="Only with a password.")
PASSWORD = Setting("password", "API token or password", "secret")
METRICS = Setting(
    "metrics",
    "Metrics",
    required=False,
    group="what",
    help="What machines used, where the installation keeps metrics: disk.used.latest, cpu.usagemhz.average, disk.*.",
)
IS_ALLOCATED = Setting(
    "is_allocated", "What machines were given", "flag", required=False, default="1", group="what", help="By the hour."
)
FILTER = Setting(
    "filter", "Machines", default="isVAppTemplate==false", group="more", help="As the query service has it."
)
VERSION = Setting("version", "Version of the API", default="37.0", group="more")


@register
class VCloudConnector(Connector):
    """Hours of virtual machines."""

    name = "vcloud"
    title = "VMware Cloud Director"
    summary = "vCPU, memory and storage given to virtual machines by the hour, and their metrics."
    settings = (URL, LOGIN, ORG, USER, PASSWORD, IS_ALLOCATED, METRICS, FILTER, VERSION)
    readers = ("own_columns",)
    has_windows = True
    max_window = timedelta(days=1)
    # Hours that were too young the last time; those that were taken are known by their names.
    overlap = timedelta(hours=3)

    def hosts(self, options):
        return {get_place(get_option(options, URL))}

    def check(self, options):
        problems = [*find_missing(self.settings, options), *find_url_problems(URL, options)]
        if get_option(options, LOGIN) == "password" and not get_option(options, USER):
            problems.append(Problem(USER.name, "setting_missing", {"label": USER.label}))
        if not self._is_allocated(options) and not get_option(options, METRICS):
            problems.append(Problem(METRICS.name, "nothing_chosen", {"label": METRICS.label}))
        return problems

    def test(self, options, web, now):
        client = _Client(options, web)
        end = (now - LAG).replace(minute=0, second=0, microsecond=0)
        records, machines = self._get_records(options, client, Window(end - HOUR, end), None)
        values = {"count": len(machines), "start": tell_moment(end - HOUR), "end": tell_moment(end)}
        fact = Fact("machines_seen" if machines else "no_machines_seen", values)
        return Seen([fact], Payload("vcloud.jsonl", json_lines(records[:100])) if records else None)

    def fetch(self, options, web, window, known):
        now = web.now()
        # Those that are over for long enough.
        over = Window(window.start, min(window.end, now - LAG)).whole(HOUR)
        hours = [hour for hour in over if self._get_name(hour) not in known]
        if not hours:
            return
        client, machines = _Client(options, web), None
        for hour in hours:
            records, machines = self._get_records(options, client, hour, machines, now)
            if records:
                payload = Payload(f"vcloud-{hour.start:%Y-%m-%dT%H}.jsonl", json_lines(records))
                yield Delivery(self._get_name(hour), "1", f"{get_host(client.url)}/{hour.start:%Y-%m}", [payload])

    def _get_name(self, hour):
        return f"{self.name}/{hour.start:%Y-%m-%dT%H}"

    def get_mappings(self):
        same = {name: [name] for name in ("id", "start", "end", "quantity", "unit")}
        others = {"account": ["org"], "service": ["metric"], "resource": ["vm"], "region": ["vdc"]}
        mapping = {
            "shape": "append",
            "key": "id",
            "key_fields": ["id"],
            "columns": {**same, **others},
            "constants": {"provider": "VMware Cloud Director"},
            "date_format": "iso",
            "period": "end",
            "tags": None,
        }
        return {"machines": ("Use of virtual machines by the hour", mapping)}

    @staticmethod
    def _is_allocated(options):
        return is_on(options.get(IS_ALLOCATED.name, IS_ALLOCATED.default))

    def _get_records(self, options, client, hour, machines, now=None):
        """(records of an hour, the machines); these are asked for once and are the state of every hour."""
        machines = client.get_machines() if machines is None else machines
        records = []
        for machine in machines:
            if self._is_allocated(options) and (now is None or now - hour.end <= LONGEST_STATE):
                records += _get_allocated(machine, hour)
            if get_option(options, METRICS):
                records += _get_used(machine, hour, client.get_metrics(machine, hour))
        return records, machines


class _Client:
    """A session with the cells."""

    def __init__(self, options, web):
        self.options = options
        self.web = web
        self.url = get_option(options, URL)
        self.version = get_option(options, VERSION)
        self.headers = {"Authorization": f"Bearer {self._log_in()}"}

    def _log_in(self):
        """The token of a session. Raises ConnectorError login_refused, as the cells say it of an API token by 400."""
        try:
            return self._get_token()
        except ConnectorError as error:
            if error.code != "request_refused":
                raise
            raise ConnectorError("login_refused", **error.values) from None

    def _get_token(self):
        org, password = get_option(self.options, ORG), get_option(self.options, PASSWORD)
        is_provider = org.lower() == "system"
        if get_option(self.options, LOGIN) == "token":
            below = "provider" if is_provider else f"tenant/{org}"
            found = self.web.request(
                "POST",
                join_url(self.url, "oauth", below, "token"),
                data={"grant_type": "refresh_token", "refresh_token": password.reveal()},
                headers={"Accept": "application/json"},
                max_bytes=_MAX_BYTES,
                is_repeatable=True,
            ).json()
            token = found.get("access_token") if isinstance(found, dict) else None
        else:
            user = f"{get_option(self.options, USER)}@{org}"
            path = "cloudapi/1.0.0/sessions/provider" if is_provider else "cloudapi/1.0.0/sessions"
            answer = self.web.request(
                "POST",
                join_url(self.url, path),
                headers={"Accept": f"application/json;version={self.version}", **get_basic(user, password)},
                max_bytes=_MAX_BYTES,
                is_repeatable=True,
            )
            answer.read()
            token = answer.headers.get("X-VMWARE-VCLOUD-ACCESS-TOKEN")
        if not token or not isinstance(token, str):
            raise bad_answer(self.url, "access token")
        token = Secret(token)
        self.web.keep_quiet_about(token)
        return token.reveal()

    def get_machines(self):
        """Records of the query service, one per machine, in the order of their ids."""
        kind = "adminVM" if get_option(self.options, ORG).lower() == "system" else "vm"
        machines = {}
        for page in range(1, MAX_PAGES + 1):
            params = {
                "type": kind,
                "format": "records",
                "page": page,
                "pageSize": PAGE,
                "sortAsc": "name",
                "filter": f"({get_option(self.options, FILTER)})",
            }
            found = self._ask("GET", join_url(self.url, "api/query"), params=params)
            records, total = found.get("record", []), found.get("total")
            if not isinstance(total, int) or not isinstance(records, list):
                raise bad_answer(self.url, "query")
            # A machine that moved to another page while they were read comes twice.
            machines.update({_get_id(record.get("href")): record for record in records})
            if page * PAGE >= total or not records:
                return [machines[name] for name in sorted(machines) if name]
        raise bad_answer(self.url, "query")

    def get_metrics(self, machine, hour):
        """Series of an hour: name, unit, expectedInterval in milliseconds, samples."""
        patterns = [each.strip() for each in get_option(self.options, METRICS).split(",") if each.strip()]
        found = self._ask(
            "POST",
            join_url(self.url, "api/vApp", _get_id(machine["href"]), "metrics/historic"),
            json={
                "metricPattern": patterns,
                "absoluteStartTime": {"time": write_moment(hour.start)},
                "absoluteEndTime": {"time": write_moment(hour.end)},
            },
            headers={"Content-Type": "application/vnd.vmware.vcloud.metrics.historicUsageSpec+json"},
            is_repeatable=True,
        )
        series = found.get("metricSeries") or []
        if not isinstance(series, list) or not all(_is_series(each) for each in series):
            raise bad_answer(self.url, "metricSeries")
        return series

    def _ask(self, method, url, headers=None, **keywords):
        accept = {"Accept": f"application/*+json;version={self.version}"}
        answer = self.web.request(
            method, url, headers={**self.headers, **accept, **(headers or {})}, max_bytes=_MAX_BYTES, **keywords
        )
        found = answer.json()
        if not isinstance(found, dict):
            raise bad_answer(self.url, "JSON")
        return found


def _is_series(each):
    """Whether this is a metric with samples that can be counted."""
    try:
        return bool(each["name"]) and each["expectedInterval"] > 0 and _are_numbers(each.get("sample") or [])
    except (KeyError, TypeError, AttributeError):
        return False


def _are_numbers(samples):
    return all(isinstance(sample["value"], (int, Decimal)) and _read_moment(sample["timestamp"]) for sample in samples)


def _get_id(href):
    """vm-... of the address of a machine, the same from every cell."""
    return str(href or "").rstrip("/").rpartition("/")[2]


def _get_common(machine, hour):
    return {
        "start": write_moment(hour.start),
        "end": write_moment(hour.end),
        "org": machine.get("orgName") or _get_id(machine.get("org")),
        "vdc": machine.get("vdcName") or _get_id(machine.get("vdc")),
        "vapp": machine.get("containerName") or "",
        "vm": _get_id(machine.get("href")),
        "name": machine.get("name") or "",
        "status": machine.get("status") or "",
    }


def _get_allocated(machine, hour):
    """Records of what a machine was given in an hour, nothing where it was made after it."""
    made = _read_moment(machine.get("dateCreated"))
    if made is not None and made >= hour.end:
        return
    common = _get_common(machine, hour)
    for metric, field, parts, unit in _ALLOCATED:
        value = machine.get(field)
        if isinstance(value, (int, Decimal)) and value > 0:
            yield _make_record(common, metric, divide(Decimal(value), Decimal(parts)), unit)


def _get_used(machine, hour, series):
    """Records of what a machine used: a level counts for the hours that it held, a rate for its seconds."""
    common = _get_common(machine, hour)
    for each in series:
        unit, seconds = str(each.get("unit") or ""), divide(Decimal(each["expectedInterval"]), Decimal(1000))
        samples = [sample for sample in each.get("sample") or [] if _is_in(sample, hour)]
        if not samples:
            continue
        with wide():
            total = sum((Decimal(sample["value"]) for sample in samples), Decimal(0)) * seconds
        if unit.endswith(_PER_SECOND):
            unit = unit.removesuffix(_PER_SECOND)
        else:
            total, unit = divide(total, Decimal(_SECONDS_PER_HOUR)), f"{unit} hours"
        yield _make_record(common, each["name"], total, unit.replace("_", " ").lower())


def _make_record(common, metric, quantity, unit):
    """One line; its id is the same whenever the hour is read."""
    key = f"{common['vm']}/{common['start']}/{metric}"
    return {"id": key, **common, "metric": metric, "quantity": to_text(trim(quantity)), "unit": unit}


def _is_in(sample, hour):
    return hour.start <= _read_moment(sample["timestamp"]) < hour.end


def _read_moment(text):
    """An aware datetime of ISO 8601 with a zone, or None."""
    try:
        moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment.astimezone(timezone.utc) if moment.tzinfo else None
