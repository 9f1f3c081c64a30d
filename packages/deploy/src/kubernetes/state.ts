import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { isDigest } from "@seaworthy/oci";
import { DeployError } from "../error.ts";
import { type HttpCheck, parseCheck } from "../http-check.ts";
import type { Deployed, DeployedImage } from "../target.ts";
import type { Api } from "./api/api.ts";
import { isReason } from "./api/error.ts";
import { MANAGED_BY } from "./labels.ts";
import { type Json, type JsonObject, type KubeObject, isObject, listAt, textAt } from "./object.ts";

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** The API server holds 1 MiB of a Secret; the rest is for its other fields. */
const MAX_BYTES = 900_000;
const MAX_UNPACKED = 64 << 20;
const KEPT = 10;

/** What is applied of an image, and what must be answered then. */
export interface Wanted {
  readonly objects: readonly KubeObject[];
  readonly checks: readonly HttpCheck[];
}

/** An image with the manifests as they were applied then. */
export interface Applied extends Deployed, Wanted {}

export interface Pending extends Wanted {
  readonly image: DeployedImage;
}

export interface State {
  /** The current one first. */
  readonly good: readonly Applied[];
  readonly pending?: Pending;
  /** By whoever called `stop`: that nothing runs is as it was wanted. */
  readonly stopped?: true;
}

/**
 * What is known of an environment, in a Secret beside it: manifests may hold secrets. Gzipped JSON; the oldest versions
 * go where it grows too large.
 */
export class StateStore {
  readonly #api: Api;
  readonly #ref: { readonly apiVersion: "v1"; readonly kind: "Secret"; readonly name: string };
  readonly #labels: Readonly<Record<string, string>>;

  constructor(api: Api, environment: string) {
    this.#api = api;
    this.#ref = { apiVersion: "v1", kind: "Secret", name: `seaworthy-${environment}` };
    // Not the label of the environment, by which things are pruned.
    this.#labels = { [MANAGED_BY]: "seaworthy", "seaworthy.dev/state": environment };
  }

  async read(signal: AbortSignal): Promise<State> {
    const secret = await this.#api.get(this.#ref, signal);
    if (secret === undefined) return { good: [] };
    return parseState(textAt(secret, "data", "state") ?? "", `Secret ${this.#ref.name}`);
  }

  /**
   * What is made of what is there, in one step: others who wrote in between are not overwritten.
   * @throws DeployError `target` where somebody wrote in between
   */
  async change(make: (state: State) => State, signal: AbortSignal): Promise<State> {
    const secret = await this.#api.get(this.#ref, signal);
    const before: State =
      secret === undefined
        ? { good: [] }
        : await parseState(textAt(secret, "data", "state") ?? "", `Secret ${this.#ref.name}`);
    const { state, text } = await formatState(make(before), `Secret ${this.#ref.name}`);
    const { apiVersion, kind, name } = this.#ref;
    const object = {
      apiVersion,
      kind,
      metadata: {
        name,
        labels: this.#labels,
        ...(secret?.metadata.resourceVersion === undefined
          ? {}
          : { resourceVersion: secret.metadata.resourceVersion }),
      },
      type: "seaworthy.dev/state",
      data: { state: text },
    };
    try {
      await (secret === undefined ? this.#api.create(object, signal) : this.#api.replace(object, signal));
    } catch (error) {
      if (!isReason(error, "Conflict", "AlreadyExists")) throw error;
      throw new DeployError("target", `Secret ${name}: somebody else has changed it meanwhile`, {
        cause: error,
        hint: "look at seaworthy status, and deploy again",
      });
    }
    return state;
  }
}

async function formatState(
  state: State,
  where: string,
): Promise<{ readonly state: State; readonly text: string }> {
  for (let kept = Math.min(state.good.length, KEPT); ; kept--) {
    const smaller = { ...state, good: state.good.slice(0, kept) };
    const text = (await pack(JSON.stringify({ version: 1, ...smaller }), { level: 9 })).toString("base64");
    if (text.length <= MAX_BYTES) return { state: smaller, text };
    if (kept <= 1) {
      throw new DeployError(
        "refused",
        `${where}: the manifests take ${text.length} bytes, expected at most ${MAX_BYTES}`,
        {
          hint: "deploy fewer at once, or take large ConfigMaps out of the manifests",
        },
      );
    }
  }
}

async function parseState(text: string, where: string): Promise<State> {
  let value: Json;
  try {
    const bytes = await unpack(Buffer.from(text, "base64"), { maxOutputLength: MAX_UNPACKED });
    value = JSON.parse(bytes.toString("utf8")) as Json;
  } catch {
    throw damaged(where, "cannot be unpacked");
  }
  if (!isObject(value) || value["version"] !== 1) throw damaged(where, "is of another version of seaworthy");
  const { pending } = value;
  return {
    good: listAt(value, "good").map((entry) => parseApplied(entry, where)),
    ...(value["stopped"] === true ? { stopped: true } : {}),
    ...(isObject(pending) ? { pending: parsePending(pending, where) } : {}),
  };
}

function parseApplied(value: JsonObject, where: string): Applied {
  return { ...parsePending(value, where), at: textAt(value, "at") ?? "", who: textAt(value, "who") ?? "" };
}

function parsePending(value: JsonObject, where: string): Pending {
  const digest = textAt(value, "image", "digest") ?? "";
  const name = textAt(value, "image", "name");
  if (!isDigest(digest) || name === undefined) throw damaged(where, "names an image without a digest");
  const revision = textAt(value, "image", "revision");
  const version = textAt(value, "image", "version") ?? "";
  return {
    image: { name, digest, version, ...(revision === undefined ? {} : { revision }) },
    objects: listAt(value, "objects") as unknown as readonly KubeObject[],
    checks: listAt(value, "checks").flatMap(parseCheck),
  };
}

function damaged(where: string, problem: string): DeployError {
  return new DeployError("target", `${where}: ${problem}`, {
    hint: "delete it to forget what was deployed, and deploy again",
  });
}
