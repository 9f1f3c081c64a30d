import { remoteRepository } from "@seaworthy/oci/remote";
import type { Descriptor } from "@seaworthy/oci";
import { putReferrer } from "./graph.ts";

/** A process that puts referrers of one subject, one after the other: `refer.ts REGISTRY SUBJECT NAME COUNT`. */
const [registry = "", subject = "", name = "", count = "0"] = process.argv.slice(2);
const store = remoteRepository({ registry, repository: "acme/app" });
for (let at = 0; at < Number(count); at++) {
  await putReferrer(store, JSON.parse(subject) as Descriptor, `${name} ${at}`);
}
