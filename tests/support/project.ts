import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder of a test with a cache of its own; gone when disposed. */
export interface Project extends Disposable {
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
  write(path: string, text: string): void;
  /** Everything so far as one commit on `main`. */
  commit(): void;
}

export function makeProject(files: Readonly<Record<string, string>> = {}): Project {
  const top = mkdtempSync(join(tmpdir(), "seaworthy-story-"));
  const dir = join(top, "project");
  mkdirSync(dir);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  const git = (...args: readonly string[]): void => {
    const identity = [
      "-c",
      "user.name=Test",
      "-c",
      "user.email=test@example.org",
      "-c",
      "init.defaultBranch=main",
    ];
    execFileSync("git", ["-C", dir, ...identity, ...args], { stdio: "ignore" });
  };
  return {
    dir,
    env: { XDG_CACHE_HOME: join(top, "cache") },
    write,
    commit() {
      write(".gitignore", ".seaworthy/\n");
      git("init", "-q");
      git("add", "-A");
      git("commit", "-q", "-m", "first");
    },
    [Symbol.dispose]: () => rmSync(top, { recursive: true, force: true }),
  };
}

/**
 * A root file system with a shell and Perl, which every Debian has: enough to run steps and to serve HTTP, without any
 * registry. Copied from this machine into `target`.
 */
export function copySmallRoot(target: string): void {
  for (const program of ["/bin/sh", "/usr/bin/perl", "/bin/sleep", "/bin/cat", "/bin/ls", "/bin/mkdir"]) {
    const real = realpathSync(program);
    copy(real, join(target, program));
    for (const library of librariesOf(real)) copy(library, join(target, library));
  }
  const modules = "/usr/lib/x86_64-linux-gnu/perl-base";
  cpSync(realpathSync(modules), join(target, modules), { recursive: true, dereference: true });
  mkdirSync(join(target, "tmp"), { recursive: true });
  writeFileSync(join(target, "tmp/.keep"), "");
  asGitKeepsThem(target);
}

/** Git knows one bit of a mode; with this a clone is the same as what was committed. */
function asGitKeepsThem(top: string): void {
  for (const entry of readdirSync(top, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    chmodSync(file, (statSync(file).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(realpathSync(from), to, { dereference: true });
}

function librariesOf(program: string): readonly string[] {
  const text = execFileSync("ldd", [program], { encoding: "utf8" });
  return [...text.matchAll(/(\/[^\s]+)\s+\(0x/g)].map(([, path]) => path!);
}

/** `GET /health` answers 200; SIGTERM ends it; `bad` never answers; anything else is refused. */
export const SERVER = String.raw`
use strict; use IO::Socket::INET; $| = 1;
my $service = shift // "web";
if ($service eq "bad") { print "starting up\ncannot reach the database\n"; sleep 60; }
if ($service ne "web") { print STDERR "unknown service $service, expected web\n"; exit 1; }
$SIG{TERM} = sub { exit 0 };
my $server = IO::Socket::INET->new(LocalAddr => "0.0.0.0", LocalPort => 8000, Listen => 5, ReuseAddr => 1) or die "listen: $!";
while (my $client = $server->accept) {
  while (my $line = <$client>) { last if $line =~ /^\r?\n$/ }
  print $client "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"; close $client;
}
`;

export const DOCKERFILE = `FROM scratch AS build
COPY root/ /
RUN echo built > /built.txt
FROM scratch
COPY root/ /
COPY --from=build /built.txt /
COPY server.pl /
USER 65532:65532
EXPOSE 8000
ENTRYPOINT ["/usr/bin/perl", "/server.pl"]
`;
