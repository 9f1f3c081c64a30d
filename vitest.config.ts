import { defineConfig } from "vitest/config";

const common = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  pool: "forks",
  // The default leaves one processor to a watching developer; much here waits for processes that it started.
  maxWorkers: "100%",
  // Imports its JSON as bundlers do, which Node does not.
  server: { deps: { inline: ["@actions/workflow-parser"] } },
};

/** These enter a mount namespace, which stays with the process: files beside them would see another machine. */
const MOUNTING = [
  "packages/{sandbox,builder,release,deploy,seaworthy}/src/**/*.test.ts",
  "tests/stories/**/*.test.ts",
];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: "plain",
          include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "tests/workspace/**/*.test.ts"],
          exclude: MOUNTING,
          isolate: false,
        },
      },
      { test: { ...common, name: "machine", include: MOUNTING, isolate: true } },
    ],
  },
});
