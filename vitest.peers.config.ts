import { defineConfig } from "vitest/config";

/** What is compared with other tools, which `../shared/peers/peers up` installs; not part of the normal run. */
export default defineConfig({
  test: {
    include: ["tests/peers/**/*.test.ts"],
    pool: "forks",
    isolate: false,
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
