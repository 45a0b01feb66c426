import { Component } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { standardErrorDialogProps } from "@web/core/errors/error_dialogs";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

/** Two prices that overlap, named, with a button to each: Odoo's own warning has room for one. */
export class PriceOverlapDialog extends Component {
    static template = "cloud_billing.PriceOverlapDialog";
    static components = { Dialog };
    static props = { ...standardErrorDialogProps };

    setup() {
        this.actionService = useService("action");
        const [message, _action, _label, _context, buttons] = this.props.data.arguments;
        this.title = _t("These prices overlap");
        this.message = message;
        this.buttons = buttons.map(([label, action]) => ({ label, action }));
    }

    async open(action) {
        await this.actionService.doAction(action, { forceLeave: true });
        this.props.close();
    }
}

registry
    .category("error_dialogs")
    .add("odoo.addons.cloud_billing.models.catalog.price_overlap.PriceOverlapWarning", PriceOverlapDialog);
