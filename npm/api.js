// The calls, with the day filled in: the core itself knows no clock.
import * as core from "./leastwise.js";

export const audit = (inputs, options = {}) => core.audit(inputs, { ...options, today: options.today ?? new Date().toISOString().slice(0, 10) });
export const classify = (text, options = {}) => core.classify(text, options);
export const permits = (method, address, options = {}) => core.permits(method, address, options);
