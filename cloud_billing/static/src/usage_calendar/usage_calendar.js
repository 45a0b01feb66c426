import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Component, onWillStart, useState } from "@odoo/owl";
import { formatExact } from "@cloud_billing/exact_number/exact_number";

// What a person reads without colour: one letter per state.
const MARKS = {
    present: "✓", missing: "✗", partial: "½", late: "L", duplicate: "2", revised: "R", waiting: "·", none: "",
};
const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** What has arrived of a source, by account and day: a grid to walk through with the arrow keys. */
export class UsageCalendar extends Component {
    static template = "cloud_billing.UsageCalendar";
    static props = ["*"];

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        const { source_id, month, row = 0, column = 0 } = { ...this.props.action?.context, ...this.props.state };
        this.state = useState({ data: null, row, column });
        // Whoever comes back from the rows of a day finds the day.
        useSetupAction({
            getLocalState: () => ({
                source_id: this.state.data.source.id,
                month: this.state.data.first,
                row: this.state.row,
                column: this.state.column,
            }),
        });
        onWillStart(() => this.load(source_id, month));
    }

    async load(sourceId, month) {
        this.state.data = await this.orm.call("cloud.usage.calendar", "get_calendar", [], {
            source_id: sourceId || null,
            month: month || null,
        });
        this.state.row = Math.min(this.state.row, Math.max(0, (this.state.data.accounts || []).length - 1));
        this.state.column = Math.min(this.state.column, Math.max(0, (this.state.data.columns || []).length - 1));
    }

    move(month) {
        return this.load(this.state.data.source.id, month);
    }

    get selected() {
        return this.state.data.accounts[this.state.row]?.cells[this.state.column];
    }

    get legend() {
        return Object.entries(this.state.data.counts).filter(([state, count]) => count && state !== "none");
    }

    mark(state) {
        return MARKS[state];
    }

    label(state) {
        return this.state.data.labels[state];
    }

    describe(account, cell) {
        return `${account.name}, ${cell.label}: ${this.label(cell.state)}`;
    }

    formatCost(cell) {
        return `${formatExact(cell.cost, { trim: true, minDecimals: 2 })} ${cell.currency}`;
    }

    select(row, column) {
        Object.assign(this.state, { row, column });
    }

    onKeydown(ev) {
        if (ev.key in MOVES && !ev.altKey && !ev.ctrlKey) {
            const [down, right] = MOVES[ev.key];
            const row = Math.min(Math.max(this.state.row + down, 0), this.state.data.accounts.length - 1);
            const column = Math.min(Math.max(this.state.column + right, 0), this.state.data.columns.length - 1);
            ev.preventDefault();
            this.select(row, column);
            ev.currentTarget.querySelector(`[data-cell="${row}-${column}"]`)?.focus();
        } else if (ev.key === "Enter" && this.selected?.row_count) {
            ev.preventDefault();
            this.open("rows");
        }
    }

    async open(what) {
        const { account, key } = this.selected;
        const action = await this.orm.call("cloud.usage.calendar", "open_cell", [this.state.data.source.id, account, key, what]);
        return this.action.doAction(action);
    }

    /** Seals are of months that have ended: the calendar of the current one has none. */
    get hasSeals() {
        return this.state.data.accounts.some((account) => Object.keys(account.seals || {}).length);
    }

    sealOf(account) {
        return account?.seals?.[this.selected?.month];
    }

    sealClass(seal) {
        return { sealed: "text-bg-success", broken: "text-bg-danger", open: "text-bg-warning" }[seal.state];
    }

    sign() {
        return this.action.doAction("cloud_billing.cloud_usage_sign_action", {
            additionalContext: {
                default_source_id: this.state.data.source.id,
                default_provider_account: this.selected.account,
                default_month: this.selected.month,
            },
            onClose: () => this.move(this.state.data.first),
        });
    }

    async closeNow() {
        await this.orm.call("cloud.usage.calendar", "seal_now", [this.state.data.source.id]);
        return this.move(this.state.data.first);
    }

    openSource() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "cloud.usage.source",
            res_id: this.state.data.source.id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("cloud_billing.usage_calendar", UsageCalendar);
