import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Layout, type RunConfig, openLayout } from "@seaworthy/oci";
import type { ProgressEvent } from "@seaworthy/builder";
import {
  type Sandbox,
  type Snapshots,
  crunSandbox,
  findRuntime,
  machineProbe,
  openSnapshots,
} from "@seaworthy/sandbox";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type StoredLayer, putImage, putLayer } from "../../test/stored-image.ts";
import { smallRoot } from "../../test/rootfs.ts";
import type { PlatformResult, RejectCheck, ServiceCheck } from "./checks.ts";
import { verifyPlatform } from "./verify.ts";

/** A service with a mode for everything that may go wrong; the mode is its first argument. */
const SERVICE = String.raw`
use strict; use IO::Socket::INET; $| = 1;
my $mode = shift // "good";
if ($mode eq "early") { print "one\ntwo\nno database\n"; exit 7; }
if ($mode eq "done") { exit 0; }
if ($mode eq "unknown") { print STDERR "unknown service\n"; exit 1; }
if ($mode eq "deaf") { print "waiting for the database\n"; sleep 60; }
$SIG{TERM} = $mode eq "falls" ? sub { print "lost it\n"; exit 1 } : $mode eq "stays" ? "IGNORE" : sub { exit 0 };
$SIG{QUIT} = sub { exit 0 };
$SIG{TERM} = "IGNORE" if $mode eq "quit";
print "uid $>\n";
sleep 1 if $mode eq "slow";
my $server = IO::Socket::INET->new(LocalAddr => "0.0.0.0", LocalPort => 8000, Listen => 5, ReuseAddr => 1) or die "listen: $!";
while (1) {
  my $client = $server->accept or next;
  while (my $line = <$client>) { last if $line =~ /^\r?\n$/ }
  my $status = $mode eq "sick" ? "503 Unavailable" : "200 OK";
  print $client "HTTP/1.1 $status\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"; close $client;
}
`;

