import { registry } from "@web/core/registry";
import { session } from "@web/session";

/** Notices of one's own second factor and password, made by the server: they stay until they are closed, and force nothing. */
export const identityNoticesService = {
    dependencies: ["action", "notification"],
    start(_env, { action, notification }) {
        for (const notice of session.cloud_identity_notices || []) {
            const close = notification.add(notice.text, {
                type: "warning",
                sticky: true,
                buttons: [
                    {
                        name: notice.button,
                        primary: true,
                        onClick: () => {
                            close();
                            action.doAction(notice.action);
                        },
                    },
                ],
            });
        }
    },
};

registry.category("services").add("cloud_identity_notices", identityNoticesService);
