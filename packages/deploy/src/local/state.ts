import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { DeployError } from "../error.ts";
import type { Deployed, DeployedImage } from "../target.ts";
import type { LocalSettings } from "./settings.ts";

/** An image, and how its services are started. */
export interface Applied {
  readonly image: DeployedImage;
  readonly settings: LocalSettings;
  readonly who: string;
}

export interface Kept extends Deployed {
  readonly settings: LocalSettings;
}

/** What survives the supervisor. */
export interface LocalState {
  readonly pending?: Applied;
  /** The current one first. */
  readonly good: readonly Kept[];
  /** False after `stop`: then nothing is meant to run. */
  readonly on: boolean;
}

/** As many as anybody goes back to. */
const KEPT = 10;
const EMPTY: LocalState = { good: [], on: false };

/** @throws DeployError `target` where the file is damaged */
export function readState(file: string): LocalState {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return EMPTY;
    throw error;
  }
  try {
    const state = JSON.parse(text) as LocalState;
    if (Array.isArray(state.good) && typeof state.on === "boolean") return state;
  } catch {
    // Said below.
  }
  throw new DeployError("target", `${file}: found something else than the state of a local deployment`, {
    hint: "remove the file and deploy again; what ran before is then not known",
  });
}

/** Published by a rename: whoever reads it sees the one or the other. */
export function writeState(file: string, state: LocalState): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, JSON.stringify(state, null, 2), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** It is what runs from now on, and what one can come back to. */
export function withGood({ good }: LocalState, { image, settings, who }: Applied, at: string): LocalState {
  const others = good.filter((each) => each.image.digest !== image.digest);
  return { good: [{ image, settings, who, at }, ...others].slice(0, KEPT), on: true };
}
