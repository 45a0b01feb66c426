"""OpenStack CloudKitty v2: rated data points of a month, page by page, with a token of Keystone v3.

`limit`, `offset` and `total` count data points and not the frames that hold them. A scope that is rated anew changes
its past, so a month is read again for three days after its end.
"""

from datetime import timedelta

from ..base import Connector, Fact, Payload, Seen, Setting, find_missing, get_object, get_option
from ..errors import ConnectorError, Problem
from ..places import bad_answer, find_url_problems, get_host, get_place, join_url
from ..registry import register
from ..secret import Secret
from .months import deliver_month, tell_moment, write_moment

MAX_PAGES = 20_000
_DAY = timedelta(days=1)
_MAX_BYTES = 48 * 1024**2
_NOTHING = "No resource found"

URL = Setting("url", "Address of the rating service", "url", help="Such as https://cloud.example.com:8889.")
LOGIN = Setting(
    "login",
    "Log in by",
    "choice",
    default="password",
    choices=(
        ("password", "Keystone, user and password"),
        ("application_credential", "Keystone, application credential"),
        ("none", "Nothing (noauth)"),
    ),
)
KEYSTONE = Setting(
    "keystone",
    "Address of Keystone",
    "url",
    required=False,
    help="Such as https://cloud.example.com:5000/v3; a /v3 at its end may be left out.",
)
USER = Setting("user", "User, or id of the application credential", required=False)
PASSWORD = Setting("password", "Password, or secret of the application credential", "secret", required=False)
PROJECT = Setting(
    "project", "Project", required=False, help="The project in which the user has the role rating or admin."
)
USER_DOMAIN = Setting("user_domain", "Domain of the user", default="Default", group="more")
PROJECT_DOMAIN = Setting("project_domain", "Domain of the project", default="Default", group="more")
FILTERS = Setting(
    "filters",
    "Only",
    "mapping",
    required=False,
    group="what",
    help='Conditions as CloudKitty knows them, such as {"project_id": "...", "type": "instance"}.',
)
PAGE = Setting("page", "Data points a page", "number", default="1000", group="more")


