/** Exact numbers as measures of pivots and graphs, whose code is loaded later than the rest. */
import { patch } from "@web/core/utils/patch";
import { GraphModel } from "@web/views/graph/graph_model";
import { PivotModel } from "@web/views/pivot/pivot_model";

import { ExactMeasure } from "@cloud_billing/exact_number/exact_number";

patch(PivotModel.prototype, {
    _getMeasurements(group, config) {
        const measurements = super._getMeasurements(group, config);
        for (const [name, value] of Object.entries(measurements)) {
            if (typeof value === "string") {
                measurements[name] = new ExactMeasure(value);
            }
        }
        return measurements;
    },
});

patch(GraphModel.prototype, {
    async _loadDataPoints(metaData) {
        const [dataPoints, currencies] = await super._loadDataPoints(metaData);
        for (const dataPoint of dataPoints) {
            // A bar has a height, not digits: the one place where a number is near enough.
            dataPoint.value = Number(dataPoint.value);
            dataPoint.cumulatedStart = Number(dataPoint.cumulatedStart);
        }
        return [dataPoints, currencies];
    },
});
