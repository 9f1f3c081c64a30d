import { parseFields } from "./csv.ts";
import { DockerfileError } from "./error.ts";
import type { Mount } from "./mount.ts";
import { MountOptions } from "./mount-options.ts";
import { baseName, cleanPath } from "./path.ts";

/** Replaces the variables of one value. */
export type Expand = (word: string) => string;

/**
 * The value of `--mount`. Without `expand` the values stay as written, and one that holds a variable is
 * not checked yet. The order of options does not matter.
 */
export function parseMount(raw: string, expand?: Expand): Mount {
  const options = new MountOptions(parseFields(raw), expand);
  switch (options.type) {
    case "bind":
      return parseBind(raw, options);
    case "cache":
      return parseCache(raw, options);
    case "tmpfs":
      return parseTmpfs(raw, options);
    case "secret":
      return parseSecret(raw, options);
    case "ssh":
      return parseSsh(raw, options);
    default:
      return options.type satisfies never;
  }
}

function parseBind(raw: string, options: MountOptions): Mount {
  options.allow("target", "source", "from", "readonly", "readwrite");
  return {
    type: "bind",
    raw,
    target: options.path(),
    from: options.text("from"),
    source: options.text("source"),
    readonly: options.readonly(true),
  };
}

function parseCache(raw: string, options: MountOptions): Mount {
  options.allow("target", "source", "from", "readonly", "readwrite", "id", "sharing", "mode", "uid", "gid");
  const target = options.path();
  return {
    type: "cache",
    raw,
    target,
    id: options.text("id") ?? cleanPath(target),
    sharing: options.choice("sharing", ["shared", "private", "locked"]) ?? "shared",
    from: options.text("from"),
    source: options.text("source"),
    readonly: options.readonly(false),
    ...options.owner(),
  };
}

function parseTmpfs(raw: string, options: MountOptions): Mount {
  options.allow("target", "size", "readonly", "readwrite");
  return {
    type: "tmpfs",
    raw,
    target: options.path(),
    size: options.size(),
    readonly: options.readonly(false),
  };
}

function parseSecret(raw: string, options: MountOptions): Mount {
  options.allow("id", "source", "target", "env", "required", "readonly", "readwrite", "mode", "uid", "gid");
  const target = options.text("target");
  const env = options.text("env");
  const [id, source] = [options.text("id"), options.text("source")];
  if (id !== undefined && source !== undefined) {
    throw new DockerfileError("invalid-value", "secret mount: expected id or source, found both");
  }
  const name = id ?? source ?? (target === undefined ? undefined : baseName(target));
  if (name === undefined || name === "") {
    throw new DockerfileError("invalid-value", "secret mount: id is missing", {
      hint: "write it as --mount=type=secret,id=NAME",
    });
  }
  return {
    type: "secret",
    raw,
    id: name,
    target: target ?? (env === undefined ? `/run/secrets/${baseName(name)}` : undefined),
    env,
    required: options.boolean("required") ?? false,
    ...options.owner(),
  };
}

function parseSsh(raw: string, options: MountOptions): Mount {
  options.allow("id", "target", "required", "readonly", "readwrite", "mode", "uid", "gid");
  return {
    type: "ssh",
    raw,
    id: options.text("id") ?? "default",
    target: options.text("target"),
    required: options.boolean("required") ?? false,
    ...options.owner(),
  };
}
