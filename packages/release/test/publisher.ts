import { createInterface } from "node:readline";
import type { Repository } from "@seaworthy/oci";
import { remoteRepository } from "@seaworthy/oci/remote";
import { planDefault } from "../src/tags/default-policy.ts";
import { readEvent } from "../src/tags/events/read.ts";
import { gitAncestry } from "../src/tags/guard/ancestry.ts";
import { moveTags } from "../src/tags/guard/move.ts";
import { gitAt } from "./git-history.ts";
import { putTagged } from "./tagged-image.ts";

/**
 * A process that publishes one event: `publisher.ts REGISTRY REPOSITORY DIR REF SHA [TAG]`. Right before it writes TAG,
 * when everything is decided, it says `paused` and goes on at the next line of stdin. Prints its verdicts.
 */
const [registry = "", name = "", dir = "", ref = "", sha = "", slowTag] = process.argv.slice(2);
const { signal } = new AbortController();
const lines = createInterface({ input: process.stdin });

function slow(inner: Repository): Repository {
  let waited = false;
  return new Proxy(inner, {
    get(target, key) {
      const method = (Reflect.get(target, key) as (...args: readonly unknown[]) => Promise<unknown>).bind(
        target,
      );
      if (key !== "tag") return method;
      return async (...args: readonly unknown[]) => {
        if (args[1] === slowTag && !waited) {
          waited = true;
          console.log("paused");
          await new Promise((resolve) => lines.once("line", resolve));
        }
        return method(...args);
      };
    },
  });
}

const repository = slow(remoteRepository({ registry, repository: name }));
const plan = planDefault(readEvent({ ref, sha, defaultBranch: "main" }, {}, { dirty: true }), "stable");
const image = await putTagged(repository, { revision: sha, version: plan.version, content: ref });
const verdicts = await moveTags(repository, image, plan, { ancestry: gitAncestry(gitAt(dir)), signal });
console.log(JSON.stringify(Object.fromEntries(verdicts.map(({ tag, does }) => [tag, does]))));
lines.close();
