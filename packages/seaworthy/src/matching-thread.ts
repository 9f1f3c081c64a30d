/** Started by `machine/matching.ts`: in the bundle an entry of its own. */
export * from "@seaworthy/evidence/matching-thread";
