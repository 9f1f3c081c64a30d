import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type Outcome, seaworthy } from "./cli.ts";
import { type Project, copySmallRoot, makeProject } from "./project.ts";

/**
 * Answers with what `/version` says. One whose version begins with `bad` is well until it is deployed: then it ends, for
 * want of a database.
 */
const SERVER = String.raw`
use strict; use IO::Socket::INET; $| = 1;
open(my $file, "<", "/version") or die; my $version = <$file>; chomp $version;
if ($ENV{DEPLOYED} && $version =~ /^bad/) { print "cannot reach the database\n"; exit 3; }
$SIG{TERM} = sub { exit 0 };
my $server = IO::Socket::INET->new(LocalAddr => $ENV{HOST} // "0.0.0.0", LocalPort => $ENV{PORT} // 8000, Listen => 100, ReuseAddr => 1) or die "listen: $!";
print "$version is up\n";
while (1) {
  my $client = $server->accept or next;
  while (my $line = <$client>) { last if $line =~ /^\r?\n$/ }
  select(undef, undef, undef, 0.02);
  print $client "HTTP/1.1 200 OK\r\ncontent-length: " . length($version) . "\r\nconnection: close\r\n\r\n$version"; close $client;
}
`;

const DOCKERFILE = `FROM scratch
COPY root/ /
COPY server.pl version /
USER 65532:65532
ENTRYPOINT ["/usr/bin/perl", "/server.pl"]
`;

const SERVICE = `{ name: "web", http: { port: 8000, path: "/health" }, healthyWithin: "5s" }`;

export interface Deployable extends Disposable {
  readonly project: Project;
  /** Of the local environment, on 127.0.0.1. */
  readonly port: number;
  run(...args: readonly string[]): Promise<Outcome>;
  /** Commits sources of this version. */
  commit(version: string): void;
  /** What answers; undefined where nobody does. */
  serving(): Promise<string | undefined>;
  /** Ends what was deployed. */
  end(): Promise<void>;
}

export interface DeployableOptions {
  /** Further fields of the config, each with a comma at its end. */
  readonly config?: string;
  /** Further environments, each with a comma at its end. */
  readonly environments?: string;
  readonly image?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A repository whose image answers with its version, and `local` to deploy it to. */
export async function makeDeployable(options: DeployableOptions = {}): Promise<Deployable> {
  const { config = "", environments = "", image = "acme/web" } = options;
  const port = await freePort();
  const local = `{ local: { publish: { web: ${port} }, env: { web: { DEPLOYED: "yes" } }, hold: "300ms" } }`;
  const project = makeProject({
    Dockerfile: DOCKERFILE,
    "server.pl": SERVER,
    "seaworthy.config.ts": `export default {
      image: ${JSON.stringify(image)}, ${config}
      verify: { services: [${SERVICE}] },
      environments: { local: ${local}, ${environments} },
    };\n`,
  });
  copySmallRoot(join(project.dir, "root"));
  const env = { ...project.env, CI: "", ...options.env };
  const run = (...args: readonly string[]): Promise<Outcome> => seaworthy(args, { cwd: project.dir, env });
  return {
    project,
    port,
    run,
    commit(version) {
      project.write("version", `${version}\n`);
      project.commit();
    },
    async serving() {
      const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
      return answer?.status === 200 ? answer.text() : undefined;
    },
    end: async () => void (await run("stop", "local")),
    [Symbol.dispose]: () => project[Symbol.dispose](),
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
