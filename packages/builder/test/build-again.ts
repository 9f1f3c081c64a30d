/** A process of its own that builds what a test has built before, and tells whether it loaded native code. */
import { readFileSync } from "node:fs";
import { argv } from "node:process";
import { openLayout } from "@seaworthy/oci";
import { baseOf } from "./root.ts";
import { SHELL_CONFIG, openWorkbench } from "./workbench.ts";

const [cacheDir = "", store = "", context = "", dockerfile = ""] = argv.slice(2);
const base = baseOf(
  "shell",
  () => {
    throw new Error("the base was read again");
  },
  SHELL_CONFIG,
);
using bench = await openWorkbench({ shell: base }, { cacheDir, out: await openLayout(store) });
const { index, steps } = await bench.build(dockerfile, { context, bases: { shell: base } });
const native = readFileSync("/proc/self/maps", "latin1").includes("koffi");
console.log(JSON.stringify({ digest: index.digest, steps, native }));
