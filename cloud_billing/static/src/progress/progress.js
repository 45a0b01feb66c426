import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { Component, onWillDestroy, useState } from "@odoo/owl";

// Often enough to see it move, seldom enough to cost nothing.
const REFRESH = 3000;
const MINUTE = 60;

/** How far background work on a record is; asks until it has ended, and then shows the record as it is by then.

The model has a method `get_progress`: {label, done, whole, percent, seconds_left}, or false where nothing is going on.
*/
export class Progress extends Component {
    static template = "cloud_billing.Progress";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ data: false });
        // A button of the form may have begun or ended the work: its state is read with the record.
        useRecordObserver((record) => this.load(record, record.data.state));
        onWillDestroy(() => clearTimeout(this.timer));
    }

    async load(record) {
        clearTimeout(this.timer);
        if (!record.resId) {
            this.state.data = false;
            return;
        }
        const before = this.state.data;
        this.state.data = await this.orm.silent.call(record.resModel, "get_progress", [record.resId]);
        if (this.state.data) {
            this.timer = setTimeout(() => this.load(record), REFRESH);
        } else if (before) {
            // The work has ended meanwhile: what the form shows is of before.
            await record.load();
        }
    }

    get timeLeft() {
        const seconds = this.state.data.seconds_left;
        if (seconds === null || seconds === false) {
            return _t("working out how long it takes");
        }
        return seconds >= MINUTE ? _t("about %s min left", Math.round(seconds / MINUTE)) : _t("about %s s left", seconds);
    }
}

registry.category("view_widgets").add("cloud_progress", { component: Progress });
