// For browsers and bundlers: the module lies beside this file, and is there when `ready` resolves.
import { load } from "./load.js";

export const ready = load();
export { audit, classify, permits } from "./api.js";
