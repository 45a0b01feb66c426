import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatFloat, formatInteger } from "@web/views/fields/formatters";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { Component, onWillDestroy, useState } from "@odoo/owl";
import { formatDuration } from "@cloud_billing/duration/duration";

// Often enough to see it move; what is asked costs the server next to nothing.
const REFRESH = 2000;
const RUNNING = ["queued", "staging"];

/** How far an import in the background is: rows, bytes, time left; asked for again until it has ended. */
export class ImportProgress extends Component {
    static template = "cloud_billing.ImportProgress";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ progress: null });
        // Whatever a button of the form has done shows here too.
        useRecordObserver((record) => this.load(record, record.data.state, record.data.is_paused));
        onWillDestroy(() => clearTimeout(this.timer));
    }

    async load(record, state, isPaused) {
        clearTimeout(this.timer);
        if (!record.resId || !RUNNING.includes(state)) {
            return;
        }
        const progress = await this.orm.silent.call("cloud.usage.import", "get_progress", [record.resId]);
        this.state.progress = progress;
        if (progress.state !== state || progress.is_paused !== isPaused || progress.is_to_confirm) {
            // The form's state and buttons are of before.
            await record.load();
        } else if (!progress.is_paused || progress.is_worked_on) {
            this.timer = setTimeout(() => this.load(record, state, isPaused), REFRESH);
        }
    }

    get sentence() {
        const { is_paused, is_worked_on, waits_for, state, percent, seconds_left } = this.state.progress;
        if (is_paused) {
            return is_worked_on
                ? _t("It pauses as soon as the present rows are taken in.")
                : _t("Paused. Later deliveries of the source wait until it goes on or is cancelled.");
        }
        if (waits_for) {
            return _t("It waits for %s, which came before it.", waits_for);
        }
        if (state === "queued" || !is_worked_on) {
            return _t("It waits for its turn, which comes within minutes.");
        }
        if (percent >= 100) {
            return _t("All is read; it is compared with what is there.");
        }
        return seconds_left === null ? _t("It is being read.") : _t("About %s left.", formatDuration(seconds_left));
    }

    get figures() {
        const { rows, bytes, bytes_read } = this.state.progress;
        const megabytes = (number) => formatFloat(number / 1e6, { digits: [16, 1] });
        return _t("%(rows)s rows, %(read)s of %(bytes)s MB", {
            rows: formatInteger(rows),
            read: megabytes(bytes_read),
            bytes: megabytes(bytes),
        });
    }

    get percent() {
        return Math.floor(this.state.progress.percent);
    }
}

registry.category("view_widgets").add("cloud_import_progress", { component: ImportProgress });
