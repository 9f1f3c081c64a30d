import type { StoredImage } from "@seaworthy/oci";
import type { Gate, GateResult, GateSubject, PreviousRelease } from "./gate.ts";
import { bytesText, percentText } from "./size-text.ts";

/** Compressed bytes of one platform: what a client downloads. */
export interface SizeBudget {
  readonly max?: number;
  /** Against the same platform of the release before; a share of it (0.1 is 10 %) or bytes. */
  readonly growth?: { readonly share: number } | { readonly bytes: number };
}

/** Refuses images that are too large, or that grew too much at once. */
export function sizeBudget(budget: SizeBudget): Gate {
  return {
    name: "size",
    allowed: budgetText(budget),
    check: (subject) =>
      Promise.resolve(
        subject.images.flatMap((image) => [
          ...(budget.max === undefined ? [] : [absolute(image, budget.max)]),
          ...(budget.growth === undefined ? [] : [growth(image, budget.growth, subject)]),
        ]),
      ),
  };
}

function budgetText({ max, growth: limit }: SizeBudget): string {
  return [
    ...(max === undefined ? [] : [`${bytesText(max)} a platform`]),
    ...(limit === undefined ? [] : [`growth of ${limitText(limit)}`]),
  ].join(", ");
}

function absolute({ platform, size, layers }: StoredImage, max: number): GateResult {
  const largest = Math.max(0, ...layers.map((layer) => layer.size));
  const result = { name: `size ${platform}`, found: bytesText(size), allowed: bytesText(max) };
  if (size <= max) return { ...result, status: "passed" };
  const hint = `its largest layer has ${bytesText(largest)}: make the image smaller, or raise size.max`;
  return { ...result, status: "refused", hint };
}

type Growth = NonNullable<SizeBudget["growth"]>;

function growth({ platform, size }: StoredImage, limit: Growth, { previous }: GateSubject): GateResult {
  const name = `growth ${platform}`;
  const allowed = limitText(limit);
  const before = sizeIn(previous, platform);
  if (previous === undefined || before === undefined) {
    return { name, allowed, status: "skipped", found: "no earlier release of this platform" };
  }
  const grown = size - before;
  const found = `${signed(grown)} (${percentText(grown / before)}) since ${previous.version}`;
  const most = "share" in limit ? before * limit.share : limit.bytes;
  if (grown <= most) return { name, allowed, status: "passed", found };
  return {
    name,
    allowed,
    status: "refused",
    found,
    hint: "find what came in (seaworthy history shows the layers), or raise size.growth for this release",
  };
}

function sizeIn(previous: PreviousRelease | undefined, platform: string): number | undefined {
  return previous?.images.find((image) => image.platform === platform)?.size;
}

function limitText(limit: Growth): string {
  return "share" in limit ? percentText(limit.share) : bytesText(limit.bytes);
}

function signed(bytes: number): string {
  return `${bytes < 0 ? "-" : "+"}${bytesText(Math.abs(bytes))}`;
}
