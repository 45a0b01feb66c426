"""What the connectors of meters and of one's own cloud say."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

ERRORS = {
    "server_said": _lt(
        "%(host)s answers that its answer is not complete. It is asked again later; where that goes on, look into its "
        "log. %(said)s"
    ),
    "points_changed": _lt(
        "%(host)s rated this usage anew while it was read, so its pages do not fit together. It is read again later."
    ),
    "too_many_points": _lt(
        "%(host)s has more than %(limit)s data points for this month. Read it in parts: a connector for each project, "
        "by a condition under Only."
    ),
}

FACTS = {
    "records_seen": _lt("Records from %(start)s to %(end)s: %(count)s."),
    "no_records_seen": _lt(
        "There are no records from %(start)s to %(end)s. Where there should be some, compare what is fetched with what "
        "its own pages show, and see whether this login may see them."
    ),
    "series_seen": _lt("Series that the query gives from %(start)s to %(end)s: %(count)s, with values: %(samples)s."),
    "no_series_seen": _lt(
        "The query gives no values from %(start)s to %(end)s. Try it in the server's own page: the name of the metric, "
        "the labels, and whether it had values then."
    ),
    "machines_seen": _lt(
        "Virtual machines that it sees: %(count)s. What they were given from %(start)s to %(end)s is below."
    ),
    "no_machines_seen": _lt(
        "It sees no virtual machines. Where there should be some, give the role of this user the right View vApp, and "
        "compare Organisation and Machines."
    ),
}

PROBLEMS = {
    "not_an_address": _lt("%(setting)s: %(value)s is not an address that begins with https://."),
    "not_in_range": _lt("%(setting)s has to be from %(least)s to %(most)s."),
    "nothing_chosen": _lt("%(setting)s: choose metrics, or what machines were given, or both."),
}

_TEXTS = (
    _lt("A query over time: what a counter or a level says that a customer used."),
    _lt("Address"),
    _lt("Of the server, with what stands before /api/v1, if anything does."),
    _lt("Log in by"),
    _lt("How the server, or the proxy in front of it, knows who asks."),
    _lt("Nothing"),
    _lt("User name and password"),
    _lt("Bearer token"),
    _lt("User name"),
    _lt("Password or token"),
    _lt("Query"),
    _lt("In PromQL, with the labels that say who used it: sum by (customer) (increase(requests_total[1h]))."),
    _lt("A value is"),
    _lt("The same as the source's own choice."),
    _lt("The use of the step before it"),
    _lt("A counter that only grows"),
    _lt("A level until the next value"),
    _lt("Step in seconds"),
    _lt("One row per series and step. increase(x[1h]) goes with 3600."),
    _lt("Wait in seconds"),
    _lt("How old a value has to be before it is read: twice the scrape interval at least, longer behind remote write."),
    _lt("Hours of cores, memory and storage by namespace or label, as OpenCost allocates them."),
    _lt("Of the OpenCost API, such as https://opencost.example.com."),
    _lt("One row per"),
    _lt("namespace, controller, pod, or label:NAME; several with commas. It is what usage is matched by."),
    _lt("With idle capacity"),
    _lt("As rows of the name __idle__."),
    _lt("Question"),
    _lt("Some versions answer at one, some at the other."),
    _lt("Rated usage of the projects of an OpenStack cloud."),
    _lt("Address of the rating service"),
    _lt("Such as https://cloud.example.com:8889."),
    _lt("Keystone, user and password"),
    _lt("Keystone, application credential"),
    _lt("Nothing (noauth)"),
    _lt("Address of Keystone"),
    _lt("Such as https://cloud.example.com:5000/v3; a /v3 at its end may be left out."),
    _lt("User, or id of the application credential"),
    _lt("Password, or secret of the application credential"),
    _lt("Project"),
    _lt("The project in which the user has the role rating or admin."),
    _lt("Domain of the user"),
    _lt("Domain of the project"),
    _lt("Only"),
    _lt('Conditions as CloudKitty knows them, such as {"project_id": "...", "type": "instance"}.'),
    _lt("Data points a page"),
    _lt("vCPU, memory and storage given to virtual machines by the hour, and their metrics."),
    _lt("Of the cells, such as https://vcloud.example.com."),
    _lt("API token"),
    _lt("Organisation"),
    _lt("System for the provider, who sees the machines of all organisations."),
    _lt("Only with a password."),
    _lt("API token or password"),
    _lt("What machines were given"),
    _lt("By the hour."),
    _lt("Metrics"),
    _lt("What machines used, where the installation keeps metrics: disk.used.latest, cpu.usagemhz.average, disk.*."),
    _lt("Machines"),
    _lt("As the query service has it."),
    _lt("Version of the API"),
)
TEXTS = {text._source: text for text in _TEXTS}
