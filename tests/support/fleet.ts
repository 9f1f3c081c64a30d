import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { type Repository, openLayout } from "@seaworthy/oci";
import { remoteRepository } from "@seaworthy/oci/remote";
import { serveRegistry } from "@seaworthy/registry";
import { type Outcome, seaworthy } from "./cli.ts";
import { type Project, makeProject } from "./project.ts";

export const PLATFORMS = ["linux/amd64", "linux/arm64"] as const;

const DOCKERFILE = `FROM scratch
ARG TARGETARCH
LABEL arch=$TARGETARCH
COPY app.txt /app.txt
USER 65532
CMD ["/app.txt"]
`;

/** Each runner is a clone with a store and a cache of its own; they share nothing but the registry. */
export interface Fleet extends AsyncDisposable {
  readonly origin: Project;
  readonly registry: string;
  readonly repository: Repository;
  readonly store: string;
  clone(name: string): string;
  run(clone: string, ...args: readonly string[]): Promise<Outcome>;
}

/** @param more of the config */
export async function makeFleet(more = "", files: Readonly<Record<string, string>> = {}): Promise<Fleet> {
  const origin = makeProject();
  const store = join(origin.dir, "..", "registry");
  const server = await serveRegistry({
    store: await openLayout(store),
    uploads: join(store, "uploads"),
    host: "127.0.0.1",
    port: 0,
    readOnly: false,
    signal: new AbortController().signal,
  });
  const registry = new URL(server.url).host;
  origin.write("Dockerfile", DOCKERFILE);
  origin.write("app.txt", "the app\n");
  for (const [path, text] of Object.entries(files)) origin.write(path, text);
  origin.write(
    "seaworthy.config.ts",
    `export default {
  image: "${registry}/acme/web",
  platforms: ${JSON.stringify(PLATFORMS)},
  tests: [{ name: "unit", run: ["true"] }],
  verify: { services: [] },
  ${more}
};
`,
  );
  origin.commit();
  return {
    origin,
    registry,
    store,
    repository: remoteRepository({ registry, repository: "acme/web" }),
    clone(name) {
      const dir = join(origin.dir, "..", name);
      execFileSync("git", ["clone", "-q", origin.dir, dir]);
      return dir;
    },
    run: (clone, ...args) => seaworthy(args, { cwd: clone, env: { XDG_CACHE_HOME: `${clone}-cache` } }),
    async [Symbol.asyncDispose]() {
      await server.close();
      origin[Symbol.dispose]();
    },
  };
}

export const partial = (fleet: Fleet, platform: string): Promise<Outcome> =>
  fleet.run(fleet.clone(platform.replace("/", "-")), "release", "--partial", "--platform", platform);
