import { describe } from "vitest";
import { openWorkbench } from "../../test/workbench.ts";
import { engineContract } from "../engine.contract.ts";

describe("the native engine", () => {
  engineContract(async () => {
    const bench = await openWorkbench();
    return {
      engine: bench.engine,
      store: bench.layout,
      context: bench.context,
      write: (files) => bench.write(files),
      [Symbol.dispose]: () => bench[Symbol.dispose](),
    };
  });
});
