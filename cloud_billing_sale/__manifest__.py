{
    "name": "Cloud Billing: Sales",
    "summary": "A confirmed order's recurring, metered and instalment products become a subscription with its prices",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "Cloud Billing contributors",
    "depends": ["cloud_billing", "sale"],
    "data": [
        "security/ir.model.access.csv",
        "views/sale_order_views.xml",
        "views/cloud_subscription_views.xml",
        "views/cloud_seller_discount_views.xml",
    ],
    "auto_install": True,
}
