import type { Source } from "../../packages/builder/test/workbench.ts";

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
}

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
  { name: "an empty image", dockerfile: "FROM scratch\nLABEL a=b" },
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
RUN echo "$A [$GIVEN] [$GLOBAL]" > /seen-later
ENV X=$GLOBAL Y=$GIVEN`,
    args: { GIVEN: "given", LATE: "late" },
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
VOLUME /data ["/more", "/and more"]
VOLUME /one /two
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
    files: { ...TREE, "outside": { link: "/etc/passwd" }, "dirlink": { link: "src/deep" }, "up": { link: "../../../etc/passwd" } },
    dockerfile: `FROM shell
COPY src/link /file
COPY dirlink /dir
COPY dirlink/c.txt /through
COPY src/l* /star/
COPY . /all/`,
  },
  {
    name: "COPY through links of the image",
    files: { ...TREE, "tool": { text: "#!/bin/sh\n", mode: 0o755 } },
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
    name: "COPY of a dangling destination folder",
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
    files: { "d/": { text: "", mode: 0o700 }, "d/x": "x", "d/sub/": { text: "", mode: 0o700 }, "d/sub/y": "y" },
    dockerfile: `FROM shell
RUN mkdir -p /there/sub && chmod 711 /there /there/sub
COPY d /there
COPY d /new
COPY d /new/deep/er`,
  },
  { name: "COPY of a file over a folder", files: TREE, dockerfile: "FROM shell\nRUN mkdir /x\nCOPY src /y\nCOPY . /y\nRUN mkdir /y/one.txtx", },
  { name: "COPY of a folder over a file", files: TREE, dockerfile: "FROM shell\nRUN touch /f\nCOPY src /f", fails: true },
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
  { name: "COPY of several to something that is no folder", files: TREE, dockerfile: "FROM shell\nCOPY one.txt two.txt /x", fails: true },
  {
    name: "COPY of a pattern of several to something that is no folder",
    files: TREE,
    dockerfile: "FROM shell\nCOPY *.txt /x",
  },
  { name: "COPY of what is not there", files: TREE, dockerfile: "FROM shell\nCOPY nothing /", fails: true },
  { name: "COPY of a pattern that nothing matches", files: TREE, dockerfile: "FROM shell\nCOPY *.nothing /x/", fails: true },
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
  },
  {
    name: "COPY --chown of a name that is not there",
    files: TREE,
    dockerfile: "FROM shell\nCOPY --chown=nobody one.txt /",
    fails: true,
  },
  {
    name: "COPY --link",
    files: TREE,
    dockerfile: `FROM shell
COPY --link one.txt /linked/file
COPY --link src /linked/dir
COPY --link --chown=5:6 two.txt /linked/`,
  },
  {
    name: "COPY of heredocs",
    dockerfile: `FROM shell
ARG WHO=world
COPY <<EOF /hello
hello \$WHO
