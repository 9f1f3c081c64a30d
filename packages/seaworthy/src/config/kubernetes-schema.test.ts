import { describe, expect, it } from "vitest";
import { kubernetes } from "./kubernetes-schema.ts";

const manifests = "deploy/kubernetes/overlays/staging";

describe("kubernetes in a config", () => {
  it("has defaults", () => {
    expect(kubernetes.parse({ manifests })).toEqual({ manifests, images: [], hold: 10_000 });
  });

  it("takes what names a cluster, and times as people write them", () => {
    const more = { namespace: "shop-staging", context: "gke_a_b_c", kubeconfig: "ci/kubeconfig" };
    const images = ["infinite-scribe/backend", "registry.example:5000/shop"];
    expect(kubernetes.parse({ manifests, ...more, images, hold: "30s" })).toEqual({
      manifests,
      ...more,
      images,
      hold: 30_000,
    });
  });

  it.each<[object, string, string]>([
    [{}, "manifests", "expected string"],
    [{ manifests, namespace: "Shop" }, "namespace", "expected lower case letters, digits and -, at most 63"],
    [{ manifests, images: ["shop:1"] }, "images.0", "expected a name without tag"],
    [{ manifests, images: ["shop@sha256:1"] }, "images.0", "expected a name without digest"],
    [{ manifests, hold: "soon" }, "hold", 'expected a duration like "10s"'],
    [{ manifests, token: "X" }, "", 'Unrecognized key: "token"'],
  ])("refuses %j", (entry, path, message) => {
    const { error } = kubernetes.safeParse(entry);
    const faults = (error?.issues ?? []).map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    expect(
      faults.some((fault) => fault.startsWith(`${path}: `) && fault.includes(message)),
      faults.join(),
    ).toBe(true);
  });
});
