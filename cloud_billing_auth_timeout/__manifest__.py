{
    "name": "Cloud Billing: Sessions and Identity",
    "summary": "Timeouts, second factor, passwords, keys and new devices, by role; changes how everybody logs in",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "Cloud Billing contributors",
    "depends": ["cloud_billing", "auth_timeout", "auth_password_policy"],
    "external_dependencies": {"python": ["zxcvbn"]},
    "data": [
        "security/ir.model.access.csv",
        "data/cloud_key_mail.xml",
        "data/cloud_billing_auth_timeout_crons.xml",
        "views/cloud_session_policy_views.xml",
        "views/res_config_settings_views.xml",
        "views/res_users_views.xml",
    ],
    "assets": {"web.assets_backend": ["cloud_billing_auth_timeout/static/src/**/*"]},
    "post_init_hook": "post_init_hook",
    # Not auto_install: it changes how everybody logs in, people without a role in Cloud Billing too.
}
