export { toCycloneDx } from "./cyclonedx.ts";
export { toSpdx } from "./spdx.ts";
export type { SbomOptions } from "./subject.ts";
