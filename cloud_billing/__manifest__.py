{
    "name": "Cloud Billing",
    "summary": "Metered usage and contracts become posted, proven invoices in the general ledger",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "Cloud Billing contributors",
    "depends": ["account"],
    "data": [
        "security/cloud_billing_groups.xml",
        "security/ir.model.access.csv",
        "security/cloud_billing_rules.xml",
    ],
    "demo": [],
    "pre_init_hook": "pre_init_hook",
    "uninstall_hook": "uninstall_hook",
    "application": True,
}
