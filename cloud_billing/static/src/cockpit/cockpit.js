import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { Component, onWillDestroy, useState } from "@odoo/owl";
import { formatDuration } from "@cloud_billing/duration/duration";
import { formatExact } from "@cloud_billing/exact_number/exact_number";

// While a run is worked on: often enough to see it move, seldom enough to cost nothing.
const REFRESH = 5000;
const WATCHED = ["state", "ready_count", "look_count", "blocked_count", "excluded_count", "posted_count", "parked_count"];

/** A run at a glance: how far it is, its bills by what they wait for, with counts and money; a click shows them. */
export class Cockpit extends Component {
    static template = "cloud_billing.Cockpit";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ data: null });
        // Whatever a button of the form has done shows here too: the counts of the form change with it.
        useRecordObserver((record) => this.load(record, WATCHED.map((name) => record.data[name])));
        onWillDestroy(() => clearTimeout(this.timer));
    }

    get runId() {
        return this.props.record.resId;
    }

    async load(record, [state]) {
        clearTimeout(this.timer);
        if (!record.resId || state === "draft") {
            this.state.data = null;
            return;
        }
        const before = this.state.data?.progress;
        this.state.data = await this.orm.silent.call("cloud.bill.run", "get_cockpit", [record.resId]);
        if (this.state.data.progress) {
            this.timer = setTimeout(() => this.load(record, [state]), REFRESH);
        } else if (before) {
            // The work has ended meanwhile: the form's state and buttons are of before.
            await record.load();
        }
    }

    formatAmount(amount) {
        return `${formatExact(amount.amount, { trim: true, minDecimals: 2 })} ${amount.currency}`;
    }

    formatDuration(seconds) {
        return formatDuration(seconds);
    }

    showBills(domain, name) {
        return this.show("cloud_billing.cloud_bill_action", domain, name);
    }

    showPeriods(domain, name) {
        return this.show("cloud_billing.cloud_billing_period_action", domain, name);
    }

    async show(xmlId, domain, name) {
        const action = await this.action.loadAction(xmlId);
        return this.action.doAction({ ...action, domain, name, display_name: name, context: {} });
    }

    showTouches() {
        return this.show("cloud_billing.cloud_intervention_action", [["run_id", "=", this.runId]], _t("Interventions"));
    }

    async release(code) {
        const action = await this.orm.call("cloud.bill.run", "action_view_release", [this.runId], { reason_code: code });
        return this.action.doAction(action, { onClose: () => this.props.record.load() });
    }
}

registry.category("view_widgets").add("cloud_cockpit", { component: Cockpit });
