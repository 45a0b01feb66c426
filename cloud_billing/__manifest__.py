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
        "views/usage/cloud_usage_source_views.xml",
        "views/cloud_billing_menus.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "cloud_billing/static/src/**/*",
            ("remove", "cloud_billing/static/src/**/lazy/*"),
        ],
        # Pivot and graph live in the lazy bundle, and what extends them with them.
        "web.assets_backend_lazy": [
            "cloud_billing/static/src/**/lazy/*",
        ],
    },
    "demo": [],
    "pre_init_hook": "pre_init_hook",
    "uninstall_hook": "uninstall_hook",
    "application": True,
}
