import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seaworthy } from "../support/cli.ts";
import { type Project, SERVER, copySmallRoot, makeProject } from "../support/project.ts";

const DOCKERFILE = `FROM scratch AS build
COPY root/ /
RUN sleep 1; echo built > /built.txt
FROM scratch
COPY root/ /
COPY --from=build /built.txt /
COPY server.pl /
USER 65532:65532
ENTRYPOINT ["/usr/bin/perl", "/server.pl"]
`;
const CONFIG = `export default {
  image: "acme/web",
  verify: { services: [{ name: "web", args: ["web"], http: { port: 8000, path: "/health" } }] },
};
`;

/** Command lines of processes that have the test's folder in them, but for this test itself. */
function processesOf(dir: string): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .flatMap((pid) => {
      try {
        const text = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return text.includes(dir) ? [text] : [];
      } catch {
        return [];
      }
    });
}

/** Drafts, scratch and half-written files in cache and store. */
function temporaryFiles(top: string): readonly string[] {
  const files = readdirSync(top, { recursive: true, encoding: "utf8" });
  return files.filter(
    (path) =>
      !/^project\/(?:root|\.git)\/|\/fs\//.test(path) &&
      /\/(?:tmp|scratch|uploads)\/|\.tmp|\/run\/run-/.test(path),
  );
}

describe("a release that is interrupted", () => {
  let project: Project;
  let top: string;

  beforeAll(() => {
    project = makeProject({ Dockerfile: DOCKERFILE, "server.pl": SERVER, "seaworthy.config.ts": CONFIG });
    top = join(project.dir, "..");
    copySmallRoot(join(project.dir, "root"));
    project.commit();
  });
  afterAll(() => project[Symbol.dispose]());

  it.each([150, 400, 700, 1_000, 1_400, 1_800, 2_200, 2_600])(
    "after %i ms leaves no process, mount or temporary file",
    async (delay) => {
      const { code, stderr } = await seaworthy(["release"], {
        cwd: project.dir,
        env: project.env,
        onStart: (child) => void wait(delay).then(() => child.kill("SIGINT")),
      });
      // Where the machine was faster than the signal, the release is simply done; where it was so slow that nothing had
      // begun, not even our hearing of signals, the process is simply gone.
      expect([0, 130, -2], stderr).toContain(code);
      expect(processesOf(top)).toEqual([]);
      expect(readFileSync("/proc/self/mounts", "utf8")).not.toContain(top);
      expect(temporaryFiles(top)).toEqual([]);
    },
  );

  it("is continued by running it again", async () => {
    const { code, stdout, stderr } = await seaworthy(["release"], { cwd: project.dir, env: project.env });
    expect(stdout, stderr).toMatch(/@sha256:[0-9a-f]{64}\n$/);
    expect(code).toBe(0);
  });

  it("by kill -9 leaves no process behind, and what it left is swept by the next run", async () => {
    project.write("server.pl", `${SERVER}\n# changed\n`);
    project.write("Dockerfile", DOCKERFILE.replace("sleep 1", "sleep 5"));
    await seaworthy(["release"], {
      cwd: project.dir,
      env: project.env,
      onStart: (child) => void wait(1_500).then(() => child.kill("SIGKILL")),
    });
    await expect.poll(() => processesOf(top), { timeout: 5_000 }).toEqual([]);
    project.write("Dockerfile", DOCKERFILE);
    const { code, stderr } = await seaworthy(["release"], { cwd: project.dir, env: project.env });
    expect(code, stderr).toBe(0);
    expect(temporaryFiles(top)).toEqual([]);
  });
});
