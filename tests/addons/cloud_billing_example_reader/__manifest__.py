{
    "name": "Cloud Billing: Example Reader",
    "summary": "A reader for a format of one's own, in less than fifty lines",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "Cloud Billing contributors",
    "depends": ["cloud_billing"],
}
