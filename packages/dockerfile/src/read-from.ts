import { DockerfileError } from "./error.ts";
import { requireRest } from "./input.ts";
import type { Reader } from "./input.ts";
import type { FromInstruction } from "./instruction.ts";
import { quote } from "./quote.ts";
import { splitBlanks } from "./space.ts";

const STAGE_NAME = /^[a-z][a-z0-9-_.]*$/;

export const FROM: Reader<FromInstruction> = {
  flags: { platform: "string" },
  read(input) {
    const words = splitBlanks(requireRest(input, "an image or a stage"));
    const [image, as, alias] = words;
    if (words.length !== 1 && !(words.length === 3 && as!.toLowerCase() === "as")) throw extraWords(words);
    if (alias !== undefined) checkStageName(alias);
    return { ...input.base, kind: "from", image: image!, platform: input.flags.string("platform"), alias };
  },
};

function extraWords(words: readonly string[]): DockerfileError {
  return new DockerfileError("syntax", `FROM: expected IMAGE [AS NAME], found ${quote(words.join(" "))}`, {
    hint: "a comment needs a line of its own",
  });
}

function checkStageName(alias: string): void {
  if (STAGE_NAME.test(alias.toLowerCase())) return;
  throw new DockerfileError("invalid-value", `FROM: expected a stage name, found ${quote(alias)}`, {
    hint: 'a stage name starts with a letter; letters, digits, "-", "_" and "." follow',
  });
}
