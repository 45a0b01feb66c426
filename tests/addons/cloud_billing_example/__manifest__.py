{
    "name": "Cloud Billing: Example Extension",
    "summary": "A charge model, a reader and a column on the bill run, added without touching Cloud Billing",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "Cloud Billing contributors",
    "depends": ["cloud_billing"],
    "data": ["views/cloud_bill_run_views.xml"],
}
