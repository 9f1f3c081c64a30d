import { gzipSync, zstdCompressSync } from "node:zlib";
import { type TarItem, writeTar } from "@seaworthy/oci";
import type { Source } from "./workbench.ts";

/** A build that both engines carry out. */
export interface Case {
  readonly name: string;
  readonly dockerfile: string;
  readonly files?: Readonly<Record<string, Source>>;
  /** Folders beside the context, given as `--build-context NAME=`. */
  readonly contexts?: Readonly<Record<string, Readonly<Record<string, Source>>>>;
  readonly args?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly secret?: string;
  /** Both must refuse it. */
  readonly fails?: boolean;
  /** Where we differ on purpose, and why. */
  readonly differs?: Difference;
}

export interface Difference {
  readonly reason: string;
  /** We refuse what BuildKit accepts. */
  readonly refuses?: boolean;
  /** What our image has at these paths, where BuildKit's has something else. */
  readonly tree?: Readonly<Record<string, string>>;
}

/** An archive as `tar` would make it of these. */
async function archive(...items: readonly TarItem[]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeTar(items)) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}

function member(path: string, type: TarItem["entry"]["type"], more: Partial<TarItem["entry"]> = {}): TarItem {
  const mode = type === "directory" ? 0o750 : 0o640;
  return { entry: { path, type, mode, uid: 7, gid: 8, mtime: 1, size: 0, ...more }, content: [] };
}

const TAR = await archive(
  member(".", "directory", { mode: 0o711 }),
  member("d", "directory"),
  { ...member("d/f", "file", { size: 3 }), content: [Buffer.from("abc")] },
  member("d/hard", "hardlink", { linkname: "d/f" }),
  member("d/link", "symlink", { linkname: "f", mode: 0o777 }),
);

const TREE = {
  "src/a.txt": "a",
  "src/b.md": "b",
  "src/deep/c.txt": "c",
  "src/deep/run.sh": { text: "#!/bin/sh\n", mode: 0o755 },
  "src/link": { link: "a.txt" },
  "one.txt": "1",
  "two.txt": "2",
} satisfies Record<string, Source>;

