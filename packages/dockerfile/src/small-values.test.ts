import { describe, expect, it } from "vitest";
import {
  DockerfileError,
  classifySource,
  exposedPorts,
  parseChmod,
  parseDockerfile,
  parseDuration,
  runProgram,
} from "./index.ts";
import type { ExposeInstruction, RunInstruction } from "./index.ts";

describe("parseDuration", () => {
  it.each([
    ["0", 0],
    ["30s", 30e9],
    ["1m30s", 90e9],
    ["1.5h", 5400e9],
    [".5s", 5e8],
    ["100ms", 1e8],
    ["1h2m3s4ms5us6ns", 3723004005006],
    ["1µs1μs", 2000],
    ["-1s", -1e9],
    ["+2s", 2e9],
  ])("reads %s as %i ns", (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it.each(["", "30", "s", "1 s", "1S", "1d", "1s ", "1.s.", "--1s", "3000h", "1".repeat(1e6)])(
    "refuses %.20j",
    (text) => {
      expect(() => parseDuration(text)).toThrow(DockerfileError);
    },
  );
});

describe("parseChmod", () => {
  const apply = (text: string, mode: number, isDirectory = false): string =>
    parseChmod(text)(mode, isDirectory).toString(8);

  it.each([
    ["755", 0o600, "755"],
    ["0644", 0o777, "644"],
    ["4755", 0o600, "4755"],
    ["u=rwX,go=rX", 0o600, "644"],
    ["u=rwX,go=rX", 0o700, "755"],
    ["+x", 0o644, "755"],
    ["a+x", 0o644, "755"],
    ["-w", 0o666, "444"],
    ["g=u", 0o640, "660"],
    ["o=g-w", 0o660, "664"],
    ["u+x,a=X", 0o644, "0"],
    ["a-X,g+s,+t", 0o644, "3644"],
    ["ug+rw,o-rwx", 0o447, "660"],
    ["=r", 0o777, "444"],
    ["go=", 0o755, "700"],
    ["u+s", 0o755, "4755"],
    ["o+s", 0o755, "755"],
    ["o+t", 0o755, "755"],
  ])("applies %s to %o", (text, mode, expected) => {
    expect(apply(text, mode)).toBe(expected);
  });

  it("gives X to directories", () => {
    expect(apply("a=rX", 0o600, true)).toBe("555");
    expect(apply("a=rX", 0o600, false)).toBe("444");
  });

  it.each(["", "8", "99999", "10000", "u", "u=q", "x", "u=r,", "u=r;g=r", "+x ", `u${"+r".repeat(1e5)}`])(
    "refuses %.20j",
    (text) => {
      expect(() => parseChmod(text)).toThrow(DockerfileError);
    },
  );
});

describe("exposedPorts", () => {
  const ports = (words: string): readonly string[] => {
    const file = parseDockerfile(`FROM scratch\nEXPOSE ${words}\n`);
    return exposedPorts(file.stages[0]!.instructions[0] as ExposeInstruction);
  };

  it.each([
    ["80", ["80/tcp"]],
    ["80/TCP 53/udp 80", ["80/tcp", "53/udp"]],
    ["8000-8002/sctp", ["8000/sctp", "8001/sctp", "8002/sctp"]],
    ["127.0.0.1:8080:80 [::1]:90:90/udp", ["80/tcp", "90/udp"]],
    ["80/", ["80/tcp"]],
    ["0", ["0/tcp"]],
  ])("names for %s %j", (words, expected) => {
    expect(ports(words)).toEqual(expected);
  });

  it.each(["http", "-1", "80-", "90-80", "65536", "1-65536", "80/icmp", "80:", "080808"])(
    "refuses %s",
    (words) => {
      expect(() => ports(words)).toThrow(DockerfileError);
    },
  );
});

describe("classifySource", () => {
  it.each([
    ["a/b.git", { type: "local", path: "a/b.git" }],
    ["./https://x", { type: "local", path: "./https://x" }],
    ["github.com/a/b", { type: "local", path: "github.com/a/b" }],
    ["ftp://example.com/a", { type: "local", path: "ftp://example.com/a" }],
    ["https://example.com/a/b%20c.tgz?x=1#y", { type: "http", fileName: "b c.tgz" }],
    ["http://example.com/a/", { type: "http", fileName: "a" }],
    ["https://example.com/", { type: "http", fileName: undefined }],
    ["https://example.com", { type: "http", fileName: undefined }],
    ["https://example.com/..%2fetc%2fpasswd", { type: "http", fileName: undefined }],
    ["https://example.com/a/..", { type: "http", fileName: undefined }],
    ["https://example.com/a/b.git", { type: "git", remote: "https://example.com/a/b.git", ref: undefined }],
    [
      "https://example.com/b.git#v1:sub/../dir",
      { remote: "https://example.com/b.git", ref: "v1", subdir: "dir" },
    ],
    ["https://example.com/b.git#:../../etc", { subdir: "etc" }],
    ["git://example.com/b#main", { remote: "git://example.com/b", ref: "main" }],
    ["ssh://git@example.com:22/a/b", { remote: "ssh://git@example.com:22/a/b" }],
    ["git@example.com:a/b.git#v2", { type: "git", remote: "git@example.com:a/b.git", ref: "v2" }],
    [
      "https://example.com/b.git?tag=v1&commit=abc&keep-git-dir&submodules=false&subdir=x",
      { ref: "refs/tags/v1", commit: "abc", keepGitDir: true, submodules: false, subdir: "x" },
    ],
    ["https://example.com/b.git?branch=refs/heads/a", { ref: "refs/heads/a" }],
  ])("reads %s", (source, expected) => {
    expect(classifySource(source)).toMatchObject(expected);
  });

  it.each([
    "https://example.com/b.git?brnach=a",
    "https://example.com/b.git?tag=a&branch=b",
    "https://example.com/b.git?ref=a#b",
    "https://example.com/b.git?ref=a&ref=b",
    "https://example.com/b.git?submodules=maybe",
  ])("refuses %s", (source) => {
    expect(() => classifySource(source)).toThrow(DockerfileError);
  });
});

describe("runProgram", () => {
  const program = (text: string) => {
    const file = parseDockerfile(`FROM scratch\n${text}\n`);
    return runProgram(file.stages[0]!.instructions[0] as RunInstruction);
  };

  it.each([
    ["RUN echo hi", { type: "shell", script: "echo hi" }],
    ['RUN ["echo", "hi"]', { type: "exec", args: ["echo", "hi"] }],
    ["RUN <<EOF\necho $A\nEOF", { type: "shell", script: "echo $A\n" }],
    ["RUN <<-'EOF'\n\techo $A\n\tEOF", { type: "shell", script: "echo $A\n" }],
    ["RUN <<EOF\nEOF", { type: "shell", script: "" }],
    [
      "RUN <<X\n#!/bin/python\nprint(1)\nX",
      { type: "file", name: "X", content: "#!/bin/python\nprint(1)\n" },
    ],
    ["RUN <<../x\n#!/bin/sh\n../x", { type: "file", name: "x" }],
    ["RUN cat <<A <<-B > /x\n1\nA\n\t2\n\tB", { type: "shell", script: "cat <<A <<-B > /x\n1\nA\n\t2\nB" }],
    ["RUN --network=none cat <<A\n1\nA", { type: "shell", script: "cat <<A\n1\nA" }],
  ])("runs %j", (text, expected) => {
    expect(program(text)).toMatchObject(expected);
  });
});
