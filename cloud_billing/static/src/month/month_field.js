import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { dateField, DateTimeField } from "@web/views/fields/datetime/datetime_field";

// "September 2026" in the fonts of a list, as longer names of months are in other languages.
const WIDTH = 140;

/** A date that stands for its month, as people call it: "October 2026". Chosen by month too. */
export class MonthField extends DateTimeField {
    getFormattedValue(index) {
        const day = this.values[index];
        return day ? day.toFormat("LLLL yyyy") : "";
    }
}

export const monthField = {
    ...dateField,
    component: MonthField,
    displayName: _t("Month"),
    extractProps: (...given) => ({ ...dateField.extractProps(...given), minPrecision: "months" }),
    listViewWidth: () => WIDTH,
};

registry.category("fields").add("cloud_month", monthField);
