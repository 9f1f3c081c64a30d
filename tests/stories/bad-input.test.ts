import { spawnSync } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BIN, seaworthy } from "../support/cli.ts";
import { copySmallRoot, makeProject } from "../support/project.ts";

async function buildOf(files: Readonly<Record<string, string>>, args: readonly string[] = ["."]) {
  using project = makeProject(files);
  return await seaworthy(["build", ...args], { cwd: project.dir, env: project.env });
}

describe("a Dockerfile that is wrong", () => {
  it("is refused with the line, the marked source and the nearest instruction", async () => {
    const { code, stderr, stdout } = await buildOf({ Dockerfile: "FROM scratch\nCOPPY a b\n" });
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/Dockerfile:2: .*COPPY.*COPY/);
    expect(stderr).toContain(">>> COPPY a b");
  });

  it("is refused where a flag is wrong", async () => {
    const { code, stderr } = await buildOf({ Dockerfile: "FROM scratch\nCOPY --chwon=1 a b\n" });
    expect(code).toBe(1);
    expect(stderr).toMatch(/Dockerfile:2: .*chwon.*chown/s);
  });

  it("names a COPY source that is not there", async () => {
    const { code, stderr } = await buildOf({ Dockerfile: "FROM scratch\n\nCOPY dist/ /app\n" });
    expect(code).toBe(1);
    expect(stderr).toMatch(/Dockerfile:3: COPY source "dist\/" is not in the build context/);
  });

  it("names the line of .dockerignore that keeps a COPY source out", async () => {
    const { code, stderr } = await buildOf({
      Dockerfile: "FROM scratch\nCOPY dist/app.js /\n",
      ".dockerignore": "# built\nnode_modules\ndist\n",
      "dist/app.js": "1",
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /Dockerfile:2: COPY source "dist\/app.js" .*\.dockerignore:3 excludes it \(dist\)/,
    );
  });

  it("is named where it is missing", async () => {
    const { code, stderr } = await buildOf({});
    expect(code).toBe(2);
    expect(stderr).toMatch(/Dockerfile: not there/);
  });
});

it("a config in a package of CommonJS is told what to call itself", async () => {
  using project = makeProject({
    "package.json": '{ "type": "commonjs" }',
    "seaworthy.config.ts": 'import "node:fs"; export default {};',
    Dockerfile: "FROM scratch",
  });
  const { code, stderr } = await seaworthy(["plan"], { cwd: project.dir, env: project.env });
  expect(code).toBe(2);
  expect(stderr).toContain("rename it to seaworthy.config.mts");
});

