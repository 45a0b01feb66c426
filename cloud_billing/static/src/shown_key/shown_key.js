import { Component, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { Dialog } from "@web/core/dialog/dialog";
import { registry } from "@web/core/registry";

/**
 * Shows a key once. It came with the answer of the server and goes nowhere else: no view is opened with it, which would
 * send it back.
 */
export class ShownKeyDialog extends Component {
    static template = "cloud_billing.ShownKeyDialog";
    static components = { Dialog };
    static props = {
        title: String,
        address: String,
        secret: String,
        warning: String,
        close: Function,
    };

    setup() {
        this.state = useState({ isCopied: false });
    }

    async copy() {
        await browser.navigator.clipboard.writeText(this.props.secret);
        this.state.isCopied = true;
    }
}

registry.category("actions").add("cloud_billing.show_key", (env, action) => {
    const { title, address, key, warning, next } = action.params;
    env.services.dialog.add(ShownKeyDialog, { title, address, secret: key, warning });
    return next;
});
