import { _t } from "@web/core/l10n/translation";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "2 d 3 h", "5 h 10 min", "40 s"; "–" of no number of seconds. */
export function formatDuration(seconds) {
    if (seconds === null || seconds === undefined || seconds === false) {
        return "–";
    }
    const sign = seconds < 0 ? "−" : "";
    const rest = Math.abs(seconds);
    if (rest >= DAY) {
        return sign + _t("%(days)s d %(hours)s h", { days: Math.floor(rest / DAY), hours: Math.floor((rest % DAY) / HOUR) });
    }
    if (rest >= HOUR) {
        return sign + _t("%(hours)s h %(minutes)s min", { hours: Math.floor(rest / HOUR), minutes: Math.floor((rest % HOUR) / MINUTE) });
    }
    return sign + (rest >= MINUTE ? _t("%s min", Math.round(rest / MINUTE)) : _t("%s s", rest));
}