describe("a base that cannot be had", () => {
  let server: Server;
  let host: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const status =
        request.url?.includes("/secret/") === true
          ? 401
          : request.url?.includes("/broken/") === true
            ? 404
            : 200;
      response.writeHead(status, { "content-type": "application/json" });
      response.end(
        JSON.stringify({
          errors: [{ code: status === 401 ? "UNAUTHORIZED" : "NAME_UNKNOWN", message: "no" }],
        }),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it("is called not found, with the line that asks for it", async () => {
    const { code, stderr } = await buildOf({ Dockerfile: `# one\nFROM ${host}/broken/base:1\n` });
    expect(code).toBe(1);
    expect(stderr).toMatch(/Dockerfile:2: base .*\/broken\/base:1: not found/);
  });

  it("is called not authorised", async () => {
    const { code, stderr } = await buildOf({ Dockerfile: `FROM ${host}/secret/base:1\n` });
    expect(code).toBe(1);
    expect(stderr).toMatch(/Dockerfile:1: base .*\/secret\/base:1: .*401/);
  });

  it("is called unreachable where the registry is down", async () => {
    const { code, stderr } = await buildOf({ Dockerfile: "FROM 127.0.0.1:1/base:1\n" });
    expect(code).toBe(1);
    expect(stderr).toMatch(/Dockerfile:1: base 127\.0\.0\.1:1\/base:1: .*127\.0\.0\.1:1/);
  });
});

describe("a RUN step that fails", () => {
  it("is shown with its exit code, its last 20 lines and its place", async () => {
    using project = makeProject({
      Dockerfile:
        'FROM scratch\nCOPY root/ /\nRUN i=0; while [ $i -lt 30 ]; do echo "line $i"; i=$((i+1)); done; exit 42\n',
    });
    copySmallRoot(join(project.dir, "root"));
    const { code, stderr } = await seaworthy(["build", ".", "-q"], { cwd: project.dir, env: project.env });
    expect(code).toBe(1);
    expect(stderr).toMatch(/Dockerfile:3: RUN exited 42/);
    expect(stderr).toContain("  line 29");
    expect(stderr).toContain("  line 10");
    expect(stderr).not.toContain("  line 9\n");
    expect(readdirSync(join(project.env["XDG_CACHE_HOME"]!, "seaworthy", "work"))).toEqual([]);
  });
});

describe("a config that is wrong", () => {
  it.each([
    ["{ platforms: [1] }", "platforms[0]: expected string, found 1"],
    ["{ registry: { port: 'http' } }", 'registry.port: expected number, found "http"'],
    [
      "{ verify: { services: [{ name: 'a', http: { port: 1, path: 'x' } }] } }",
      "verify.services[0].http.path: ",
    ],
    ["{ imgae: 'x' }", "imgae: unknown field"],
    ["undefined", "has no default export"],
  ])("%s names path, expected and found", async (text, message) => {
    using project = makeProject({
      Dockerfile: "FROM scratch\n",
      "seaworthy.config.ts": `export default ${text};\n`,
    });
    const { code, stderr } = await seaworthy(["plan"], { cwd: project.dir, env: project.env });
    expect(stderr).toContain(message);
    expect(stderr).toContain("seaworthy.config.ts");
    expect(code).toBe(2);
  });

  it("is refused where a flag does not exist, with the nearest", async () => {
    using project = makeProject({ Dockerfile: "FROM scratch\n" });
    const { code, stderr } = await seaworthy(["build", "--platfrom", "linux/amd64", "."], {
      cwd: project.dir,
      env: project.env,
    });
    expect(code).toBe(2);
    expect(stderr).toContain("--platform");
  });
});

const isRoot = process.geteuid?.() === 0;

describe("a machine that lacks something", () => {
  it("is told what to install where there is no OCI runtime", async () => {
    using project = makeProject({ Dockerfile: "FROM scratch\nCOPY root/ /\nRUN true\n" });
    copySmallRoot(join(project.dir, "root"));
    // The search path of administrators is looked at too, so the runtimes are hidden and not only left out of PATH.
    const hide = 'for f in crun runc; do p=$(command -v $f) && mount --bind /dev/null $p; done; exec "$@"';
    const through = ["unshare", "--mount", "sh", "-c", hide, "sh"];
    const { code, stderr } = await seaworthy(["build", "."], { cwd: project.dir, env: project.env, through });
    expect(stderr).toMatch(/expected crun .* or runc .*, found/);
    expect(stderr).toContain("apt-get install");
    expect(code).toBe(1);
    const doctor = await seaworthy(["doctor"], { cwd: project.dir, env: project.env, through });
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toMatch(/✗ OCI runtime: .*\n {4}→ apt-get install -y crun/);
  });

  const asNobody = ["setpriv", "--reuid", "61234", "--regid", "61234", "--clear-groups", "--"];
  const canRead = isRoot && spawnSync("setpriv", [...asNobody.slice(1), "test", "-r", BIN]).status === 0;
  it.runIf(canRead)(
    "says what to change where the user is not root and may not have namespaces",
    async () => {
      const dir = mkdtempSync(join(tmpdir(), "seaworthy-nobody-"));
      chownSync(dir, 61_234, 61_234);
      const env = { XDG_CACHE_HOME: join(dir, "cache") };
      const { code, stderr } = await seaworthy(["build", dir], { cwd: dir, env, through: asNobody });
      rmSync(dir, { recursive: true, force: true });
      expect(stderr).toMatch(/not root, and no user namespace: .+\n {2}→ .+/);
      expect(code).toBe(1);
    },
  );

  it.runIf(isRoot)(
    "says what to change where root may not mount, as in a container without privileges",
    async () => {
      using project = makeProject({ Dockerfile: "FROM scratch\n" });
      const through = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin", "--"];
      const { code, stderr } = await seaworthy(["build", "."], {
        cwd: project.dir,
        env: project.env,
        through,
      });
      expect(stderr).toMatch(/root without CAP_SYS_ADMIN .*, and no user namespace: .+\n {2}→ .+/);
      expect(code).toBe(1);
    },
  );
});

describe("a full disk", () => {
  it.runIf(isRoot).each(["cache", "project/.seaworthy"])(
    "in %s ends the build with one sentence and leaves nothing half-written",
    async (place) => {
      using project = makeProject({ Dockerfile: "FROM scratch\nCOPY root/ /\nRUN echo x > /y\n" });
      copySmallRoot(join(project.dir, "root"));
      const full = join(project.dir, "..", place);
      mkdirSync(full, { recursive: true });
      const through = [
        "unshare",
        "--mount",
        "sh",
        "-c",
        `mount -t tmpfs -o size=2m tmpfs ${full}; "$@"; code=$?; find ${full} -name '*.tmp*' -type f >&2; exit $code`,
        "sh",
      ];
      const { code, stderr } = await seaworthy(["build", ".", "-q"], {
        cwd: project.dir,
        env: project.env,
        through,
      });
      expect(stderr).toMatch(/no space left|disk is full/i);
      expect(stderr).toContain("→");
      expect(stderr).not.toMatch(/\n\s+at /);
      expect(code).toBe(1);
    },
  );
});
