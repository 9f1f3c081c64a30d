import { hostPlatform } from "@seaworthy/oci";
import type { Directives, Stage } from "../dockerfile.ts";
import { DockerfileError } from "../error.ts";
import { expandWord } from "../expand.ts";
import { globalArgs } from "../global-args.ts";
import type { Instruction } from "../instruction.ts";
import { PLATFORM_ARGS, PROXY_ARGS, platformArgs } from "../platform-args.ts";
import { quote } from "../quote.ts";
import { didYouMean, nearest } from "../suggest.ts";
import { inherit } from "./bases.ts";
import { referencesOf, wordReferences } from "./references.ts";
import type { Rule } from "./rule.ts";

const legacyPairs: Rule = {
  name: "LegacyKeyValueFormat",
  description: "without = the whole rest of the line is the value",
  *check({ stages }) {
    for (const instruction of stages.flatMap(({ instructions }) => instructions)) {
      if ((instruction.kind !== "env" && instruction.kind !== "label") || !instruction.legacy) continue;
      const keyword = instruction.kind.toUpperCase();
      yield {
        message: `write ${keyword} ${instruction.pairs[0]!.key}=… instead of a space`,
        range: instruction.range,
      };
    }
  },
};

const SECRET = /(?:^|_)(?:api_?key|auth|credentials?|key|passw(?:or)?d|pword|secret|token)(?:_|$)/i;
const HARMLESS = /(?:^|_)(?:public|file|version)(?:_|$)/i;

const secrets: Rule = {
  name: "SecretsUsedInArgOrEnv",
  description: "values of ARG and ENV stay in the image for everyone to read; use a secret mount",
  *check({ metaArgs, stages }) {
    for (const instruction of [...metaArgs, ...stages.flatMap(({ instructions }) => instructions)]) {
      for (const name of declaredNames(instruction)) {
        if (!SECRET.test(name) || HARMLESS.test(name)) continue;
        const keyword = instruction.kind.toUpperCase();
        const message = `${keyword} ${quote(name)} looks like a secret; use RUN --mount=type=secret`;
        yield { message, range: instruction.range };
      }
    }
  },
};

function declaredNames(instruction: Instruction): readonly string[] {
  if (instruction.kind === "env") return instruction.pairs.map(({ key }) => key);
  return instruction.kind === "arg" ? instruction.args.map(({ name }) => name) : [];
}

const undefinedInFrom: Rule = {
  name: "UndefinedArgInFrom",
  description: "FROM only sees ARGs that stand before the first FROM",
  *check({ metaArgs, stages, directives }) {
    const known = new Set([...PLATFORM_ARGS, ...metaArgs.flatMap(declaredNames)]);
    for (const { from } of stages) {
      const words = [from.image, from.platform ?? ""];
      for (const { name } of words.flatMap((word) => wordReferences(word, directives))) {
        if (known.has(name)) continue;
        const message = `FROM uses ARG ${quote(name)}, which is not declared${didYouMean(name, known)}`;
        yield { message, range: from.range };
      }
    }
  },
};

/** Enough to tell a reference from a piece of one: registry, path, tag or digest, none of them empty. */
const REFERENCE = /^[\w.-]+(?::\d+)?(?:\/[\w.-]+)*(?::[\w][\w.-]*)?(?:@[\w+.-]+:[0-9a-fA-F]+)?$/;

const invalidDefault: Rule = {
  name: "InvalidDefaultArgInFrom",
  description: "without build arguments FROM names no image",
  *check(file) {
    const platform = hostPlatform();
    const defaults = quietly(() =>
      globalArgs(file, platformArgs({ build: platform, target: platform }), new Map()),
    );
    for (const { from } of file.stages) {
      const image = defaults && quietly(() => expandWord(from.image, defaults, file.directives));
      if (image === undefined || REFERENCE.test(image)) continue;
      yield {
        message: `FROM ${quote(from.image)} names no image unless build arguments are given`,
        range: from.range,
      };
    }
  },
};

/** What cannot be expanded is the builder's to report, with the real values. */
function quietly<T>(evaluate: () => T): T | undefined {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof DockerfileError) return undefined;
    throw error;
  }
}

/** Names a stage can see. */
interface Scope {
  readonly names: ReadonlySet<string>;
  /** Nothing comes from an image whose environment is not known here. */
  readonly complete: boolean;
}

/** Looking for the nearest name is not free, and nobody reads further. */
const MAX_UNDEFINED = 100;

const undefinedVariable: Rule = {
  name: "UndefinedVar",
  description: "an undefined variable is empty, silently",
  *check(file) {
    let count = 0;
    for (const { stage, base } of inherit(file, scopeAfter)) {
      const { complete, names } = base ?? rootScope(stage);
      const known = new Set(names);
      for (const instruction of stage.instructions) {
        for (const name of undefinedNames(instruction, known, file.directives)) {
          if (++count > MAX_UNDEFINED) return;
          // Of a foreign base only a likely typing error is reported.
          if (!complete && nearest(name, known) === undefined) continue;
          const message = `variable ${quote(name)} is not defined${didYouMean(name, known)}`;
          yield { message, range: instruction.range };
        }
        for (const name of declaredNames(instruction)) known.add(name);
      }
    }
  },
};

function rootScope({ from }: Stage): Scope {
  return { names: new Set(), complete: from.image === "scratch" };
}

function scopeAfter(stage: Stage, base: Scope = rootScope(stage)): Scope {
  const own = stage.instructions.flatMap(declaredNames);
  return { names: new Set([...base.names, ...own]), complete: base.complete };
}

function undefinedNames(
  instruction: Instruction,
  known: ReadonlySet<string>,
  directives: Directives,
): ReadonlySet<string> {
  const references = referencesOf(instruction, directives);
  const names = references.filter(
    ({ name, guarded }) => !guarded && !known.has(name) && !isAlwaysThere(name),
  );
  return new Set(names.map(({ name }) => name));
}

function isAlwaysThere(name: string): boolean {
  return name === "PATH" || PROXY_ARGS.has(name) || !/^[\p{L}_]/u.test(name);
}

export const VARIABLE_RULES: readonly Rule[] = [
  legacyPairs,
  secrets,
  undefinedInFrom,
  invalidDefault,
  undefinedVariable,
];
