import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component, useState } from "@odoo/owl";

const FORM = "settings_form";
const KIND = "kind";
const GROUPS = [
    ["access", _t("Access")],
    ["what", _t("What is fetched")],
    ["more", _t("More")],
];

/**
 * The settings of a connector, whichever it is: one field for each that it asks for, in three groups.
 *
 * Settings are a part of the form and saved with it. A secret goes to the server by itself as soon as it was typed, and
 * never comes back: what is shown is its fingerprint.
 */
export class ConnectorSettingsField extends Component {
    static template = "cloud_billing.ConnectorSettingsField";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.state = useState({ isMoreOpen: null, typed: {}, drawn: null });
        // What is typed or chosen and not in the record yet: when the change before it is, all fields are drawn anew.
        this.drafts = {};
        // One change after the other: each is made to what the former one has left. Whoever saves waits for all.
        this.changes = Promise.resolve();
        useBus(this.props.record.model.bus, "NEED_LOCAL_CHANGES", ({ detail }) => detail.proms.push(this.changes));
    }

    get settings() {
        const { drawn } = this.state;
        return (drawn?.kind === this.kind ? drawn.settings : this.props.record.data[FORM]) || [];
    }

    get kind() {
        return this.props.record.data[KIND];
    }

    get options() {
        return this.props.record.data[this.props.name] || {};
    }

    get groups() {
        return GROUPS.map(([name, label]) => ({
            name,
            label: label.toString(),
            settings: this.settings.filter((setting) => setting.group === name && this.applies(setting)),
        })).filter((group) => group.settings.length);
    }

    /** Whether a setting means anything with what another one says: a client ID does where one logs in with it. */
    applies(setting) {
        const [name, values] = setting.when;
        const other = this.settings.find((one) => one.name === name);
        return !other || values.includes(this.value(other));
    }

    /** More is open while somebody wants it, and at first where something in it was chosen. */
    isOpen(group) {
        const isChosen = (setting) => this.options[setting.name] && this.options[setting.name] !== setting.default;
        return group.name !== "more" || (this.state.isMoreOpen ?? group.settings.some(isChosen));
    }

    onMore(group) {
        this.state.isMoreOpen = !this.isOpen(group);
    }

    id(setting) {
        return `${this.props.name}_${setting.name}_${this.props.record.id}`;
    }

    value(setting) {
        const value = this.options[setting.name];
        return value === undefined ? setting.default : value;
    }

    /** What stands in a field: what is on its way, else what was. */
    shown(setting) {
        return this.drafts[setting.name] ?? this.value(setting);
    }

    onTyped(setting, value) {
        this.drafts[setting.name] = value;
    }

    /** Whoever leaves a field that was drawn anew while it was typed in: the browser tells of no change then. */
    onLeft(setting) {
        if (setting.name in this.drafts) {
            this.set(setting, this.drafts[setting.name]);
        }
    }

    isOn(setting) {
        return ["1", "true", "yes", "on"].includes(String(this.shown(setting)).toLowerCase());
    }

    inputType(setting) {
        return { url: "url", number: "number" }[setting.kind] || "text";
    }

    isMissing(setting) {
        return setting.is_required && !(setting.is_secret ? setting.fingerprint : this.value(setting));
    }

    set(setting, value) {
        this.drafts[setting.name] = value;
        const change = async () => {
            // A field tells of the same change twice, when it changes and when it is left.
            const isNew = value !== this.value(setting);
            if (isNew) {
                await this.props.record.update({ [this.props.name]: { ...this.options, [setting.name]: value } });
            }
            if (this.drafts[setting.name] === value) {
                delete this.drafts[setting.name];
            }
            if (isNew && setting.is_leading) {
                await this.drawAnew();
            }
        };
        this.changes = this.changes.then(change);
        return this.changes;
    }

    /** Ask which settings there are with what was chosen: of the records of a model its fields. */
    async drawAnew() {
        const kind = this.kind;
        const { resModel } = this.props.record;
        const settings = await this.orm.call(resModel, "get_settings_form", [kind, this.options]);
        this.state.drawn = { kind, settings };
    }

    /** Keep what was typed into a secret's field; the form is saved first, so that there is a record to keep it with. */
    async keepSecret(setting) {
        const value = this.state.typed[setting.name];
        await this.changes;
        if (!value || !(await this.props.record.save())) {
            return;
        }
        await this.orm.call(this.props.record.resModel, "set_secret", [[this.props.record.resId], setting.name, value]);
        delete this.state.typed[setting.name];
        await this.props.record.load();
        this.notification.add(_t("%s is kept, encrypted.", setting.label), { type: "success" });
    }

    onSecretKeydown(ev, setting) {
        if (ev.key === "Enter" && setting.kind === "secret") {
            ev.preventDefault();
            this.keepSecret(setting);
        }
    }
}

registry.category("fields").add("connector_settings", {
    component: ConnectorSettingsField,
    supportedTypes: ["json"],
    fieldDependencies: [
        { name: FORM, type: "json", readonly: true },
        { name: KIND, type: "selection" },
    ],
});
