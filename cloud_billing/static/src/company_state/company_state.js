/** Beside the company's name on every screen: that nobody checks, or that nothing is posted yet. */
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";

import { Component } from "@odoo/owl";

const STATES = {
    setup: {
        label: _t("Setting up"),
        help: _t("Cloud Billing is being set up for this company: everything is edited freely, nothing is posted."),
        className: "text-bg-info",
    },
    solo: {
        label: _t("One person, no checker"),
        help: _t("Cloud Billing: nobody checks the prices and bills of this company."),
        className: "text-bg-warning",
    },
};

export class CompanyState extends Component {
    static template = "cloud_billing.CompanyState";
    static props = {};

    get state() {
        return STATES[user.activeCompany.cloud_billing_state];
    }
}

registry.category("systray").add(
    "cloud_billing.company_state",
    { Component: CompanyState, isDisplayed: () => user.activeCompany?.cloud_billing_state in STATES },
    { sequence: 2 }
);
