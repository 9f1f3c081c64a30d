import { legalName } from "../normalise.ts";
import { csvFields, entriesOf, pairOf } from "./list.ts";
import { illegal } from "./parse.ts";

/**
 * Image names, enabled ones only, as registries take them: `name/app`, or `name=name/app,enable=true`; several in one
 * line where there is only that line.
 * @throws ReleaseError `rules`
 */
export function parseImages(text: string, where = "images"): readonly string[] {
  const entries = entriesOf(text);
  const [only] = entries;
  if (entries.length === 1 && only !== undefined && !only.text.includes("=")) {
    return (csvFields(only.text) ?? []).map(legalName).filter((name) => name !== "");
  }
  return entries.flatMap(({ text: entry, line }) => {
    const at = `${where}:${line}`;
    let name = "";
    let enabled = true;
    for (const { key, value } of (csvFields(entry) ?? []).map(pairOf)) {
      if (key === undefined || key === "name") name = value;
      else if (key === "enable" && (value === "true" || value === "false")) enabled = value === "true";
      else
        throw illegal(at, `${JSON.stringify(`${key}=${value}`)} is not known`, "use name=NAME,enable=true");
    }
    if (name === "") throw illegal(at, "has no name", "write registry/repository");
    return enabled ? [legalName(name)] : [];
  });
}
