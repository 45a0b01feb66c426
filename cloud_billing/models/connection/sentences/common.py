"""What every connector may say: of hosts, connections, answers and settings."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

# One sentence per ConnectorError.code, with the remedy; values as the table in engine/connectors/errors names them.
ERRORS = {
    "host_refused": _lt(
        "%(host)s was not spoken to: %(reason)s. Correct the address, or have a billing administrator allow the "
        "host on the page Hosts."
    ),
    "name_unknown": _lt("There is no server named %(host)s. Look for a typing error in the address."),
    "unreachable": _lt(
        "%(host)s cannot be reached: nobody answers there. See whether it runs, whether the port is right, and "
        "whether a firewall lets this server through."
    ),
    "tls_failed": _lt(
        "The certificate of %(host)s cannot be trusted (%(detail)s). Ask its owner for a valid one; nothing was sent."
    ),
    "timed_out": _lt(
        "%(host)s did not answer in time. It is often busy: it is tried again. Where that goes on, ask for less at "
        "once."
    ),
    "cut_off": _lt("%(host)s ended the connection before its answer was complete. Nothing of it was kept."),
    "too_large": _lt(
        "What %(host)s brings is larger than %(limit)s bytes. Where that is right, raise Largest Answer on the "
        "page Schedule."
    ),
    "login_refused": _lt(
        "%(host)s refuses the key (%(status)s). It is wrong, has expired, or lacks the right to read this: make a "
        "new one at the provider and type it in here. %(said)s"
    ),
    "not_found": _lt(
        "%(host)s has nothing at this place (%(status)s). Look for a typing error in the address, the bucket or the"
        " path. %(said)s"
    ),
    "request_refused": _lt(
        "%(host)s does not accept the question (%(status)s). Compare the settings with what the provider documents."
        " %(said)s"
    ),
    "throttled": _lt(
        "%(host)s was asked too often (%(status)s). It is asked again later; a longer interval in the schedule helps."
    ),
    "server_error": _lt(
        "%(host)s has a fault of its own (%(status)s). It is asked again; where that goes on, ask the provider. "
        "%(said)s"
    ),
    "redirect_refused": _lt(
        "%(host)s sends on to %(to)s, which nobody allowed. Where that is right, write that address into the settings."
    ),
    "bad_answer": _lt(
        "%(host)s answers something else than expected (%(detail)s). Look whether the address is that of the "
        "interface and not of a web page."
    ),
    "library_missing": _lt(
        "This connector needs the Python library %(library)s, which is not installed. Ask the administrator of the "
        "server to run pip install %(library)s."
    ),
    "unknown_connector": _lt(
        "The connector %(name)s is not there any more: the module that brought it was removed. Install it again, or"
        " choose another one."
    ),
    "interrupted": _lt("It was interrupted, for instance by a restart of the server. What was taken stays taken."),
    "unexpected": _lt(
        "It stopped with an error of its own (%(error)s). The server's log says where; report it to whoever "
        "maintains this connector."
    ),
    "key_missing": _lt("Its secrets cannot be read: %(detail)s"),
    "hosts_changed": _lt("Nobody has allowed its hosts. A billing administrator does, on the page Hosts."),
    "not_complete": _lt("Its settings are not complete: %(detail)s"),
}

# Why guard.py refuses an address: the rest of the sentence of host_refused.
REASONS = {
    "not_a_url": _lt("this is no address"),
    "scheme": _lt("only https is allowed"),
    "userinfo": _lt("there is a name or a password in the address"),
    "name": _lt("the name has letters that no host has"),
    "number": _lt("the address is written as a disguised number"),
    "port": _lt("the port was not allowed"),
    "not_allowed": _lt("nobody allowed this host"),
    "inner": _lt("it lies inside a network, and nobody ticked it as one of ours"),
    "never": _lt("this address belongs to nobody who delivers usage"),
}

# One sentence per Fact.code of a test.
FACTS = {
    "not_readable": _lt("What is there is not read as this source says: %(reason)s"),
}

# One sentence per Problem.code of a connector's check.
PROBLEMS = {
    "setting_missing": _lt("%(setting)s is missing."),
    "not_a_choice": _lt("%(setting)s: %(value)s is none of the choices."),
    "not_a_number": _lt("%(setting)s: %(value)s is not a number."),
    "not_an_object": _lt('%(setting)s is not JSON of the form {"name": "value"}.'),
}

# Labels and help of settings, titles and summaries, by their English text in the engine.
TEXTS = {}
