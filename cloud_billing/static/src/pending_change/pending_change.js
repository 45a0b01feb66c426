/** Above a form with protected fields: what waits for approval, and the way to propose a change. */
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";

export class PendingChange extends Component {
    static template = "cloud_billing.PendingChange";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ mayPropose: false, changes: [] });
        onWillStart(() => this.load(this.props.record));
        onWillUpdateProps((props) => {
            if (props.record.resId !== this.resId) {
                return this.load(props.record);
            }
        });
    }

    async load({ resModel, resId }) {
        this.resId = resId;
        const told = resId
            ? await this.orm.call("cloud.change.proposal", "get_pending_changes", [resModel, resId])
            : { may_propose: false, changes: [] };
        Object.assign(this.state, { mayPropose: told.may_propose, changes: told.changes });
    }

    open(id) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "cloud.change.proposal",
            res_id: id,
            views: [[false, "form"]],
        });
    }

    async propose() {
        const { resModel, resId } = this.props.record;
        this.action.doAction(await this.orm.call(resModel, "action_cloud_propose", [[resId]]));
    }
}

registry.category("view_widgets").add("cloud_pending_change", { component: PendingChange });
