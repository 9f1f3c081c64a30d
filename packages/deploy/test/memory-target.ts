import type { ApplyOptions, Deployed, DeployedImage, Target, TargetStatus } from "../src/target.ts";

/** A target that only remembers: for what the orchestrator does around one. */
export interface MemoryTarget extends Target {
  /** What it was told, in order. */
  readonly told: string[];
  /** Instead of becoming healthy. */
  onApply?: (image: DeployedImage, options: ApplyOptions) => Promise<void>;
  onRevert?: (signal: AbortSignal) => Promise<void>;
  held: boolean | undefined;
  runs: readonly string[];
  state: { pending?: DeployedImage; good: readonly Deployed[] };
}

export function memoryTarget(): MemoryTarget {
  const target: MemoryTarget = {
    kind: "local",
    where: "memory",
    told: [],
    held: undefined,
    runs: ["linux/amd64"],
    state: { good: [] },
    platforms: () => Promise.resolve(target.runs),
    holds: () => Promise.resolve(target.held),
    status: () => Promise.resolve(statusOf(target)),
    plan: () => Promise.resolve([]),
    async apply(image, options) {
      target.told.push(`apply ${image.version} as ${options.as}`);
      target.state = { ...target.state, pending: image };
      await target.onApply?.(image, options);
      const others = target.state.good.filter((each) => each.image.digest !== image.digest);
      target.state = { good: [{ image, at: "2026-01-01T00:00:00Z", who: options.who }, ...others] };
    },
    async revert({ signal }) {
      target.told.push("revert");
      await target.onRevert?.(signal);
      target.state = { good: target.state.good };
    },
    exclusively: (work, { signal }) => work(signal),
    async *logs({ service }) {
      yield { service: service ?? "web", text: "cannot reach the database" };
    },
    stop: () => Promise.resolve(),
  };
  return target;
}

function statusOf({ state: { pending, good } }: MemoryTarget): TargetStatus {
  const [current] = good;
  const state = pending === undefined ? ("healthy" as const) : ("starting" as const);
  return {
    good,
    drift: [],
    ...(current === undefined ? {} : { current }),
    ...(pending === undefined ? {} : { pending }),
    services: current === undefined && pending === undefined ? [] : [{ name: "web", state, restarts: 0 }],
  };
}