function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return "not root";
  const probe = machineProbe({ path: process.env["PATH"] ?? "", store: "/nonexistent", uid: 0 });
  try {
    findRuntime(probe);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

const reason = whyNot();
if (reason !== undefined) console.warn(`tests that start containers are skipped: ${reason}`);

const http = { port: 8000, path: "/health", status: 200 };

describe.skipIf(reason !== undefined)("verify", () => {
  let dir: string;
  let layout: Layout;
  let root: StoredLayer;
  let snapshots: Snapshots;
  let sandbox: Sandbox;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "seaworthy-"));
    layout = await openLayout(join(dir, "store"));
    root = await putLayer(layout, smallRoot({ "service.pl": SERVICE }));
    snapshots = openSnapshots(join(dir, "snapshots"));
    const probe = machineProbe({ path: process.env["PATH"] ?? "", store: join(dir, "snapshots"), uid: 0 });
    sandbox = crunSandbox({ runtime: findRuntime(probe), scratch: join(dir, "run") });
  });
  afterAll(() => {
    snapshots[Symbol.dispose]();
    rmSync(dir, { recursive: true, force: true });
  });

  interface Asked {
    readonly services?: readonly (Partial<ServiceCheck> & { readonly name: string })[];
    readonly rejects?: readonly RejectCheck[];
    readonly config?: RunConfig;
    readonly layer?: StoredLayer;
    readonly allowRoot?: boolean;
    readonly signal?: AbortSignal;
    readonly progress?: (event: ProgressEvent) => void;
    readonly cannotRun?: string;
  }

  async function verify(asked: Asked): Promise<PlatformResult> {
    const config: RunConfig = { Entrypoint: ["/usr/bin/perl", "/service.pl"], ...asked.config };
    const manifest = await putImage(layout, { config, layer: asked.layer ?? root });
    const services = (asked.services ?? []).map((service) => ({
      healthyWithin: 5_000,
      stopsWithin: 1_000,
      ...service,
    }));
    const result = await verifyPlatform(
      manifest,
      { services, rejects: asked.rejects ?? [], allowRoot: asked.allowRoot ?? false },
      {
        layout,
        sandbox: () => sandbox,
        snapshots: () => snapshots,
        cannotRun: () => asked.cannotRun,
        parallel: 2,
        progress: asked.progress ?? (() => undefined),
        signal: asked.signal ?? new AbortController().signal,
      },
    );
    expect(readdirSync(join(dir, "run")).filter((name) => name.startsWith("run-"))).toEqual([]);
    return result;
  }

  const checkOf = ({ checks }: PlatformResult, name: string) => checks.find((check) => check.name === name);

  /** The check that fails of the one service that is asked for. */
  async function failing(asked: Asked) {
    const result = await verify(asked);
    expect(result.status).toBe("failed");
    return checkOf(result, asked.services![0]!.name)!;
  }

  it("starts, asks, measures and stops services side by side on the same port", async () => {
    const services = ["one", "two", "three"].map((name) => ({ name, args: ["good"], http }));
    const result = await verify({ services });
    expect(result.status).toBe("passed");
    for (const { name } of services) {
      const check = checkOf(result, name)!;
      expect(check).toMatchObject({ ok: true, exitCode: 0 });
      expect(check.startMs).toBeGreaterThan(0);
      expect(check.stopMs).toBeLessThan(1_000);
      expect(check.memory).toBeGreaterThan(1_000_000);
      expect(check.memory).toBeLessThan(200_000_000);
    }
  });

  it("measures the time until it answers", async () => {
    const result = await verify({ services: [{ name: "slow", args: ["slow"], http }] });
    expect(checkOf(result, "slow")?.startMs).toBeGreaterThanOrEqual(1_000);
  });

  it("shows exit code and last lines of a service that ends early, at once", async () => {
    const before = performance.now();
    const check = await failing({
      services: [{ name: "early", args: ["early"], http, healthyWithin: 30_000 }],
    });
    expect(check.problem).toBe("ended with exit code 7 before it was healthy");
    expect(check.output).toEqual(["one", "two", "no database"]);
    expect(performance.now() - before).toBeLessThan(10_000);
  });

  it("shows the last lines of a service that never answers", async () => {
    const check = await failing({ services: [{ name: "deaf", args: ["deaf"], http, healthyWithin: 600 }] });
    expect(check.problem).toBe("GET /health on port 8000: no answer within 600 ms, expected status 200");
    expect(check.output).toEqual(["waiting for the database"]);
  });

  it("tells a wrong status from no answer", async () => {
    const check = await failing({ services: [{ name: "sick", args: ["sick"], http, healthyWithin: 1_500 }] });
    expect(check.problem).toMatch(/status 503 within 1500 ms, expected status 200/);
    const result = await verify({
      services: [{ name: "sick", args: ["sick"], http: { ...http, status: 503 } }],
    });
    expect(result.status).toBe("passed");
  });

  it("looks into the body where something is expected there", async () => {
    const saying = (body: string) => ({
      services: [{ name: "good", args: ["good"], http: { ...http, body }, healthyWithin: 1_500 }],
    });
    expect((await verify(saying("ok"))).status).toBe("passed");
    expect((await failing(saying("well"))).problem).toBe(
      'GET /health on port 8000: body "ok" within 1500 ms, expected status 200 and "well" in the body',
    );
  });

  it("refuses a service that does not stop, and one that falls over when it is told to", async () => {
    const stays = await failing({ services: [{ name: "stays", args: ["stays"], http, stopsWithin: 300 }] });
    expect(stays.problem).toMatch(/still running 300 ms after SIGTERM/);
    const falls = await failing({ services: [{ name: "falls", args: ["falls"], http }] });
    expect(falls.problem).toBe("ended with exit code 1 on SIGTERM, expected 0 or 143");
    expect(falls).toMatchObject({ exitCode: 1, output: expect.arrayContaining(["lost it"]) });
  });

  it("stops with the STOPSIGNAL of the image", async () => {
    const service = { name: "quit", args: ["quit"], http, stopsWithin: 500 };
    expect((await verify({ services: [service], config: { StopSignal: "3" } })).status).toBe("passed");
    expect((await failing({ services: [service] })).problem).toMatch(/after SIGTERM/);
  });

  it("accepts a service that ends well without anything to ask, and measures nothing", async () => {
    const result = await verify({
      services: [
        { name: "done", args: ["done"] },
        { name: "up", args: ["good"] },
      ],
    });
    expect(result.status).toBe("passed");
    expect(checkOf(result, "up")).not.toHaveProperty("startMs");
    expect((await failing({ services: [{ name: "early", args: ["early"] }] })).problem).toMatch(/stay up/);
  });

  it("says what a shell would where the program is not there", async () => {
    const check = await failing({ services: [{ name: "x", http }], config: { Entrypoint: ["/nonesuch"] } });
    expect(check.problem).toBe("ended with exit code 127 before it was healthy");
  });

  it("sees a process that is root although the config names another user", async () => {
    const passwd = "admin:x:0:0::/:/bin/sh\n";
    const layer = await putLayer(layout, smallRoot({ "service.pl": SERVICE, "etc/passwd": passwd }));
    const service = { name: "web", args: ["good"], http };
    const result = await verify({ services: [service], layer, config: { User: "admin" } });
    expect(checkOf(result, "does not run as root")?.ok).toBe(true);
    expect(checkOf(result, "web")?.problem).toMatch(/running as root/);
    expect(
      (await verify({ services: [service], layer, allowRoot: true, config: { User: "admin" } })).status,
    ).toBe("passed");
  });

  it("knows a start that must be refused from one that is not", async () => {
    const reject = (args: readonly string[], exitCode = 1): RejectCheck => ({
      name: "refuses",
      args,
      exitCode,
    });
    expect((await verify({ rejects: [reject(["unknown"])] })).status).toBe("passed");
    const result = await verify({ rejects: [reject(["early"])] });
    expect(checkOf(result, "refuses")).toMatchObject({
      ok: false,
      problem: "found exit code 7, expected exit code 1",
      output: ["one", "two", "no database"],
    });
  });

  it("checks the config alone where nothing can execute", async () => {
    const result = await verify({ services: [{ name: "web", http }], cannotRun: "no emulator" });
    expect(result).toMatchObject({ status: "not-run", reason: "no emulator" });
    expect(result.checks.map(({ name }) => name)).not.toContain("web");
    const refused = await verify({ cannotRun: "no emulator", config: { User: "root" } });
    expect(refused.status).toBe("failed");
  });

  it("stops everything when it is cancelled", async () => {
    const stop = new AbortController();
    const asked = {
      services: [{ name: "deaf", args: ["deaf"], http, healthyWithin: 60_000 }],
      signal: stop.signal,
    };
    setTimeout(() => stop.abort(), 1_000);
    await expect(verify(asked)).rejects.toMatchObject({ name: "AbortError" });
    expect(readdirSync(join(dir, "run")).filter((name) => name.startsWith("run-"))).toEqual([]);
  });

  describe("with a HEALTHCHECK in the image", () => {
    const withHealth = (...test: readonly string[]): RunConfig => ({
      Env: ["PATH=/usr/bin:/bin", "WORD=from-env"],
      Healthcheck: { Test: test, Timeout: 300_000_000 },
    });
    const service = { name: "web", args: ["good"], http, healthyWithin: 1_500 };

    it("asks it as the container's user with the image's environment", async () => {
      const ask = 'exit ($> == 65532 && $ENV{WORD} eq "from-env" && -e "/service.pl" ? 0 : 1)';
      const result = await verify({ services: [service], config: withHealth("CMD", "perl", "-e", ask) });
      expect(checkOf(result, "web")).toMatchObject({ ok: true });
    });

    it("runs the shell form in a shell", async () => {
      const config = withHealth("CMD-SHELL", "test -e /service.pl && test $WORD = from-env || exit 1");
      expect((await verify({ services: [service], config })).status).toBe("passed");
    });

    it("is not healthy until it passes, although it answers", async () => {
      const config = withHealth("CMD-SHELL", "echo table missing; exit 4");
      const check = await failing({ services: [service], config });
      expect(check.problem).toBe(
        "HEALTHCHECK /bin/sh -c echo table missing; exit 4: exit code 4 within 1500 ms, expected exit code 0",
      );
      expect(check.output?.at(-1)).toBe("table missing");
    });

    it("is not healthy where it takes longer than its own time limit", async () => {
      const check = await failing({ services: [service], config: withHealth("CMD", "sleep", "30") });
      expect(check.problem).toMatch(/no result after 300 ms/);
    });

    it("says that its program is not there", async () => {
      const check = await failing({
        services: [service],
        config: withHealth("CMD", "curl", "-f", "http://x"),
      });
      expect(check.problem).toMatch(/^HEALTHCHECK curl -f http:\/\/x: exit code 127/);
    });

    it("decides alone where no HTTP check is given, and its time is measured", async () => {
      const ask = 'use IO::Socket::INET; exit(IO::Socket::INET->new("127.0.0.1:8000") ? 0 : 1)';
      const config = withHealth("CMD", "perl", "-e", ask);
      const { http: _, ...quiet } = service;
      const result = await verify({ services: [{ ...quiet, args: ["slow"], healthyWithin: 5_000 }], config });
      expect(checkOf(result, "web")?.startMs).toBeGreaterThanOrEqual(1_000);
    });

    it("is left alone where it says NONE", async () => {
      expect((await verify({ services: [service], config: withHealth("NONE") })).status).toBe("passed");
    });

    it("tells the end of a service that dies while it is asked", async () => {
      const config = withHealth("CMD", "sleep", "20");
      const { http: _, ...quiet } = service;
      const dying = { ...quiet, args: ["early"], healthyWithin: 5_000 };
      expect((await failing({ services: [dying], config })).problem).toBe(
        "ended with exit code 7 before it was healthy",
      );
    });
  });
});
