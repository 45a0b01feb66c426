import { useDropzone } from "@web/core/dropzone/dropzone_hook";
import { useFileUploader } from "@web/core/utils/files";
import { registry } from "@web/core/registry";
import {
    Many2ManyBinaryField,
    many2ManyBinaryField,
} from "@web/views/fields/many2many_binary/many2many_binary_field";

import { useRef } from "@odoo/owl";

/** Uploads files by button or by dropping them on the field. */
export class UsageFilesField extends Many2ManyBinaryField {
    static template = "cloud_billing.UsageFilesField";

    setup() {
        super.setup();
        this.uploadFiles = useFileUploader();
        this.rootRef = useRef("root");
        useDropzone(this.rootRef, (event) => this.onDrop(event), "", () => !this.props.readonly);
    }

    async onDrop(event) {
        const uploaded = await this.uploadFiles("/web/binary/upload_attachment", {
            csrf_token: odoo.csrf_token,
            ufile: [...event.dataTransfer.files],
            model: this.props.record.resModel,
            id: this.props.record.resId || 0,
        });
        if (uploaded) {
            await this.onFileUploaded(uploaded);
        }
    }
}

registry.category("fields").add("cloud_usage_files", { ...many2ManyBinaryField, component: UsageFilesField });
