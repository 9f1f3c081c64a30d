import { spawn } from "node:child_process";
import { mkdtempSync, openSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Layout, digestOf, openLayout } from "@seaworthy/oci";
import { describe } from "vitest";
import { smallRoot } from "../../../release/test/rootfs.ts";
import { type StoredLayer, putImage, putIndex, putLayer } from "../../../release/test/stored-image.ts";
import type { DeployedImage } from "../target.ts";
import { type TargetRig, targetContract } from "../target.contract.ts";
import { localPlace } from "./place.ts";
import type { LocalSettings } from "./settings.ts";
import { localTarget } from "./target.ts";

/** Says what it is to whoever asks; `VERSION` of the image's environment. */
const SERVER = String.raw`
use strict; use IO::Socket::INET; $| = 1;
my $version = $ENV{VERSION};
if ($version eq "crashing") { print "no database\n"; exit 3; }
$SIG{TERM} = sub { exit 0 };
my $server = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $ENV{PORT}, Listen => 50, ReuseAddr => 1) or die "listen: $!";
print "version $version is up\n";
while (1) {
  my $client = $server->accept or next;
  my $first = <$client> // "";
  while (my $line = <$client>) { last if $line =~ /^\r?\n$/ }
  select(undef, undef, undef, 0.3) if $first =~ /slow/;
  print $client "HTTP/1.1 200 OK\r\ncontent-length: " . length($version) . "\r\nconnection: close\r\n\r\n$version"; close $client;
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

async function openRig(): Promise<TargetRig> {
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
    const program = fileURLToPath(new URL("../../test/supervisor.ts", import.meta.url));
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

describe.skipIf(process.getuid?.() !== 0)("local", () => {
  targetContract("local", openRig);
});
