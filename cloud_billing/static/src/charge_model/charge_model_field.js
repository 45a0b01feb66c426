import { registry } from "@web/core/registry";
import { RadioField, radioField } from "@web/views/fields/radio/radio_field";

import { useState } from "@odoo/owl";

const CHOICES = "charge_model_choices";

/**
 * How a price is charged: the common ways side by side with what each does, the others behind More.
 *
 * The server says which of them can price the product, which are common, and describes them.
 */
export class ChargeModelField extends RadioField {
    static template = "cloud_billing.ChargeModelField";

    setup() {
        super.setup();
        this.state = useState({ isOpen: false });
    }

    get choices() {
        return this.props.record.data[CHOICES] || {};
    }

    /** What is shown: what can be chosen, as far as it is common or More is open, and always what was chosen. */
    get items() {
        return super.items.filter(([name]) => {
            const choice = this.choices[name];
            return name === this.value || (choice && (choice.is_common || this.state.isOpen));
        });
    }

    get hasMore() {
        return super.items.some(([name]) => this.choices[name] && !this.choices[name].is_common);
    }

    getDescription(name) {
        return this.choices[name] ? this.choices[name].description : "";
    }

    onMore() {
        this.state.isOpen = !this.state.isOpen;
    }
}

registry.category("fields").add("charge_model", {
    ...radioField,
    component: ChargeModelField,
    supportedTypes: ["selection"],
    fieldDependencies: [{ name: CHOICES, type: "json", readonly: true }],
});
