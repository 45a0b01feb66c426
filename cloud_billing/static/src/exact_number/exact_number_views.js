/** Totals of exact numbers in lists: the server sends text, and the stock code would add numbers. */
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { patch } from "@web/core/utils/patch";
import { ListRenderer } from "@web/views/list/list_renderer";
import { formatFloat } from "@web/views/fields/formatters";

import { ExactMeasure, aggregateExact, formatExact } from "./exact_number";

const formatters = registry.category("formatters");

function formatExactNumber(value, { trim, rounded } = {}) {
    // Of a total nobody knows the currency here: more digits than most currencies have are no help either.
    return formatExact(value, rounded ? { minDecimals: 2, maxDecimals: 2 } : { trim });
}
formatExactNumber.extractOptions = ({ options }) => ({ trim: Boolean(options.trim), rounded: Boolean(options.rounded) });
formatters.add("exact_number", formatExactNumber);

/** Where no widget is named (a measure that a person picked, a kanban card) a text is an exact number all the same. */
function formatFloatOrExact(value, options) {
    return typeof value === "string" || value instanceof ExactMeasure
        ? formatExact(String(value))
        : formatFloat(value, options);
}
formatFloatOrExact.extractOptions = formatFloat.extractOptions;
formatters.add("float", formatFloatOrExact, { force: true });

patch(ListRenderer.prototype, {
    computeAggregates() {
        const aggregates = super.computeAggregates();
        for (const column of this.columns) {
            if (column.widget === "exact_number" && column.name in aggregates) {
                aggregates[column.name] = this.computeExactAggregate(column, aggregates[column.name]);
            }
        }
        return aggregates;
    },

    computeExactAggregate(column, aggregate) {
        const { list } = this.props;
        const isOfGroups = list.isGrouped && !list.selection.length;
        const rows = isOfGroups
            ? list.groups.map((group) => group.aggregates)
            : (list.selection.length ? list.selection : list.records).map((record) => record.data);
        const currencyField = column.options.currency_field || this.fields[column.name].currency_field;
        const currencies = new Set(
            currencyField ? rows.flatMap((row) => row[currencyField] ?? []).map((one) => one.id ?? one) : []
        );
        if (currencies.size > 1) {
            return { ...aggregate, rawValue: false, value: "", help: _t("Several currencies: no total.") };
        }
        const kind = ["sum", "max", "min"].find((name) => column.attrs[name]);
        const total = aggregateExact(rows.map((row) => row[column.name]), kind);
        return { ...aggregate, rawValue: total, value: formatExactNumber(total, column.options) };
    },
});
