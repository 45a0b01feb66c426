{
    "name": "Cloud Billing: Example Connector",
    "summary": "A connector of one's own, in less than fifty lines",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "Cloud Billing contributors",
    "depends": ["cloud_billing"],
}
