"""What the connector to this database says."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

ERRORS = {
    "reader_refused": _lt(
        "%(user)s cannot lend his rights: the user is archived, gone, or the system itself. Choose another one in the "
        "settings."
    ),
    "model_gone": _lt("There are no records %(model)s here any more. Install what has them, or choose others."),
    "records_denied": _lt(
        "%(user)s may not read %(model)s, or not in this company. Give this user the right, or choose another one in "
        "the settings."
    ),
    "records_unreadable": _lt(
        "%(model)s cannot be read as the settings say (%(detail)s). Look at the fields that are named there."
    ),
    "filter_value": _lt("“%(value)s” is nothing that %(field)s can be. Correct it in the settings, under Only Where."),
    "import_waits": _lt(
        "An import of this source is not finished, so nobody can say what was counted yet. It is tried again later."
    ),
}

FACTS = {}
PROBLEMS = {}

TEXTS = {
    text._source: text
    for text in (
        _lt("This Odoo: timesheets, delivered quantities, leads, other records"),
        _lt(
            "Records of this database as usage: hours, delivered quantities of orders, won leads, or any with a date"
            " and a customer."
        ),
        _lt("Reads with the rights of"),
        _lt(
            "It sees what this person sees. Whoever sets it up names himself; who may change the settings of Odoo,"
            " anybody."
        ),
        _lt("Records"),
        _lt("Those with a date and a customer, which you may see."),
        _lt("Day or time"),
        _lt("When it was used."),
        _lt("Whose it is"),
        _lt("Records without it are left out. The account is the id of this contact or customer."),
        _lt("How much"),
        _lt("Empty: each record counts as 1."),
        _lt("How much is a total that grows"),
        _lt("As the delivered quantity of an order: what it grew since it was last fetched is counted."),
        _lt("What it is"),
        _lt("What it is, where that is empty"),
        _lt("Unit"),
        _lt("Unit, where that is empty"),
        _lt("Description"),
        _lt("Only where"),
        _lt("Comparison"),
        _lt("Value"),
        _lt("is"),
        _lt("is not"),
        _lt("is above"),
        _lt("is below"),
        _lt("contains"),
        _lt("is filled in"),
        _lt("is empty"),
    )
}