@register
class CloudKittyConnector(Connector):
    """Data frames of a window, a file a page."""

    name = "cloudkitty"
    title = "OpenStack CloudKitty"
    summary = "Rated usage of the projects of an OpenStack cloud."
    settings = (URL, LOGIN, KEYSTONE, USER, PASSWORD, PROJECT, USER_DOMAIN, PROJECT_DOMAIN, FILTERS, PAGE)
    readers = ("cloudkitty",)
    has_windows = True
    overlap = timedelta(days=3)

    def hosts(self, options):
        urls = [get_option(options, URL)]
        if get_option(options, LOGIN) != "none":
            urls.append(get_option(options, KEYSTONE))
        return {get_place(url) for url in urls if url}

    def check(self, options):
        problems = [
            *find_missing(self.settings, options),
            *find_url_problems(URL, options),
            *find_url_problems(KEYSTONE, options),
        ]
        needed = {"none": (), "password": (KEYSTONE, USER, PASSWORD, PROJECT)}.get(
            get_option(options, LOGIN), (KEYSTONE, USER, PASSWORD)
        )
        missing = [setting for setting in needed if not get_option(options, setting)]
        problems += [Problem(setting.name, "setting_missing", {"label": setting.label}) for setting in missing]
        if get_option(options, PAGE) == "0":
            problems.append(Problem(PAGE.name, "not_in_range", {"label": PAGE.label, "least": 1, "most": 10000}))
        return problems

    def test(self, options, web, now):
        end = now.replace(minute=0, second=0, microsecond=0)
        start = end - _DAY
        total, _points, body = self._ask(options, web, self._log_in(options, web), start, end, 0, 10)
        sample = Payload("cloudkitty.json", [body]) if total else None
        values = {"count": total, "start": tell_moment(start), "end": tell_moment(end)}
        return Seen([Fact("records_seen" if total else "no_records_seen", values)], sample)

    def fetch(self, options, web, window, known):
        account = get_host(get_option(options, URL))
        yield from deliver_month(self.name, account, window, self._get_pages(options, web, window), known)

    def _get_pages(self, options, web, window):
        headers = self._log_in(options, web)
        size, come, total = int(get_option(options, PAGE)), 0, None
        for number in range(1, MAX_PAGES + 1):
            said, points, body = self._ask(options, web, headers, window.start, window.end, come, size)
            total = said if total is None else total
            if said != total or come + points > total or (not points and come < total):
                # Rated anew while it was read: pages of before and after do not fit together.
                raise ConnectorError("points_changed", is_transient=True, host=get_host(get_option(options, URL)))
            if points:
                yield f"cloudkitty-{number:05}.json", [body]
            come += points
            if come == total:
                return
        raise ConnectorError("too_many_points", host=get_host(get_option(options, URL)), limit=MAX_PAGES * size)

    def _ask(self, options, web, headers, start, end, offset, limit):
        """(data points in all, data points here, the answer)."""
        url = get_option(options, URL)
        params = {
            "begin": write_moment(start),
            "end": write_moment(end),
            "offset": offset,
            "limit": limit,
            **_get_filters(options),
        }
        answer = web.request(
            "GET",
            join_url(url, "v2/dataframes"),
            params=params,
            headers=headers,
            ok=(200, 404),
            max_bytes=_MAX_BYTES,
        )
        if answer.status == 404:
            return self._read_nothing(url, web, answer)
        found = answer.json()
        total = found.get("total") if isinstance(found, dict) else None
        try:
            points = sum(len(each) for frame in found["dataframes"] for each in frame["usage"].values())
        except (KeyError, TypeError, AttributeError):
            points = None
        if not isinstance(total, int) or points is None:
            raise bad_answer(url, "dataframes")
        return total, points, answer.read()

    @staticmethod
    def _read_nothing(url, web, answer):
        """A time without data points is answered with 404, as a wrong address is; its body tells them apart."""
        body = answer.read()
        said = web.hide(body.decode("utf-8", "replace"))
        if _NOTHING not in said:
            raise ConnectorError("not_found", host=get_host(url), status=404, said=said)
        return 0, 0, body

    def _log_in(self, options, web):
        """Headers with a token of Keystone, good for one fetch."""
        if get_option(options, LOGIN) == "none":
            return {}
        keystone = get_option(options, KEYSTONE)
        base = keystone if keystone.rstrip("/").endswith("/v3") else join_url(keystone, "v3")
        answer = web.request(
            "POST",
            join_url(base, "auth/tokens"),
            json={"auth": _get_identity(options)},
            ok=(200, 201),
            max_bytes=_MAX_BYTES,
            is_repeatable=True,
        )
        answer.read()
        token = answer.headers.get("X-Subject-Token")
        if not token:
            raise bad_answer(keystone, "X-Subject-Token")
        token = Secret(token)
        web.keep_quiet_about(token)
        return {"X-Auth-Token": token.reveal()}


def _get_identity(options):
    """Who asks, as Keystone v3 takes it."""
    user, password = get_option(options, USER), get_option(options, PASSWORD).reveal()
    if get_option(options, LOGIN) == "application_credential":
        # It is of one project, so there is none to name.
        return {
            "identity": {
                "methods": ["application_credential"],
                "application_credential": {"id": user, "secret": password},
            }
        }
    person = {"name": user, "domain": {"name": get_option(options, USER_DOMAIN)}, "password": password}
    project = {"name": get_option(options, PROJECT), "domain": {"name": get_option(options, PROJECT_DOMAIN)}}
    return {"identity": {"methods": ["password"], "password": {"user": person}}, "scope": {"project": project}}


def _get_filters(options):
    """The conditions as parameters: filters=name:value, as often as there are conditions."""
    filters = get_object(options, FILTERS)
    return {"filters": [f"{name}:{value}" for name, value in filters.items()]} if filters else {}
