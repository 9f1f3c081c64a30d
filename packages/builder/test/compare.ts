import type { RunConfig } from "@seaworthy/oci";
import type { Case } from "./cases.ts";
import { type Tree, type TreeFile, merge } from "./image.ts";
import { itemsOfDirectory } from "./root.ts";
import { openWorkbench, writeFiles } from "./workbench.ts";
import type { openShell } from "./workbench.ts";

/** An image as the cases compare them. */
export interface Outcome {
  readonly config: object;
  /** What differs from the base, each path with a line of text. */
  readonly tree: Readonly<Record<string, string>>;
}

export type Shell = ReturnType<typeof openShell>;

/** The case by our engine. */
export async function buildCase(test: Case, shell: Shell): Promise<Outcome> {
  using bench = await openWorkbench({ shell: shell.base });
  bench.write(test.files ?? {});
  const contexts: Record<string, string> = {};
  for (const [name, files] of Object.entries(test.contexts ?? {})) {
    contexts[name] = `${bench.dir}/${name}`;
    writeFiles(contexts[name], files);
  }
  const built = await bench.build(test.dockerfile, {
    contexts,
    args: test.args ?? {},
    labels: test.labels ?? {},
    ...(test.target === undefined ? {} : { target: test.target }),
    ...(test.secret === undefined ? {} : { secrets: { one: { value: test.secret } } }),
  });
  const { config, tree } = await built.image();
  return outcomeOf(config.config ?? {}, tree, shell);
}

export function outcomeOf(config: RunConfig, tree: Tree, shell: Shell): Outcome {
  return { config: comparable(config), tree: changed(tree, shell) };
}

/** Absent, null and empty say the same. */
function comparable(config: RunConfig): object {
  const { ArgsEscaped: _, ...rest } = config;
  return Object.fromEntries(
    Object.entries(rest as Record<string, unknown>)
      .filter(
        ([, value]) =>
          value !== null && value !== "" && (typeof value !== "object" || Object.keys(value).length > 0),
      )
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function changed(tree: Tree, shell: Shell): Record<string, string> {
  const before = merge([[...itemsOfDirectory(shell.dir)].map(({ entry }) => ({ ...entry, content: "" }))]);
  if (tree["usr/bin/dash"] === undefined) return describeAll(tree);
  const now = describeAll(tree);
  const old = describeAll(before);
  const paths = new Set([...Object.keys(old), ...Object.keys(now)]);
  return Object.fromEntries(
    [...paths].toSorted().flatMap((path) => {
      if (old[path] === now[path] || isUnread(path, tree[path], before[path])) return [];
      return [[path, now[path] ?? "gone"]];
    }),
  );
}

/** Files of the base whose content was not read for the comparison. */
function isUnread(path: string, now: TreeFile | undefined, old: TreeFile | undefined): boolean {
  const sizeable = /^(usr\/(bin|lib)|etc\/group$)/.test(path);
  return sizeable && now !== undefined && now.mode === old?.mode && now.owner === old.owner;
}

function describeAll(tree: Tree): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tree).map(([path, { type, mode, owner, link, content }]) => [
      path,
      [type, mode, owner, link, content && JSON.stringify(content)].filter(Boolean).join(" "),
    ]),
  );
}
