import { _t } from "@web/core/l10n/translation";
import { useDropzone } from "@web/core/dropzone/dropzone_hook";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useX2ManyCrud } from "@web/views/fields/relational_utils";
import { many2ManyBinaryField } from "@web/views/fields/many2many_binary/many2many_binary_field";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { formatDuration } from "@cloud_billing/duration/duration";
import { FileUpload } from "@cloud_billing/usage_files/file_upload";

import { Component, onWillDestroy, onWillStart, useExternalListener, useRef, useState } from "@odoo/owl";

const MODEL = "cloud.usage.upload";
const UNITS = ["B", "kB", "MB", "GB"];

/** Sends files in parts, by button or by dropping them on the field: with progress, pause, and going on another day. */
export class UsageFilesField extends Component {
    static template = "cloud_billing.UsageFilesField";
    static props = { ...standardFieldProps, pendingField: { type: String, optional: true } };

    setup() {
        this.orm = useService("orm");
        this.operations = useX2ManyCrud(() => this.props.record.data[this.props.name], true);
        this.rootRef = useRef("root");
        this.inputRef = useRef("input");
        this.state = useState({ uploads: [], unfinished: [] });
        useDropzone(this.rootRef, (event) => this.add([...event.dataTransfer.files]), "", () => !this.props.readonly);
        useExternalListener(window, "beforeunload", (event) => this.onBeforeUnload(event));
        onWillStart(() => this.loadUnfinished());
        onWillDestroy(() => this.state.uploads.forEach((upload) => upload.stop()));
    }

    get files() {
        return this.props.record.data[this.props.name].records.map((record) => ({ ...record.data, record }));
    }

    async loadUnfinished() {
        if (!this.props.readonly) {
            this.state.unfinished = await this.orm.call(MODEL, "get_unfinished", []);
        }
    }

    onBeforeUnload(event) {
        if (this.state.uploads.some((upload) => upload.isUnderWay)) {
            event.preventDefault();
        }
    }

    onChosen() {
        const files = [...this.inputRef.el.files];
        // Or the same file could not be chosen again.
        this.inputRef.el.value = "";
        return this.add(files);
    }

    async add(files) {
        this.state.uploads.push(...files.map((file) => new FileUpload(this.orm, file)));
        await this.tellPending();
        return this.work();
    }

    resume(upload) {
        upload.status = "queued";
        return this.work();
    }

    async remove(upload) {
        this.state.uploads.splice(this.state.uploads.indexOf(upload), 1);
        await upload.remove();
        return this.tellPending();
    }

    async removeFile(file) {
        this.operations.removeRecord(file.record);
    }

    async forget(unfinished) {
        this.state.unfinished.splice(this.state.unfinished.indexOf(unfinished), 1);
        await this.orm.call(MODEL, "cancel", [unfinished.id]);
    }

    /** Send one file after the other: two at once would take as long, and end later. */
    async work() {
        if (this.isWorking) {
            return;
        }
        this.isWorking = true;
        let upload;
        while ((upload = this.state.uploads.find((upload) => upload.status === "queued"))) {
            await upload.run();
            this.state.unfinished = this.state.unfinished.filter((other) => other.id !== upload.upload?.id);
            if (upload.status === "done" && this.state.uploads.includes(upload)) {
                await this.keep(upload);
            }
        }
        this.isWorking = false;
    }

    async keep(upload) {
        const id = upload.upload.attachment_id;
        if (!this.files.some((file) => file.record.resId === id)) {
            await this.operations.saveRecord([id]);
        }
        this.state.uploads.splice(this.state.uploads.indexOf(upload), 1);
        await this.tellPending();
    }

    /** Say on the record how many files are not there yet: nobody looks at half a delivery. */
    async tellPending() {
        if (this.props.pendingField) {
            await this.props.record.update({ [this.props.pendingField]: this.state.uploads.length });
        }
    }

    describe(upload) {
        switch (upload.status) {
            case "queued":
                return _t("Waits for its turn");
            case "checking":
                return _t("Being checked");
            case "offline":
                return _t("No connection: tried again soon");
            case "paused":
                return _t("Paused");
            case "failed":
                return upload.error;
        }
        const left = upload.secondsLeft;
        return left === null ? _t("Being sent") : _t("%s left", formatDuration(left));
    }

    describeUnfinished(upload) {
        const percent = Math.floor((100 * upload.parts.length * upload.part_bytes) / upload.size);
        return _t("%s %% of it has arrived. Choose the same file again to go on.", Math.min(percent, 100));
    }

    getRemoveLabel(file) {
        return _t("Remove %s", file.name);
    }

    formatSize(bytes) {
        let unit = 0;
        while (bytes >= 1000 && unit < UNITS.length - 1) {
            bytes /= 1000;
            unit++;
        }
        return `${unit && bytes < 100 ? bytes.toFixed(1) : Math.round(bytes)} ${UNITS[unit]}`;
    }
}

registry.category("fields").add("cloud_usage_files", {
    ...many2ManyBinaryField,
    component: UsageFilesField,
    supportedOptions: [{ label: _t("Field for the number of files under way"), name: "pending_field", type: "string" }],
    extractProps: ({ options }) => ({ pendingField: options.pending_field }),
});
