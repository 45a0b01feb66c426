import { _t } from "@web/core/l10n/translation";
import { getCurrency } from "@web/core/currency";
import { registry } from "@web/core/registry";
import { nbsp } from "@web/core/utils/strings";
import { useInputField } from "@web/views/fields/input_field_hook";
import { useNumpadDecimal } from "@web/views/fields/numpad_decimal_hook";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";
import { formatExact, isEmpty, parseExact } from "./exact_number";

// Of money whose currency is not known by a record, as in a provider's bill.
const DECIMALS = 2;

/** Shows and edits a DecimalField with every digit it has; a rounded one shows them when it is pointed at. */
export class ExactNumberField extends Component {
    static template = "cloud_billing.ExactNumberField";
    static props = {
        ...standardFieldProps,
        trim: { type: Boolean, optional: true },
        rounded: { type: Boolean, optional: true },
        currencyField: { type: String, optional: true },
        placeholder: { type: String, optional: true },
    };
    static defaultProps = { trim: false, rounded: false };

    setup() {
        this.nbsp = nbsp;
        this.inputRef = useInputField({
            getValue: () => this.formattedValue,
            parse: parseExact,
            refName: "numpadDecimal",
        });
        useNumpadDecimal();
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    get currency() {
        const currency = this.props.currencyField && this.props.record.data[this.props.currencyField];
        return (currency && getCurrency(currency.id)) || null;
    }

    get formattedValue() {
        return formatExact(this.value, {
            trim: this.props.trim,
            minDecimals: this.currency ? this.currency.digits[1] : 0,
        });
    }

    /** What is looked at: money rounded as its currency is, where the view asks for it. */
    get shownValue() {
        if (!this.props.rounded) {
            return this.formattedValue;
        }
        const digits = this.currency ? this.currency.digits[1] : DECIMALS;
        return formatExact(this.value, { minDecimals: digits, maxDecimals: digits });
    }

    get tooltip() {
        return this.props.rounded && !isEmpty(this.value) ? formatExact(this.value, { trim: true }) : undefined;
    }

    get readonlyValue() {
        if (isEmpty(this.value) || !this.currency) {
            return this.shownValue;
        }
        const parts = [this.currency.symbol, this.shownValue];
        return (this.currency.position === "after" ? parts.reverse() : parts).join(nbsp);
    }
}

export const exactNumberField = {
    component: ExactNumberField,
    displayName: _t("Exact number"),
    supportedOptions: [
        {
            label: _t("Hide trailing zeros"),
            name: "trim",
            type: "boolean",
            help: _t("1.2500 is shown as 1.25; the stored digits stay."),
        },
        {
            label: _t("Round as the currency"),
            name: "rounded",
            type: "boolean",
            help: _t("Shown with the decimals of the currency; every digit appears when it is pointed at."),
        },
        {
            label: _t("Currency"),
            name: "currency_field",
            type: "field",
            availableTypes: ["many2one"],
        },
    ],
    supportedTypes: ["float"],
    isEmpty: (record, fieldName) => isEmpty(record.data[fieldName]),
    fieldDependencies: ({ options }) =>
        options.currency_field
            ? [{ name: options.currency_field, type: "many2one", relation: "res.currency" }]
            : [],
    extractProps: ({ options, placeholder }) => ({
        trim: Boolean(options.trim),
        rounded: Boolean(options.rounded),
        currencyField: options.currency_field,
        placeholder,
    }),
};

registry.category("fields").add("exact_number", exactNumberField);