export const CASES: readonly Case[] = [
  { name: "an empty image", dockerfile: "FROM scratch\nLABEL a=b\nCOPY <<a /\na\n" },
  {
    name: "ENV, ARG and their scopes",
    dockerfile: `ARG GLOBAL=global
ARG UNUSED=unused
FROM shell AS one
ARG GLOBAL
ARG GIVEN=default
ARG LATE
ENV A=1 B="two words" C=$GIVEN
ENV B=changed D=\${A}-\${GLOBAL}-\${UNUSED:-none} E=\${LATE:+set}
ARG A=shadowed
RUN echo "$A $GIVEN $GLOBAL $UNUSED" > /seen
FROM one
ARG GIVEN
RUN echo "$A [$GIVEN] [$GLOBAL] [$LATE]" > /seen-later
ARG SECOND=arg
ENV SECOND=env
ENV THIRD=env
ARG THIRD=arg
ARG THIRD
LABEL second=$SECOND third=$THIRD
RUN echo $SECOND $THIRD > /seen-last
ENV X=$GLOBAL Y=$GIVEN`,
    args: { GIVEN: "given", LATE: "late" },
  },
  {
    name: "ARG twice, with and without a default",
    dockerfile: `ARG V=global
FROM shell
ARG V=stage
RUN echo $V > /one
ARG V
RUN echo $V > /two
ARG W=1
ARG W
ARG X=$W Y=\${X}2
RUN echo $W $X $Y > /three`,
  },
  {
    name: "ARG in FROM",
    dockerfile: `ARG WHICH=one
FROM shell AS one
RUN echo 1 > /x
FROM shell AS two
RUN echo 2 > /x
FROM \${WHICH:-none} AS three
ARG WHICH
RUN echo $WHICH >> /x
FROM three`,
    args: { WHICH: "two" },
  },
  {
    name: "ARG of the platform",
    dockerfile: `FROM shell
ARG TARGETARCH
ARG BUILDPLATFORM
ARG TARGETOS=other
RUN echo "$TARGETARCH $BUILDPLATFORM $TARGETOS [$TARGETVARIANT]" > /seen`,
  },
  {
    name: "proxy arguments without ARG",
    dockerfile: "FROM shell\nRUN echo $HTTP_PROXY $no_proxy > /seen",
    args: { HTTP_PROXY: "http://proxy.example:1", no_proxy: "example.org" },
  },
  {
    name: "every instruction of the config",
    dockerfile: `FROM shell
LABEL one=1 "two words"="x y"
LABEL one=again
MAINTAINER somebody
EXPOSE 80 443/udp 8000-8002
VOLUME /data /more
VOLUME /one /two
VOLUME ["/three"]
USER 1000:1000
STOPSIGNAL SIGINT
HEALTHCHECK --interval=5s --timeout=2s --start-period=1m --start-interval=3s --retries=4 CMD true && true
ENTRYPOINT ["/entry", "x"]
CMD ["a", "b"]
ONBUILD RUN echo triggered`,
    labels: { given: "by flag", one: "flag" },
  },
  {
    name: "shell forms",
    dockerfile: `FROM shell
CMD echo $HOME
ENTRYPOINT exec top -b
HEALTHCHECK NONE`,
  },
  {
    name: "SHELL changes what follows",
    dockerfile: `FROM shell
SHELL ["/bin/dash", "-e", "-c"]
RUN false || true; echo $0 > /seen
CMD echo hi`,
  },
  {
    name: "a new ENTRYPOINT drops the CMD of the base",
    dockerfile: `FROM shell AS one
CMD ["from", "base"]
ENTRYPOINT ["one"]
FROM one
ENTRYPOINT ["two"]`,
  },
  {
    name: "a CMD before ENTRYPOINT in one stage stays",
    dockerfile: `FROM shell
CMD ["stays"]
ENTRYPOINT ["two"]`,
  },
  { name: "an empty ENTRYPOINT and CMD", dockerfile: `FROM shell\nCMD ["x"]\nENTRYPOINT []\nCMD []` },
  {
    name: "WORKDIR",
    dockerfile: `FROM shell
WORKDIR /new/deep
WORKDIR relative
RUN pwd > pwd
WORKDIR /bin/below
WORKDIR ..
WORKDIR $HOME/x`,
  },
  {
    name: "WORKDIR after USER",
    dockerfile: `FROM shell
USER 1000:2000
WORKDIR /mine/deep
RUN id -u > id
USER user
WORKDIR /by/name`,
  },
  { name: "WORKDIR over a file", dockerfile: "FROM shell\nRUN touch /f\nWORKDIR /f", fails: true },
  { name: "WORKDIR in an image of nothing", dockerfile: "FROM scratch\nWORKDIR /a/b\nWORKDIR c" },
  {
    name: "COPY of files and folders",
    files: TREE,
    dockerfile: `FROM shell
COPY one.txt /named
COPY one.txt two.txt /dir/
COPY src /whole
COPY src/ /slash/
COPY src/. /dot/
COPY one.txt .
COPY ["one.txt", "/spa ce/"]
WORKDIR /work
COPY src/deep deep
COPY two.txt ./
COPY . /all/`,
  },
  {
    name: "COPY of patterns",
    files: { ...TREE, "src/[x].txt": "bracket", "src/deep/er/d.txt": "d" },
    dockerfile: `FROM shell
COPY *.txt /top/
COPY src/* /star/
COPY src/?.txt /question/
COPY src/[ab].* /class/
COPY src/d*/c.txt /through/
COPY src/[^ab]* /negated/
COPY tw*.txt /renamed
COPY src/[[]x].txt /bracket/`,
  },
  {
    name: "COPY of links",
    files: {
      ...TREE,
      outside: { link: "/etc/passwd" },
      dirlink: { link: "src/deep" },
      up: { link: "../../../etc/passwd" },
    },
    dockerfile: `FROM shell
COPY src/link /file
COPY dirlink /dir
COPY dirlink/c.txt /through
COPY src/l* /star/
COPY . /all/`,
  },
  {
    name: "COPY through links of the image",
    files: { ...TREE, tool: { text: "#!/bin/sh\n", mode: 0o755 } },
    dockerfile: `FROM shell
RUN ln -s /opt/deep /abs && ln -s opt/deep /rel && ln -s /etc/target /file && ln -s /gone/away /dangling
COPY tool /bin/tool
COPY tool /abs/er/
COPY one.txt /rel/
COPY src /abs
COPY one.txt /file
COPY one.txt /dangling
WORKDIR /abs/work
COPY two.txt up/../two`,
  },
  {
    name: "COPY into a folder that a dangling link names",
    files: TREE,
    dockerfile: `FROM shell
RUN ln -s /gone/away /dangling
COPY one.txt /dangling/`,
  },
  {
    name: "COPY over what is there",
    files: {
      "etc/passwd": "mine",
      "etc/": { text: "", mode: 0o700 },
      "tmp/x": "x",
      "tmp/": { text: "", mode: 0o755 },
      "opt/deep/er/file": { link: "elsewhere" },
    },
    dockerfile: `FROM shell
COPY . /`,
  },
  {
    name: "COPY of a folder into one that is there",
    files: {
      "d/": { text: "", mode: 0o700 },
      "d/x": "x",
      "d/sub/": { text: "", mode: 0o700 },
      "d/sub/y": "y",
    },
    dockerfile: `FROM shell
RUN mkdir -p /there/sub && chmod 711 /there /there/sub
COPY d /there
COPY d /new
COPY d /new/deep/er`,
  },
  {
    name: "COPY of a folder over a file",
    files: TREE,
    dockerfile: "FROM shell\nRUN touch /f\nCOPY src /f",
    fails: true,
  },
  {
    name: "COPY of a file below a file",
    files: TREE,
    dockerfile: "FROM shell\nRUN touch /f\nCOPY one.txt /f/x",
    fails: true,
  },
  {
    name: "COPY of a folder over a link to a folder",
    files: { "root/bin/x": "x" },
    dockerfile: "FROM shell\nCOPY root /",
    fails: true,
  },
  {
    name: "COPY of a file over a folder of its name",
    files: { "root/opt": "file" },
    dockerfile: "FROM shell\nCOPY root /",
    fails: true,
  },
  {
    name: "COPY of several to something that is no folder",
    files: TREE,
    dockerfile: "FROM shell\nCOPY one.txt two.txt /x",
    differs: { refuses: true, reason: "the last one would silently win; the reference asks for a slash" },
  },
  {
    name: "COPY of a pattern of several to something that is no folder",
    files: TREE,
    dockerfile: "FROM shell\nCOPY *.txt /x",
    differs: { refuses: true, reason: "as above" },
  },
  {
    name: "COPY of what is not there",
    files: TREE,
    dockerfile: "FROM shell\nCOPY nothing /",
    fails: true,
  },
  {
    name: "COPY of a pattern that nothing matches",
    files: TREE,
    dockerfile: "FROM shell\nCOPY *.nothing /x/",
    differs: { refuses: true, reason: "an instruction that copies nothing is a mistake in the path" },
  },
  {
    name: "COPY --chown and --chmod",
    files: TREE,
    dockerfile: `FROM shell
COPY --chown=1000 one.txt /a/
COPY --chown=1000:2000 src /b/deep
COPY --chown=user one.txt /c/
COPY --chown=user:extra one.txt /d/
COPY --chown=0:extra one.txt /e/
COPY --chmod=600 one.txt /f/
COPY --chmod=751 src /g
COPY --chown=7:8 --chmod=4755 one.txt two.txt /h/
ARG WHO=12:13
COPY --chown=$WHO one.txt /i/
COPY --chown=1000:1000 src /tmp/`,
    differs: {
      reason: "a directory made on the way keeps 755: with --chmod=600 nobody could enter it",
      tree: { f: "directory 755 0:0" },
    },
  },
  {
    name: "COPY --chown of a name that is not there",
    files: TREE,
    dockerfile: "FROM shell\nCOPY --chown=nobody one.txt /",
    differs: {
      refuses: true,
      reason: "BuildKit takes root for a name it does not find, the reference says the build fails",
    },
  },
  {
    name: "COPY --link",
    files: TREE,
    dockerfile: `FROM shell
COPY --link one.txt /linked/file
COPY --link src /linked/dir
COPY --link --chown=5:6 two.txt /linked/`,
    differs: {
      reason: "a layer that must not depend on those below carries its own parent directories",
      tree: { linked: "directory 755 5:6" },
    },
  },
  {
    name: "COPY of heredocs",
    dockerfile: `FROM shell
ARG WHO=world
COPY <<EOF /hello
hello $WHO
EOF
COPY <<"EOF" /raw
hello $WHO
EOF
COPY <<-one <<two /dir/
\ttabs
\tgone
one
second
two
COPY --chown=1:2 --chmod=755 <<run.sh /bin/
#!/bin/sh
run.sh`,
  },
  {
    name: "COPY between stages",
    files: TREE,
    dockerfile: `FROM shell AS build
RUN mkdir -p /out/sub && echo x > /out/x && ln -s x /out/l && chown -R 1000:1000 /out
RUN chmod 640 /out/x && chmod 1777 /out/sub && ln /out/x /out/hard
FROM scratch AS other
COPY one.txt /
FROM scratch
COPY --from=build /out /out
COPY --from=build /out/x /renamed
COPY --from=0 /out/* /star/
COPY --from=build --chown=3:4 /out/l /followed
COPY --from=other / /root/
COPY --from=build /etc/passwd /etc/group /etc/`,
  },
  {
    name: "COPY of a named context",
    files: TREE,
    contexts: { extra: { "e.txt": "e", ".dockerignore": "skip\n", skip: "no", "sub/f": "f" } },
    dockerfile: `FROM scratch
COPY --from=extra e.txt /
COPY --from=extra . /all/`,
  },
  {
    name: "FROM a named context",
    contexts: { extra: { "e.txt": "e", "sub/f": "f" } },
    dockerfile: "FROM extra\nCOPY --from=extra e.txt /again",
  },
  {
    name: "a stage replaced by a named context",
    contexts: { build: { "e.txt": "e" } },
    dockerfile: `FROM shell AS build
RUN exit 1
FROM scratch
COPY --from=build e.txt /`,
  },
  {
    name: ".dockerignore with exceptions",
    files: {
      ...TREE,
      ".dockerignore": "# comment\n**/*.md\nsrc/deep\n!src/deep/run.sh\n/two.txt\nnode_modules\n",
      "node_modules/x/y": "y",
      "src/node_modules/x": "x",
    },
    dockerfile: "FROM scratch\nCOPY . /all/\nCOPY src /src/",
  },
  {
    name: ".dockerignore that takes all but some",
    files: { ...TREE, ".dockerignore": "*\n!src/deep/*.txt\n!one.txt\n" },
    dockerfile: "FROM scratch\nCOPY . /",
  },
  {
    name: "COPY of what is ignored",
    files: { ...TREE, ".dockerignore": "src\n" },
    dockerfile: "FROM scratch\nCOPY src /",
    fails: true,
  },
  {
    name: "ADD of files",
    files: TREE,
    dockerfile: "FROM shell\nADD one.txt src /add/\nADD --chown=1:2 --chmod=700 two.txt /x/y",
    differs: {
      reason: "a directory made on the way keeps 755, whatever --chmod says",
      tree: { x: "directory 755 1:2" },
    },
  },
  {
    name: "ADD of archives",
    files: {
      ...TREE,
      "a.tar": TAR,
      "misnamed.txt": gzipSync(TAR),
      "b.tar.zst": zstdCompressSync(TAR),
      "only.gz": gzipSync("text"),
      "not.tar": "text",
    },
    dockerfile: `FROM shell
ADD a.tar /tar
ADD misnamed.txt /gzip/
ADD b.tar.zst /zstd/deep
ADD only.gz not.tar /plain/
ADD one.txt a.tar src /mixed/
ADD --chown=1:2 a.tar /chown/
ADD --chmod=777 a.tar /chmod/
ADD --chown=user a.tar /chown/
WORKDIR /work
ADD a.tar .
ADD a.tar /opt
COPY a.tar /copied/`,
  },
  {
    name: "ADD of an archive to the root",
    files: { "a.tar": TAR },
    dockerfile: "FROM scratch\nADD a.tar /",
  },
  {
    name: "COPY --exclude",
    files: TREE,
    dockerfile: `FROM scratch
COPY --exclude=*.txt . /one/
COPY --exclude=deep --exclude=*.md src /two
COPY --exclude=**/*.txt --exclude=!src/a.txt . /three/
COPY --exclude=src/deep . /four/
COPY --exclude=one.txt one.txt two.txt /five/
COPY --exclude=*.txt *.* s* /six/
COPY --exclude=one.txt *.txt /seven/`,
  },
  {
    name: "COPY of two stars",
    files: { ...TREE, "src/deep/er/d.txt": "d" },
    dockerfile: "FROM scratch\nCOPY src/** /one/\nCOPY src/**/c.txt /two/",
  },
  {
    name: "COPY of a folder that has the same file twice",
    dockerfile: `FROM shell AS build
RUN mkdir -p /a/b && echo x > /a/b/x && ln /a/b/x /a/y && ln /a/y /outside
FROM scratch
COPY --from=build /a /a
COPY --from=build /outside /a/y /both/`,
  },
  {
    name: "RUN in every form",
    dockerfile: `FROM shell
RUN echo shell > /a
RUN ["/bin/sh", "-c", "echo exec > /b"]
RUN <<EOF
echo one > /c
echo $0 > /d
EOF
RUN cat <<EOF > /e
in the shell $HOME
EOF
RUN echo 'a \\
b' > /f
RUN <<-"EOF"
\t#!/bin/sh -e
\techo script > /g
EOF`,
  },
  {
    name: "RUN as users",
    dockerfile: `FROM shell
RUN echo $HOME > /home-root && id > /id-root
USER user
RUN echo $HOME > /tmp/home && id > /tmp/id
USER 1000
RUN id > /tmp/id-number
USER 4242:4343
RUN id > /tmp/id-unknown; echo $HOME >> /tmp/id-unknown
USER user:extra
RUN id > /tmp/id-group
USER 0
RUN umask > /umask; touch /made`,
  },
  {
    name: "RUN that deletes, replaces and moves",
    files: TREE,
    dockerfile: `FROM shell
COPY src /src
RUN rm /src/a.txt && rm -r /src/deep && mkdir /src/deep && touch /src/deep/new
RUN rm -r /opt && ln -s tmp /opt
RUN mv /src /moved && chmod 700 /moved && chown 9:9 /moved/b.md
RUN ln /moved/b.md /moved/hard && chmod 2755 /tmp`,
  },
  {
    name: "RUN --mount",
    files: TREE,
    secret: "hush",
    dockerfile: `FROM shell AS tools
RUN echo tool > /tool
FROM shell
RUN --mount=type=bind,target=/mnt/ctx cat /mnt/ctx/src/a.txt /mnt/ctx/one.txt > /ctx
RUN --mount=type=bind,source=src,target=/mnt/src ls /mnt/src > /src-list
RUN --mount=type=bind,source=one.txt,target=/mnt/one cat /mnt/one > /one
RUN --mount=type=bind,from=tools,source=/tool,target=/mnt/tool cat /mnt/tool > /tool
RUN --mount=type=bind,target=/rw,rw touch /rw/new && ls /rw > /rw-list
RUN --mount=type=bind,target=/ro touch /ro/new || echo refused > /ro-refused
RUN --mount=type=tmpfs,target=/mnt/t touch /mnt/t/x && ls /mnt/t > /t-list
RUN --mount=type=secret,id=one cat /run/secrets/one > /seen && stat -c '%a %u %g' /run/secrets/one > /stat-1
RUN --mount=type=secret,id=one,target=/etc/hush,mode=0444,uid=5,gid=6 stat -c '%a %u %g' /etc/hush > /stat-2
RUN --mount=type=secret,id=one,env=HUSH echo $HUSH > /hush-env
RUN --mount=type=secret,id=none ls /run/secrets/none || echo done > /no-secret
RUN --mount=type=cache,target=/mnt/cache,mode=0770,uid=3,gid=4 stat -c '%a %u %g' /mnt/cache > /cache-stat
RUN rm -rf /mnt /rw /ro /run /etc/hush`,
    differs: {
      reason: "the mode of a cache mount is the one asked for; BuildKit takes a umask off it",
      tree: { "cache-stat": 'file 644 0:0 "770 3 4\\n"' },
    },
  },
  {
    name: "RUN without a network",
    dockerfile: "FROM shell\nRUN --network=none grep -o lo: /proc/net/dev > /seen",
  },
  {
    name: "ONBUILD of a stage",
    files: TREE,
    dockerfile: `FROM shell AS base
ONBUILD COPY one.txt /triggered/
ONBUILD RUN echo ran > /ran
ONBUILD ENV T=1
FROM base
RUN cat /ran /triggered/one.txt > /after`,
  },
  {
    name: "a target stage",
    dockerfile: `FROM shell AS one
RUN echo one > /one
FROM one AS two
RUN exit 1`,
    target: "one",
  },
  { name: "a RUN that fails", dockerfile: "FROM shell\nRUN exit 3", fails: true },
  { name: "a USER that is not there", dockerfile: "FROM shell\nUSER nobody\nRUN true", fails: true },
];
