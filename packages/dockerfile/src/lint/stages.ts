import { quote } from "../quote.ts";
import type { Rule } from "./rule.ts";

const stageNameCasing: Rule = {
  name: "StageNameCasing",
  description: "stage names are compared in lower case; writing them so avoids surprises",
  *check({ stages }) {
    for (const { from, name } of stages) {
      if (from.alias === undefined || from.alias === name) continue;
      yield { message: `stage name ${quote(from.alias)} is not in lower case`, range: from.range };
    }
  },
};

const duplicateStageName: Rule = {
  name: "DuplicateStageName",
  description: "a name used twice makes the earlier stage unreachable by name",
  *check({ stages }) {
    const seen = new Set<string>();
    for (const { from, name } of stages) {
      if (name === undefined) continue;
      if (seen.has(name)) yield { message: `stage name ${quote(name)} is used twice`, range: from.range };
      seen.add(name);
    }
  },
};

const reservedStageName: Rule = {
  name: "ReservedStageName",
  description: "scratch and context already mean something else",
  *check({ stages }) {
    for (const { from, name } of stages) {
      if (name !== "scratch" && name !== "context") continue;
      yield { message: `stage name ${quote(name)} is reserved`, range: from.range };
    }
  },
};

const fromAsCasing: Rule = {
  name: "FromAsCasing",
  description: "FROM and AS read best in the same case",
  *check({ stages }, statements) {
    for (const { from } of stages) {
      const statement = statements.get(from);
      const as = statement?.rest.split(/[\t\v\f\r ]+/)[1];
      if (as === undefined) continue;
      const { keyword } = statement!;
      const isUpper = keyword === keyword.toUpperCase();
      if (!isUpper && keyword !== keyword.toLowerCase()) continue;
      if (as === (isUpper ? as.toUpperCase() : as.toLowerCase())) continue;
      yield { message: `${quote(keyword)} and ${quote(as)} differ in case`, range: from.range };
    }
  },
};

const constantPlatform: Rule = {
  name: "FromPlatformFlagConstDisallowed",
  description: "a fixed platform breaks builds for others; name the stage after it where it is meant",
  *check({ stages }) {
    for (const { from, name = "" } of stages) {
      const { platform } = from;
      if (platform === undefined || platform.includes("$")) continue;
      if (platform.split("/").some((part) => part !== "" && name.includes(part))) continue;
      yield { message: `FROM --platform is fixed to ${quote(platform)}`, range: from.range };
    }
  },
};

const redundantPlatform: Rule = {
  name: "RedundantTargetPlatform",
  description: "the target platform is the default",
  *check({ stages }) {
    for (const { from } of stages) {
      if (!/^\$(TARGETPLATFORM|\{TARGETPLATFORM\})$/.test(from.platform ?? "")) continue;
      yield { message: `FROM --platform=${from.platform} is the default`, range: from.range };
    }
  },
};

export const STAGE_RULES: readonly Rule[] = [
  stageNameCasing,
  duplicateStageName,
  reservedStageName,
  fromAsCasing,
  constantPlatform,
  redundantPlatform,
];
