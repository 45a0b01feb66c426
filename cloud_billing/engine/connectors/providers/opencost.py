"""OpenCost: what workloads of a Kubernetes cluster used, asked for day by day.

Costs are list prices until OpenCost has seen the provider's bill, so a month is read again for a week after its end.
"""

from datetime import timedelta

from ..base import Connector, Fact, Payload, Seen, Setting, find_missing, get_option, is_on
from ..errors import ConnectorError
from ..places import bad_answer, find_url_problems, get_host, get_place, join_url
from ..registry import register
from .login import LOGIN, find_login_problems, get_login_headers
from .months import deliver_month, tell_moment, write_moment

_DAY = timedelta(days=1)
# An answer is read whole, to see whether it holds anything: a day of thousands of workloads, and not of every pod.
_MAX_BYTES = 48 * 1024**2

URL = Setting("url", "Address", "url", help="Of the OpenCost API, such as https://opencost.example.com.")
PATH = Setting(
    "path",
    "Question",
    "choice",
    default="allocation",
    choices=(("allocation", "/allocation"), ("allocation/compute", "/allocation/compute")),
    group="more",
    help="Some versions answer at one, some at the other.",
)
AGGREGATE = Setting(
    "aggregate",
    "One row per",
    default="namespace",
    group="what",
    help="namespace, controller, pod, or label:NAME; several with commas. It is what usage is matched by.",
)
IS_IDLE = Setting(
    "include_idle", "With idle capacity", "flag", required=False, group="what", help="As rows of the name __idle__."
)


@register
class OpenCostConnector(Connector):
    """Allocations of a window, a file a day."""

    name = "opencost"
    title = "Kubernetes OpenCost"
    summary = "Hours of cores, memory and storage by namespace or label, as OpenCost allocates them."
    settings = (URL, *LOGIN, AGGREGATE, IS_IDLE, PATH)
    readers = ("opencost",)
    has_windows = True
    overlap = timedelta(days=7)

    def hosts(self, options):
        return {get_place(get_option(options, URL))}

    def check(self, options):
        return [
            *find_missing(self.settings, options),
            *find_url_problems(URL, options),
            *find_login_problems(options),
        ]

    def test(self, options, web, now):
        end = now.replace(minute=0, second=0, microsecond=0)
        body, count = self._ask(options, web, end - _DAY, end)
        sample = Payload("opencost.json", [body]) if count else None
        values = {"count": count, "start": tell_moment(end - _DAY), "end": tell_moment(end)}
        return Seen([Fact("records_seen" if count else "no_records_seen", values)], sample)

    def fetch(self, options, web, window, known):
        account = get_host(get_option(options, URL))
        yield from deliver_month(self.name, account, window, self._get_files(options, web, window), known)

    def _get_files(self, options, web, window):
        for day in window.cut(_DAY):
            body, count = self._ask(options, web, day.start, day.end)
            if count:
                yield f"opencost-{day.start:%Y-%m-%d}.json", [body]

    def _ask(self, options, web, start, end):
        """(the answer, how many allocations it holds)."""
        url = get_option(options, URL)
        params = {
            "window": f"{write_moment(start)},{write_moment(end)}",
            "aggregate": get_option(options, AGGREGATE),
            "accumulate": "true",
            "includeIdle": "true" if is_on(options.get(IS_IDLE.name)) else "false",
        }
        answer = web.request(
            "GET",
            join_url(url, get_option(options, PATH)),
            params=params,
            headers=get_login_headers(options),
            max_bytes=_MAX_BYTES,
        )
        found = answer.json()
        if not isinstance(found, dict) or not isinstance(found.get("data"), list):
            raise bad_answer(url, "OpenCost")
        if found.get("code", 200) != 200:
            said = web.hide(str(found.get("message")))
            raise ConnectorError("server_said", is_transient=True, host=get_host(url), said=said)
        return answer.read(), sum(len(each) for each in found["data"] if isinstance(each, dict))
