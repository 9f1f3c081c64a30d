import { describe, expect, it } from "vitest";
import { DockerfileError, expandInstruction, parseDockerfile } from "./index.ts";
import type { Escape, Instruction } from "./index.ts";

const ENV = new Map([
  ["V", "value"],
  ["PORTS", "80 81/udp"],
  ["EMPTY", ""],
]);

function expand(text: string, escape: Escape = "\\"): Instruction {
  const directive = escape === "`" ? "# escape=`\n" : "";
  const instruction = parseDockerfile(`${directive}FROM scratch\n${text}\n`).stages[0]!.instructions[0]!;
  return expandInstruction(instruction, ENV, escape);
}

describe("expandInstruction", () => {
  it.each([
    [
      "ENV a=$V $V='$V' c=$a",
      {
        pairs: [
          { key: "a", value: "value" },
          { key: "value", value: "$V" },
          { key: "c", value: "" },
        ],
      },
    ],
    ['LABEL $V="$V x"', { pairs: [{ key: "value", value: "value x" }] }],
    ["ARG $V=$V bare", { args: [{ name: "$V", value: "value" }, { name: "bare" }] }],
    ["WORKDIR /$V/${V}s", { path: "/value/values" }],
    ["USER $V:$V", { user: "value:value" }],
    ["VOLUME $V /b", { paths: ["value", "/b"] }],
    ['VOLUME ["/$V"]', { paths: ["/value"] }],
    ["EXPOSE $PORTS 9${EMPTY}0", { ports: ["80", "81/udp", "90"] }],
    ["STOPSIGNAL ${NONE:-SIGINT}", { signal: "SIGINT" }],
    [
      'COPY --chown=$V --chmod=7${EMPTY}55 --exclude=$V "a$V" $V/ /$V',
      { sources: ["avalue", "value/"], destination: "/value", chown: "value", chmod: "755", exclude: ["$V"] },
    ],
    ["COPY --from=x \\$V /", { sources: ["$V"], from: "x" }],
    [
      "ADD --checksum=$V https://example.com/$V /",
      { checksum: "value", sources: ["https://example.com/value"] },
    ],
  ])("replaces variables in %s", (text, expected) => {
    expect(expand(text)).toMatchObject(expected);
  });

  it.each([
    ["RUN echo $V", { command: "echo $V" }],
    ['RUN ["echo", "$V"]', { command: ["echo", "$V"] }],
    ["CMD echo $V", { command: "echo $V" }],
    ['ENTRYPOINT ["$V"]', { command: ["$V"] }],
    ["HEALTHCHECK CMD echo $V", { test: ["CMD-SHELL", "echo $V"] }],
    ['SHELL ["$V"]', { shell: ["$V"] }],
    ["MAINTAINER $V", { maintainer: "$V" }],
    ["ONBUILD ENV A=$V", { expression: "ENV A=$V" }],
  ])("leaves %s alone", (text, expected) => {
    expect(expand(text)).toMatchObject(expected);
  });

  it("replaces variables of mounts, and checks what had to wait for them", () => {
    const text = "RUN --mount=type=${NONE:-cache},target=/$V,sharing=${NONE:-locked},mode=0${EMPTY}700 true";
    expect(expand(text)).toMatchObject({
      mounts: [{ type: "cache", target: "/value", id: "/value", sharing: "locked", mode: 0o700 }],
    });
    expect(() => expand("RUN --mount=type=$V,target=/x true")).toThrow("mount type: expected bind, cache");
    expect(() => expand("RUN --mount=type=cache,target=/$NONE true")).toThrow("expected a directory below /");
  });

  it("expands the body of a heredoc, keeping its quotes, unless its delimiter is quoted", () => {
    const body = `"$V" '$V' \\$V \\\\ \${NONE:-d} $\n\t$V\n`;
    expect(expand(`COPY <<A <<'B' /dst/\n${body}A\n${body}B`)).toMatchObject({
      heredocSources: [
        { name: "A", content: `"value" 'value' $V \\ d $\n\tvalue\n` },
        { name: "B", content: body },
      ],
    });
  });

  it("knows the backslash in heredocs even where the file escapes with a backtick", () => {
    expect(expand("COPY <<A /dst/\n\\$V `$V\nA", "`")).toMatchObject({
      heredocSources: [{ content: "$V `value\n" }],
    });
  });

  it("names the place of what it refuses", () => {
    const file = parseDockerfile("FROM scratch\nUSER ${U:?say who}\n", { file: "app.Dockerfile" });
    const [user] = file.stages[0]!.instructions;
    let error: unknown;
    try {
      expandInstruction(user!, ENV, "\\");
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(DockerfileError);
    expect((error as DockerfileError).code).toBe("expansion");
    expect((error as DockerfileError).at(file).message).toBe(
      "app.Dockerfile:2: U: say who\n1 |     FROM scratch\n2 | >>> USER ${U:?say who}",
    );
  });

  it.each(["EXPOSE $V", "STOPSIGNAL $V", "VOLUME $EMPTY"])("refuses %s after expansion", (text) => {
    expect(() => expand(text)).toThrow(DockerfileError);
  });
});
