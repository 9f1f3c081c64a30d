import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { withCounter, withDefaults } from "./defaults.ts";
import { type Manager, type Obj, dotted, erase, fieldsOf, read, toManagedFields, write } from "./fields.ts";

export class Refusal extends Error {
  readonly status: number;
  readonly body: Obj;
  constructor(status: number, reason: string, message: string, details: Obj = {}) {
    super(message);
    this.status = status;
    this.body = {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      reason,
      details,
      code: status,
    };
  }
}

interface Entry {
  object: Obj;
  managers: readonly Manager[];
}

/** All objects of the server, with who manages which of their fields, and one counter of versions. */
export class Store {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => string;
  #version = 100;
  onChange: () => void = () => {};

  constructor(now: () => string) {
    this.#now = now;
  }

  get version(): string {
    return String(this.#version);
  }

  all(kind: string, namespace?: string): readonly Obj[] {
    return [...this.#entries.values()]
      .filter(({ object }) => object["kind"] === kind)
      .filter(({ object }) => namespace === undefined || object["metadata"].namespace === namespace)
      .map((entry) => this.#shown(entry))
      .toSorted((a, b) => (a["metadata"].name < b["metadata"].name ? -1 : 1));
  }

  /** As they are, for who only looks: controllers look often. */
  seen(kind: string, namespace?: string): readonly Obj[] {
    return [...this.#entries]
      .filter(([key]) => key.startsWith(namespace === undefined ? `${kind}/` : `${kind}/${namespace}/`))
      .map(([, { object }]) => object);
  }

  has(kind: string, namespace: string, name: string, uid: string): boolean {
    return this.#entries.get(keyOf(kind, namespace, name))?.object["metadata"].uid === uid;
  }

  get(kind: string, namespace: string | undefined, name: string): Obj | undefined {
    const entry = this.#entries.get(keyOf(kind, namespace, name));
    return entry === undefined ? undefined : this.#shown(entry);
  }

  create(object: Obj, manager: string): Obj {
    const { name, namespace } = object["metadata"];
    const key = keyOf(object["kind"], namespace, name);
    if (this.#entries.has(key)) {
      throw new Refusal(409, "AlreadyExists", `${plural(object)} "${name}" already exists`, { name });
    }
    const fresh = this.#born(withCounter(withDefaults(structuredClone(object)), undefined));
    const managers = [{ manager, operation: "Update" as const, fields: new Set(fieldsOf(object).keys()) }];
    return this.#put(key, { object: fresh, managers });
  }

  replace(object: Obj, manager: string): Obj {
    const { name, namespace, resourceVersion } = object["metadata"];
    const key = keyOf(object["kind"], namespace, name);
    const before = this.#entries.get(key);
    if (before === undefined) throw notFound(object, name);
    if (resourceVersion !== undefined && resourceVersion !== before.object["metadata"].resourceVersion) {
      const problem =
        "the object has been modified; please apply your changes to the latest version and try again";
      throw new Refusal(
        409,
        "Conflict",
        `Operation cannot be fulfilled on ${plural(object)} "${name}": ${problem}`,
        { name },
      );
    }
    const next = withDefaults(structuredClone(object));
    next["status"] ??= before.object["status"];
    return this.#update(key, before, next, manager);
  }

  /** RFC 7396, by somebody who does not apply: kubectl edit, an autoscaler. */
  merge(kind: string, namespace: string | undefined, name: string, patch: Obj, manager: string): Obj {
    const key = keyOf(kind, namespace, name);
    const before = this.#entries.get(key);
    if (before === undefined) throw notFound({ kind }, name);
    const merged = withDefaults(mergePatch(structuredClone(before.object), patch) as Obj);
    const next = withCounter(merged, before.object);
    return this.#update(key, before, next, manager);
  }

  /** What the kubelet and controllers report: no field of it is managed by people. */
  setStatus(object: Obj, status: Obj, annotations?: Obj): void {
    const entry = this.#entries.get(
      keyOf(object["kind"], object["metadata"].namespace, object["metadata"].name),
    );
    if (entry === undefined) return;
    const next = structuredClone(entry.object);
    next["status"] = status;
    if (annotations !== undefined)
      next["metadata"].annotations = { ...next["metadata"].annotations, ...annotations };
    if (isDeepStrictEqual(next, entry.object)) return;
    next["metadata"].resourceVersion = String(++this.#version);
    entry.object = next;
    this.onChange();
  }

  apply(
    config: Obj,
    manager: string,
    { force, dryRun }: { readonly force: boolean; readonly dryRun: boolean },
  ): Obj {
    const { name, namespace } = config["metadata"];
    const key = keyOf(config["kind"], namespace, name);
    const before = this.#entries.get(key);
    const wanted = fieldsOf(config);
    const managers = before?.managers ?? [];
    const isOurs = (each: Manager): boolean => each.manager === manager && each.operation === "Apply";
    const others = managers.filter((each) => !isOurs(each));
    const next = structuredClone(
      before?.object ?? {
        apiVersion: config["apiVersion"],
        kind: config["kind"],
        metadata: { name, namespace },
      },
    );
    const taken = before === undefined ? [] : conflictsOf(wanted, before.object, others);
    if (taken.length > 0 && !force) throw conflict(taken);
    const held = [...wanted.keys(), ...others.flatMap(({ fields }) => [...fields])];
    for (const path of managers.find(isOurs)?.fields ?? []) {
      if (!wanted.has(path) && !others.some(({ fields }) => fields.has(path)))
        erase(next, outermost(path, held));
    }
    for (const [path, value] of wanted) write(next, path, value);
    const lost = new Set(taken.map(({ path }) => path));
    const left = others.map((each) => ({ ...each, fields: each.fields.difference(lost) }));
    const entry = {
      object: withCounter(withDefaults(next), before?.object),
      managers: [{ manager, operation: "Apply" as const, fields: new Set(wanted.keys()) }, ...left],
    };
    if (before === undefined) entry.object = this.#born(entry.object);
    if (dryRun) return this.#shown(entry);
    return before !== undefined &&
      isDeepStrictEqual(entry.object, before.object) &&
      sameManagers(entry.managers, before.managers)
      ? this.#shown(before)
      : this.#put(key, entry, before);
  }

  /** Pods that have been started have their time to end: the kubelet drops them. */
  remove(kind: string, namespace: string | undefined, name: string, uid?: string): Obj {
    const key = keyOf(kind, namespace, name);
    const entry = this.#entries.get(key);
    if (entry === undefined) throw notFound({ kind }, name);
    if (uid !== undefined && uid !== entry.object["metadata"].uid) {
      throw new Refusal(409, "Conflict", `Precondition failed: UID in precondition: ${uid}`);
    }
    if (kind === "Pod" && entry.object["status"].startTime !== undefined) {
      const metadata = { ...entry.object["metadata"], resourceVersion: String(++this.#version) };
      metadata.deletionTimestamp ??= this.#now();
      entry.object = { ...entry.object, metadata };
      this.onChange();
      return this.#shown(entry);
    }
    this.drop(kind, namespace, name);
    return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" };
  }

  drop(kind: string, namespace: string | undefined, name: string): void {
    if (this.#entries.delete(keyOf(kind, namespace, name))) this.#version++;
    this.onChange();
  }

  #update(key: string, before: Entry, next: Obj, manager: string): Obj {
    const [old, fresh] = [fieldsOf(before.object), fieldsOf(next)];
    const changed = new Set(
      [...fresh]
        .filter(([path, value]) => !old.has(path) || !isDeepStrictEqual(old.get(path), value))
        .map(([path]) => path),
    );
    const gone = new Set([...old.keys()].filter((path) => !fresh.has(path)));
    const others = before.managers.map((each) => ({
      ...each,
      fields: each.fields.difference(changed).difference(gone),
    }));
    const own = others.find((each) => each.manager === manager && each.operation === "Update");
    const fields = (own?.fields ?? new Set<string>()).union(changed);
    const managers = [
      ...others.filter((each) => each !== own),
      { manager, operation: "Update" as const, fields },
    ];
    return this.#put(key, { object: next, managers }, before);
  }

  #put(key: string, entry: Entry, before?: Entry): Obj {
    const { object } = entry;
    const changed = before !== undefined && !isDeepStrictEqual(before.object["spec"], object["spec"]);
    if (before !== undefined) {
      const { uid, creationTimestamp, generation } = before.object["metadata"];
      object["metadata"] = {
        ...object["metadata"],
        uid,
        creationTimestamp,
        generation: generation + Number(changed),
      };
    }
    delete object["metadata"].managedFields;
    object["metadata"].resourceVersion = String(++this.#version);
    this.#entries.set(key, entry);
    this.onChange();
    return this.#shown(entry);
  }

  #born(object: Obj): Obj {
    const metadata = {
      ...object["metadata"],
      uid: randomUUID(),
      creationTimestamp: this.#now(),
      generation: 1,
    };
    return { ...object, metadata };
  }

  #shown({ object, managers }: Entry): Obj {
    const shown = structuredClone(object);
    shown["metadata"].managedFields = toManagedFields(managers, object["apiVersion"]);
    return shown;
  }
}

/**
 * With a field goes the object that it is in, and what the server has filled in beside it, where nobody sets any other
 * field of it. Kubernetes 1.20 leaves that there: from it a probe cannot be taken away.
 */
function outermost(path: string, held: readonly string[]): string {
  const parts = JSON.parse(path) as readonly string[];
  const isHeld = (inner: readonly string[]): boolean => {
    const start = JSON.stringify(inner).slice(0, -1);
    return held.some((each) => each === `${start}]` || each.startsWith(`${start},`));
  };
  let length = parts.length;
  while (length > 1 && !isHeld(parts.slice(0, length - 1))) length--;
  return JSON.stringify(parts.slice(0, length));
}

function conflictsOf(wanted: ReadonlyMap<string, unknown>, live: Obj, others: readonly Manager[]) {
  return [...wanted].flatMap(([path, value]) => {
    if (value === undefined || isDeepStrictEqual(read(live, path), value)) return [];
    return others.filter(({ fields }) => fields.has(path)).map(({ manager }) => ({ path, manager }));
  });
}

function conflict(taken: readonly { readonly path: string; readonly manager: string }[]): Refusal {
  const causes = taken.map(({ path, manager }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with "${manager}" using apps/v1`,
    field: dotted(path),
  }));
  const message = `Apply failed with ${taken.length} conflict: ${causes.map((each) => `${each.message}: ${each.field}`).join(", ")}`;
  return new Refusal(409, "Conflict", message, { causes });
}

function sameManagers(a: readonly Manager[], b: readonly Manager[]): boolean {
  const shown = (list: readonly Manager[]) =>
    toManagedFields(list, "").toSorted((x, y) =>
      `${x["manager"]}${x["operation"]}` < `${y["manager"]}${y["operation"]}` ? -1 : 1,
    );
  return isDeepStrictEqual(shown(a), shown(b));
}

function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result: Obj =
    typeof target === "object" && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

function keyOf(kind: string, namespace: string | undefined, name: string): string {
  return `${kind}/${namespace ?? ""}/${name}`;
}

function plural({ kind }: Obj): string {
  return `${String(kind).toLowerCase()}s`;
}

function notFound(object: Obj, name: string): Refusal {
  return new Refusal(404, "NotFound", `${plural(object)} "${name}" not found`, { name });
}
