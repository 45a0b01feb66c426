import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { Component, onWillStart, useState } from "@odoo/owl";
import { formatExact } from "@cloud_billing/exact_number/exact_number";

/** The month as its steps: where it stands, how much money each step is about, and the one thing to do next. */
export class CloudHome extends Component {
    static template = "cloud_billing.Home";
    static props = ["*"];

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ month: null });
        onWillStart(() => this.load(this.props.state?.month || this.props.action?.context?.month));
    }

    async load(month) {
        this.state.month = await this.orm.call("cloud.home", "get_month", [], { month: month || null });
    }

    get title() {
        return formatDate(deserializeDate(this.state.month.month), { format: "LLLL yyyy" });
    }

    /** The first step that is not done is the one to take now. */
    get current() {
        return this.state.month.steps.find((step) => !step.is_done && !step.is_waiting);
    }

    format(amount) {
        return formatExact(amount.amount, { trim: true, minDecimals: 2, maxDecimals: 2 });
    }

    formatExactly(amount) {
        return formatExact(amount.amount, { trim: true, minDecimals: 2 });
    }

    stateOf(step) {
        if (step.is_done) {
            return _t("Done");
        }
        return step.is_waiting ? _t("Waiting") : _t("To do");
    }

    async open(step) {
        const options = step.context ? { additionalContext: step.context } : {};
        if (step.domain) {
            const action = await this.action.loadAction(step.action);
            // Without the action's own filters: the list has what the step counts, and nothing else.
            return this.action.doAction({ ...action, domain: step.domain, context: { create: false } }, options);
        }
        if (!step.res_ids) {
            return this.action.doAction(step.action, options);
        }
        const action = await this.action.loadAction(step.action);
        if (step.res_ids.length === 1 || !step.res_ids.length) {
            return this.action.doAction(
                {
                    ...action,
                    res_id: step.res_ids[0] || false,
                    views: [...action.views.filter((view) => view[1] === "form"), ...action.views.filter((view) => view[1] !== "form")],
                },
                { ...options, viewType: "form", props: { resId: step.res_ids[0] || false } }
            );
        }
        return this.action.doAction({ ...action, domain: [["id", "in", step.res_ids]] }, options);
    }

    openList(step) {
        return this.action.loadAction(step.list_action).then((action) =>
            this.action.doAction({ ...action, domain: step.list_domain, context: step.domain ? { create: false } : action.context })
        );
    }
}

registry.category("actions").add("cloud_billing.home", CloudHome);
