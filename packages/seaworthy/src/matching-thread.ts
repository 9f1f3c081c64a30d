/** Started by `machine/matching.ts`: in the bundle an entry of its own. */
import "@seaworthy/evidence/matching-thread";
