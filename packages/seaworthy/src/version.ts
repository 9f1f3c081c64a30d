import manifest from "../package.json" with { type: "json" };

/** Of this package: what a pipeline written by it runs. */
export const VERSION: string = manifest.version;
