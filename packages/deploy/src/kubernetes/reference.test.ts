import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { expect, it } from "vitest";
import { type Rig, IMAGES, openRig } from "../../test/kubernetes/rig.ts";
import type { ApplyOptions } from "../target.ts";
import { UnhealthyError } from "../unhealthy.ts";

const OVERLAY = join(import.meta.dirname, "../../../../deploy/kubernetes/overlays/production");
const { signal } = new AbortController();
const options = (as: ApplyOptions["as"] = "deploy"): ApplyOptions => ({
  who: "ada",
  as,
  progress: () => undefined,
  signal,
});
const target = (rig: Rig) =>
  rig.open({ manifests: OVERLAY, images: ["infinite-scribe/backend"], hold: 0, within: 10_000 });

it("brings the reference system up, keeps it where the next one fails, rolls it back, with the rights of deployer.yaml", async () => {
  await using rig = await openRig();
  const shop = target(rig);
  await shop.apply(IMAGES.one, options());
  const { services, drift } = await shop.status(signal);
  expect(services).toHaveLength(11);
  expect(services.every(({ state, digest }) => state === "healthy" && digest === IMAGES.one.digest)).toBe(
    true,
  );
  expect(drift).toEqual([]);
  expect(new Set((await shop.plan(IMAGES.one, signal)).map(({ does }) => does))).toEqual(new Set(["keep"]));

  await expect(shop.apply(IMAGES.crashing, options())).rejects.toBeInstanceOf(UnhealthyError);
  await shop.revert(options());
  expect((await shop.status(signal)).services.every(({ digest }) => digest === IMAGES.one.digest)).toBe(true);

  await shop.apply(IMAGES.two, options());
  await shop.apply(IMAGES.one, options("rollback"));
  expect(rig.serving("agent-writer")).toBe("one");
  expect(rig.api.store.all("ConfigMap", "shop")).toHaveLength(2);

  await shop.exclusively(() => Promise.resolve(), { who: "ada", wait: false, signal });
  for await (const line of shop.logs({ service: "agent-writer", lines: 1, follow: false, signal }))
    expect(line).toBeDefined();
  await shop.platforms(signal);
  await shop.stop(signal);
  const asked = new Set(rig.api.requests.flatMap(rightOf));
  expect(asked.size).toBeGreaterThan(20);
  const optional = (right: string): boolean =>
    /^list .*\/(?:roles|rolebindings|resourcequotas|limitranges|cronjobs|ingresses)$/.test(right);
  expect([...asked].filter((right) => !granted().has(right) && !optional(right))).toEqual([]);
});

/** What an account needs for a request, as RBAC names it: `patch apps/deployments`; asking what there is needs nothing. */
function rightOf(request: string): readonly string[] {
  const [, method, path, query = ""] = /^(\w+) ([^ ?]+)(\?\S*)?/.exec(request)!;
  const [, root, ...rest] = path!.split("/");
  const group = root === "api" ? "" : rest.shift()!;
  const [, ...inner] = rest;
  const [resource, name, sub] = inner[0] === "namespaces" && inner.length > 2 ? inner.slice(2) : inner;
  if (resource === undefined) return [];
  const verbs = {
    GET: name === undefined ? "list" : "get",
    POST: "create",
    PUT: "update",
    DELETE: "delete",
    PATCH: "patch",
  };
  const verb = verbs[method as keyof typeof verbs];
  const of = `${group}/${resource}${sub === undefined ? "" : `/${sub}`}`;
  // What is applied may not be there yet.
  return verb === "patch" && query.includes("fieldManager")
    ? [`patch ${of}`, `create ${of}`]
    : [`${verb} ${of}`];
}

function granted(): ReadonlySet<string> {
  const text = readFileSync(join(OVERLAY, "../../deployer.yaml"), "utf8");
  const rules = parseAllDocuments(text).flatMap((each) => (each.toJS() as { rules: Rule[] }).rules);
  return new Set(
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
      ),
    ),
  );
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}
