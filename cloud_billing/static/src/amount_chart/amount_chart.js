import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component, useState } from "@odoo/owl";
import { formatExact } from "@cloud_billing/exact_number/exact_number";

const WIDTH = 640;
const HEIGHT = 240;
const MARGIN = { left: 84, right: 40, top: 12, bottom: 34 };
const TICKS = 4;
const ROWS_TOLD = 12;

/**
 * A line of amounts over quantities, drawn as SVG.
 *
 * chart: {points: [[quantity, amount], ...] as texts of digits in rising quantity (one quantity twice is a jump),
 * marker: [quantity, amount] or nothing, x_label, y_label}. Floats decide where a line is drawn and nothing else: what
 * is written beside it are the digits that came.
 */
export class AmountChart extends Component {
    static template = "cloud_billing.AmountChart";
    static props = { chart: Object };

    setup() {
        this.state = useState({ near: null });
        this.size = { width: WIDTH, height: HEIGHT, ...MARGIN, bottomLine: HEIGHT - MARGIN.bottom };
    }

    get points() {
        return this.props.chart.points.map(([quantity, amount]) => ({
            quantity,
            amount,
            x: Number(quantity),
            y: Number(amount),
        }));
    }

    /** What is drawn: ticks, the line and the marker, in the units of the picture. */
    get picture() {
        const points = this.points;
        const scaleX = makeScale(points.map((point) => point.x), MARGIN.left, WIDTH - MARGIN.right);
        const scaleY = makeScale(points.map((point) => point.y), HEIGHT - MARGIN.bottom, MARGIN.top);
        const place = (point) => ({ ...point, px: scaleX.place(point.x), py: scaleY.place(point.y) });
        const [quantity, amount] = this.props.chart.marker || [];
        return {
            ticksX: scaleX.ticks.map((value) => ({ label: label(value), at: scaleX.place(value) })),
            ticksY: scaleY.ticks.map((value) => ({ label: label(value), at: scaleY.place(value) })),
            zero: scaleY.place(0),
            points: points.map(place),
            line: points.map(place).map((point) => `${point.px},${point.py}`).join(" "),
            marker: amount === undefined ? null : place({ quantity, amount, x: Number(quantity), y: Number(amount) }),
        };
    }

    get description() {
        const { x_label, y_label } = this.props.chart;
        return `${y_label} / ${x_label}`;
    }

    /** The chart as a short table, for who hears it: every so many points, and the last one. */
    get rows() {
        const { points } = this.props.chart;
        const every = Math.ceil(points.length / ROWS_TOLD);
        return points
            .filter((_point, index) => index % every === 0 || index === points.length - 1)
            .map(([quantity, amount]) => ({ quantity: formatExact(quantity), amount: formatExact(amount) }));
    }

    /** The point under the mouse, told with every digit; the marker where the mouse is elsewhere. */
    get told() {
        const marker = this.props.chart.marker;
        const point = this.state.near || (marker && { quantity: marker[0], amount: marker[1] });
        return point && { quantity: formatExact(point.quantity), amount: formatExact(point.amount) };
    }

    onMove(event) {
        const box = event.currentTarget.getBoundingClientRect();
        const at = ((event.clientX - box.left) / box.width) * WIDTH;
        const distance = (point) => Math.abs(point.px - at);
        this.state.near = this.picture.points.reduce((best, point) => (distance(point) < distance(best) ? point : best));
    }

    onLeave() {
        this.state.near = null;
    }
}

/** From values to places between two ends, with round numbers to write along the axis. */
function makeScale(values, from, to) {
    const low = Math.min(0, ...values);
    const high = Math.max(0, ...values);
    const step = roundStep((high - low) / TICKS || 1);
    const start = Math.floor(low / step) * step;
    const end = Math.max(Math.ceil(high / step) * step, start + step);
    const count = Math.round((end - start) / step);
    return {
        place: (value) => from + ((value - start) / (end - start)) * (to - from),
        ticks: Array.from({ length: count + 1 }, (_, index) => start + index * step),
    };
}

/** The next of 1, 2, 5, 10, 20, 50, ... at or above a size. */
function roundStep(size) {
    const power = 10 ** Math.floor(Math.log10(size));
    return [1, 2, 5, 10].find((factor) => factor * power >= size * 0.999) * power;
}

function label(value) {
    const near = Number(value.toPrecision(12));
    return formatExact(Math.abs(near) < 1e-6 || Math.abs(near) >= 1e15 ? near.toFixed(0) : String(near));
}

export class AmountChartField extends Component {
    static components = { AmountChart };
    static template = "cloud_billing.AmountChartField";
    static props = { ...standardFieldProps };

    get chart() {
        const chart = this.props.record.data[this.props.name];
        return chart && chart.points && chart.points.length > 1 ? chart : null;
    }
}

registry.category("fields").add("amount_chart", { component: AmountChartField, supportedTypes: ["json"] });
