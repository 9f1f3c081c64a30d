import { spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Layout, digestOf, openLayout } from "@seaworthy/oci";
import { smallRoot } from "../../release/test/rootfs.ts";
import { type StoredLayer, putImage, putIndex, putLayer } from "../../release/test/stored-image.ts";
import { localPlace } from "../src/local/place.ts";
import type { LocalSettings } from "../src/local/settings.ts";
import { localTarget } from "../src/local/target.ts";
import type { TargetRig } from "../src/target.contract.ts";
import type { DeployedImage } from "../src/target.ts";

/** Says what it is to whoever asks: `VERSION` of the image. `/end` ends it, `/hosts` shows whom it knows. */
const SERVER = String.raw`
use strict; use IO::Socket::INET; $| = 1;
my $version = $ENV{VERSION};
if ($version eq "crashing") { print "no database\n"; exit 3; }
$SIG{TERM} = sub { exit 0 };
my $server = IO::Socket::INET->new(LocalAddr => $ENV{HOST}, LocalPort => $ENV{PORT}, Listen => 50, ReuseAddr => 1) or die "listen: $!";
print "version $version is up\n";
while (1) {
  my $client = $server->accept or next;
  my $first = <$client> // "";
  while (my $line = <$client>) { last if $line =~ /^\r?\n$/ }
  exit 4 if $first =~ m{ /end };
  my $text = $version;
  if ($first =~ m{ /hosts }) { open(my $file, "<", "/etc/hosts"); local $/; $text = <$file>; }
  print $client "HTTP/1.1 200 OK\r\ncontent-length: " . length($text) . "\r\nconnection: close\r\n\r\n$text"; close $client;
}
`;

const NAME = "127.0.0.1:5000/acme/web";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function putVersion(store: Layout, layer: StoredLayer, version: string): Promise<DeployedImage> {
  const config = { Entrypoint: ["/usr/bin/perl", "/server.pl"], Env: [`VERSION=${version}`] };
  const index = await putIndex(store, [await putImage(store, { layer, config })]);
  await store.repository("acme/web").tag(index, version);
  return { name: NAME, digest: index.digest, version };
}

/** A local target with a supervisor of its own. */
export interface LocalRig extends TargetRig {
  readonly port: number;
  readonly folder: string;
  /** Processes of its containers. */
  processes(): readonly string[];
  /** How many supervisors run. */
  supervisors(): number;
  /** Kills the supervisor. */
  kill(): Promise<void>;
}

export async function openLocalRig(): Promise<LocalRig> {
  const top = mkdtempSync(join(tmpdir(), "seaworthy-"));
  const store = await openLayout(join(top, "store"));
  const layer = await putLayer(store, smallRoot({ "server.pl": SERVER }));
  const [folder, sockets] = [join(top, "local"), join(top, "s")];
  const place = localPlace(folder, sockets);
  const publish = await freePort();
  const service = (name: string) => ({
    name,
    port: 8000,
    network: "port" as const,
    http: { path: "/health", status: 200 },
    healthyWithin: 10_000,
    stopsWithin: 2_000,
  });
  const settings: LocalSettings = {
    services: [{ ...service("web"), publish }, service("worker")],
    hold: 100,
  };
  const children = new Set<ReturnType<typeof spawn>>();
  const start = (): Promise<void> => {
    const program = fileURLToPath(new URL("supervisor.ts", import.meta.url));
    const log = openSync(join(top, "supervisor.log"), "a");
    const child = spawn(
      process.execPath,
      [program, folder, sockets, join(top, "store"), join(top, "cache")],
      {
        stdio: ["ignore", log, log],
      },
    );
    children.add(child);
    child.once("exit", () => children.delete(child));
    return Promise.resolve();
  };
  const repository = store.repository("acme/web");
  return {
    port: publish,
    folder,
    processes: () => processesIn(top),
    supervisors: () => children.size,
    async kill() {
      for (const child of children) {
        const gone = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGKILL");
        await gone;
      }
    },
    open: () =>
      localTarget(settings, { place, store: () => Promise.resolve(store), repository, spawn: start }),
    images: {
      one: await putVersion(store, layer, "one"),
      two: await putVersion(store, layer, "two"),
      crashing: await putVersion(store, layer, "crashing"),
      missing: { name: NAME, digest: digestOf(Buffer.from("nobody")), version: "missing" },
    },
    serving: async () => {
      const answer = await fetch(`http://127.0.0.1:${publish}/`).catch(() => undefined);
      return answer?.status === 200 ? answer.text() : undefined;
    },
    // Everything is in the store.
    cutOff: () => Promise.resolve(),
    async [Symbol.asyncDispose]() {
      for (const child of children) {
        const gone = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGTERM");
        await gone;
      }
      rmSync(top, { recursive: true, force: true });
    },
  };
}

/** Those that a container of this rig holds: what ran before it is not ours. */
function processesIn(top: string): readonly string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`${top}/cache/run/`);
    } catch {
      return false;
    }
  });
}
