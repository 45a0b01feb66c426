import { registry } from "@web/core/registry";
import { ListRenderer } from "@web/views/list/list_renderer";
import { X2ManyField, x2ManyField } from "@web/views/fields/x2many/x2many_field";

/** The columns of a matrix are called what its rule says: Region, SKU, the name of a tag. */
export class PriceCellsRenderer extends ListRenderer {
    getActiveColumns() {
        const labels = this.props.list.evalContext.parent.cell_labels || {};
        return super
            .getActiveColumns()
            .map((column) => (labels[column.name] ? { ...column, label: labels[column.name] } : column));
    }
}

export class PriceCellsField extends X2ManyField {
    static components = { ...X2ManyField.components, ListRenderer: PriceCellsRenderer };
}

registry.category("fields").add("price_cells", { ...x2ManyField, component: PriceCellsField });
