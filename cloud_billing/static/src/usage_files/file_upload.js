import { _t } from "@web/core/l10n/translation";
import { sha256 } from "@cloud_billing/usage_files/sha256";

const MODEL = "cloud.usage.upload";
// The first part is measured before the server is asked: as large as its own parts.
const PART_BYTES = 8 * 1024 * 1024;
// A part may not arrive because the network is gone for a while: it is tried again after so many milliseconds.
const PAUSES = [1000, 2000, 5000, 10000, 20000, 30000, 30000, 30000];
// Of the time that was needed for the last bytes, not of the whole upload: networks change.
const SPEED_WINDOW = 15000;

/** What the server answers to a part that it cannot take: sending it again would not help. */
class Refused extends Error {}

/** Somebody pressed Pause or Remove while a part was under way. */
class Stopped extends Error {}

/**
 * One file on its way to the server in parts. It goes on where the server has it: after a pause, a loss of the network,
 * or when the same file is chosen again on another day. What has arrived is compared by checksum, never assumed.
 *
 * status: queued, checking, sending, offline (tried again soon), paused, failed, done.
 */
export class FileUpload {
    constructor(orm, file) {
        this.call = (method, ...args) => orm.call(MODEL, method, args);
        this.file = file;
        this.name = file.name;
        this.size = file.size;
        this.sent = 0;
        this.status = "queued";
        this.error = "";
        this.upload = null;
        this.request = null;
        this.wake = null;
        this.isStopped = false;
        this.marks = [];
    }

    get percent() {
        return this.size ? Math.floor((100 * this.sent) / this.size) : this.status === "done" ? 100 : 0;
    }

    get isUnderWay() {
        return ["queued", "checking", "sending", "offline"].includes(this.status);
    }

    /** Seconds until all is sent, or null where that cannot be told yet. */
    get secondsLeft() {
        const first = this.marks[0];
        const last = this.marks[this.marks.length - 1];
        if (this.status !== "sending" || !first || last.at - first.at < 1000 || last.sent <= first.sent) {
            return null;
        }
        return Math.ceil(((this.size - this.sent) * (last.at - first.at)) / (last.sent - first.sent) / 1000);
    }

    /** Send what is missing. Resolves when the file is done, paused or failed; never rejects. */
    async run() {
        this.isStopped = false;
        this.error = "";
        this.status = "checking";
        this.marks = [];
        try {
            await this.sendAll();
            this.status = "done";
        } catch (error) {
            if (!(error instanceof Stopped)) {
                this.status = "failed";
                this.error = error.data?.message || error.message || _t("The file could not be sent.");
            }
        }
    }

    pause() {
        this.stop();
        this.status = "paused";
    }

    /** End, without a word to the server: what has arrived stays for a while. */
    stop() {
        this.isStopped = true;
        this.request?.abort();
        this.wake?.();
    }

    /** End, and have the server forget what has arrived. */
    async remove() {
        this.stop();
        if (this.upload) {
            await this.call("cancel", this.upload.id);
        }
    }

    async sendAll() {
        if (!this.upload) {
            const first = await this.readPart(0, PART_BYTES);
            this.upload = await this.insist(() => this.call("begin", this.name, this.size, first.checksum));
        }
        const { part_bytes: partBytes } = this.upload;
        const count = Math.ceil(this.size / partBytes);
        const checksums = [];
        this.sent = 0;
        for (let index = 0; index < count; index++) {
            this.checkStopped();
            const part = await this.readPart(index, partBytes);
            checksums.push(part.checksum);
            if (this.upload.parts[index] !== part.checksum) {
                await this.insist(() => this.sendPart(index, part));
                this.upload.parts[index] = part.checksum;
            }
            this.sent = Math.min((index + 1) * partBytes, this.size);
        }
        this.checkStopped();
        this.status = "checking";
        const all = await sha256(new TextEncoder().encode(checksums.join("")).buffer);
        this.upload = await this.insist(() => this.call("finish", this.upload.id, all));
    }

    async readPart(index, partBytes) {
        const blob = this.file.slice(index * partBytes, (index + 1) * partBytes);
        let buffer;
        try {
            buffer = await blob.arrayBuffer();
        } catch {
            throw new Refused(_t("The file can no longer be read: it was changed or moved. Choose it again."));
        }
        return { blob: new Blob([buffer]), checksum: await sha256(buffer) };
    }

    /** Do something with the server until it answers, unless it refuses. */
    async insist(work) {
        for (let attempt = 0; ; attempt++) {
            this.checkStopped();
            try {
                return await work();
            } catch (error) {
                this.checkStopped();
                // An answer with data is what a model of the server said.
                if (error instanceof Refused || error.data) {
                    throw error;
                }
                if (attempt >= PAUSES.length) {
                    throw new Refused(_t("The server cannot be reached. Press Resume when it is there again."));
                }
                this.status = "offline";
                this.marks = [];
                await this.rest(PAUSES[attempt]);
            }
        }
    }

    /** Wait for some milliseconds, or until the network is there again. */
    async rest(milliseconds) {
        await new Promise((resolve) => {
            this.wake = resolve;
            setTimeout(resolve, milliseconds);
            window.addEventListener("online", resolve, { once: true });
        });
        this.wake = null;
    }

    checkStopped() {
        if (this.isStopped) {
            throw new Stopped();
        }
    }

    sendPart(index, part) {
        this.status = "sending";
        const before = this.sent;
        this.mark();
        const form = new FormData();
        form.append("csrf_token", odoo.csrf_token);
        form.append("sha256", part.checksum);
        form.append("part", part.blob, "part");
        const request = new XMLHttpRequest();
        this.request = request;
        return new Promise((resolve, reject) => {
            request.upload.onprogress = (event) => {
                this.sent = before + Math.min(event.loaded, part.blob.size);
                this.mark();
            };
            request.onload = () => {
                const refusal = getRefusal(request);
                refusal ? reject(refusal) : resolve();
            };
            request.onerror = request.onabort = request.ontimeout = () => {
                this.sent = before;
                reject(new Error());
            };
            request.open("POST", `/cloud_billing/usage_upload/${this.upload.id}/${index}`);
            request.send(form);
        }).finally(() => (this.request = null));
    }

    mark() {
        const at = Date.now();
        this.marks.push({ at, sent: this.sent });
        while (at - this.marks[0].at > SPEED_WINDOW) {
            this.marks.shift();
        }
    }
}

/** An error where the server did not take a part; null where it did. */
function getRefusal(request) {
    if (request.status === 200 && !request.responseURL.includes("/web/login")) {
        return null;
    }
    if (request.status >= 500) {
        return new Error();
    }
    let sentence;
    try {
        sentence = JSON.parse(request.responseText).error;
    } catch {
        sentence = _t("The server does not take the file. Reload the page, log in again, and choose the same file.");
    }
    return new Refused(sentence);
}
