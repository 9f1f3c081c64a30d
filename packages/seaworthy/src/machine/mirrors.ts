import { readFile, readdir } from "node:fs/promises";
import { HttpArchive, discoverMirrors } from "@seaworthy/debian";
import type { ParsedConfig } from "../config/schema.ts";
import type { Machine } from "./machine.ts";

/** The package archives, at the mirrors this machine's apt and npm use. */
export async function openArchive(machine: Machine, mirrors: ParsedConfig["mirrors"]): Promise<HttpArchive> {
  const found = await discoverMirrors(
    {
      readFile: (path) => readFile(path, "utf8").catch(() => undefined),
      list: (path) => readdir(path).catch(() => []),
      env: machine.env,
      home: machine.home,
      cwd: machine.cwd,
    },
    {
      ...(mirrors.debian === undefined ? {} : { debian: mirrors.debian }),
      ...(mirrors.debianSecurity === undefined ? {} : { debianSecurity: mirrors.debianSecurity }),
      ...(mirrors.npm === undefined ? {} : { npm: mirrors.npm }),
    },
  );
  return new HttpArchive(found);
}
