import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type Step, actionFaults } from "../../test/github.ts";
import { runScript } from "../../test/script.ts";
import { VERSION } from "../version.ts";
import { PINS } from "./github/pins.ts";
import { lintWorkflow } from "./workflow-lint.ts";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const text = readFileSync(`${ROOT}/action.yml`, "utf8");

interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
}
const { inputs, outputs, runs } = parse(text) as Action;
const [node, prepare, release] = runs.steps;

/** Variables of the last step as the action fills them when nothing was said. */
const DEFAULTS = {
  SEAWORTHY_VERSION: "1.2.3",
  SEAWORTHY_IMAGE: "",
  SEAWORTHY_PLATFORM: "",
  SEAWORTHY_CONFIG: "",
  SEAWORTHY_PARTIAL: "false",
  SEAWORTHY_MERGE: "false",
  SEAWORTHY_FORCE_TAGS: "false",
};

describe("action.yml", () => {
  it("is what GitHub's parser takes, and breaks none of our rules", () => {
    expect(actionFaults(text)).toEqual([]);
    expect(lintWorkflow(text)).toEqual([]);
  });

  it("is really checked", () => {
    expect(actionFaults(text.replace("using: composite", "using: compost"))).not.toEqual([]);
    expect(actionFaults(text.replace("      shell: bash\n", "      shel: bash\n"))).not.toEqual([]);
    expect(actionFaults(text.replace("value: ${{ steps", "value: ${{ stepz"))).not.toEqual([]);
    expect(lintWorkflow(text.replace('"$SEAWORTHY_IMAGE")', '"${{ inputs.image }}")'))).toHaveLength(1);
  });

  it("uses setup-node alone, by the commit of the generated workflows", () => {
    const { commit, version } = PINS["actions/setup-node"];
    expect(text).toContain(`uses: actions/setup-node@${commit} # ${version}`);
    expect(runs.steps.filter(({ uses }) => uses !== undefined)).toEqual([node]);
    expect(node!.with).toMatchObject({ "package-manager-cache": "false" });
  });

  it("hands every input to one step, as a variable, and the token to the one that releases", () => {
    const values = runs.steps.flatMap(({ env = {} }) => Object.values(env));
    const passed = values.flatMap((value) => /inputs\.([\w-]+)/.exec(value)?.[1] ?? []);
    expect([...passed, "working-directory"].toSorted()).toEqual(Object.keys(inputs).toSorted());
    expect(prepare!.env).not.toHaveProperty("GITHUB_TOKEN");
    expect(release!.env).toMatchObject({ GITHUB_TOKEN: "${{ inputs.token }}" });
    expect(Object.keys(release!.env!).toSorted()).toEqual(
      ["GITHUB_TOKEN", ...Object.keys(DEFAULTS)].toSorted(),
    );
  });

  it("has the outputs of the step that releases", () => {
    const names = ["digest", "tags", "version"];
    expect(Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]))).toEqual(
      Object.fromEntries(names.map((name) => [name, `\${{ steps.release.outputs.${name} }}`])),
    );
    expect(release!.id).toBe("release");
  });
});

describe("its scripts, run", () => {
  it("say nothing that was not said", () => {
    expect(runScript(release!.run!, DEFAULTS).commands).toEqual([
      ["npx", "--yes", "seaworthy@1.2.3", "release"],
    ]);
  });

  it("hand values over as they are, whatever is in them", () => {
    const evil = '--x"; touch $STRAY; $(touch $STRAY) `touch $STRAY`\n*';
    const env = {
      ...DEFAULTS,
      SEAWORTHY_IMAGE: evil,
      SEAWORTHY_PLATFORM: evil,
      SEAWORTHY_CONFIG: evil,
      SEAWORTHY_PARTIAL: "true",
      SEAWORTHY_MERGE: "true",
      SEAWORTHY_FORCE_TAGS: "true",
    };
    const { commands, strays } = runScript(release!.run!, env);
    expect(strays).toEqual([]);
    expect(commands).toEqual([
      [
        "npx",
        "--yes",
        "seaworthy@1.2.3",
        "release",
        "--image",
        evil,
        "--platform",
        evil,
        "--config",
        evil,
        "--partial",
        "--merge",
        "--force-tags",
      ],
    ]);
  });

  it("take a switch for on only where it is true", () => {
    const env = { ...DEFAULTS, SEAWORTHY_PARTIAL: "$(touch $STRAY)", SEAWORTHY_MERGE: "TRUE" };
    expect(runScript(release!.run!, env)).toMatchObject({
      commands: [["npx", "--yes", "seaworthy@1.2.3", "release"]],
      strays: [],
    });
  });

  it("run the version that the action belongs to, unless another is named", () => {
    const own = runScript(prepare!.run!, { SEAWORTHY_VERSION: "", GITHUB_ACTION_PATH: ROOT });
    expect(own.outputs).toBe(`version=${VERSION}\n`);
    expect(own.commands.at(-1)).toEqual([
      "npx",
      "--yes",
      `seaworthy@${VERSION}`,
      "doctor",
      "--fix",
      "--quiet",
    ]);
    const named = runScript(prepare!.run!, { SEAWORTHY_VERSION: "2.0.0-rc.1" });
    expect(named.outputs).toBe("version=2.0.0-rc.1\n");
  });

  it.each(["latest", "^1.0.0", "1", "npm:evil@1.0.0", "1.2.3\nx=1", "1.2.3; touch $STRAY", "file:../x"])(
    "refuse the version %j, which is not exact",
    (version) => {
      const {
        status,
        commands,
        outputs: written,
        stdout,
        strays,
      } = runScript(prepare!.run!, { SEAWORTHY_VERSION: version });
      expect({ status, commands, written, strays }).toEqual({
        status: 2,
        commands: [],
        written: "",
        strays: [],
      });
      expect(stdout).toBe("::error title=seaworthy::version: expected an exact one, such as 1.2.3\n");
    },
  );
});
