import { describe, expect, it } from "vitest";
import { digestOf } from "../index.ts";
import { codeFor, hintFor } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

const manifest = (reference: string): Refusal["request"] => ({
  method: "PUT",
  url: new URL(`https://ghcr.io/v2/acme/app/manifests/${reference}`),
});
const upload: Refusal["request"] = {
  method: "POST",
  url: new URL("https://ghcr.io/v2/acme/app/blobs/uploads/"),
  scopes: ["repository:acme/app:pull,push"],
};
const pull: Refusal["request"] = {
  method: "GET",
  url: new URL("https://ghcr.io/v2/acme/app/manifests/v1"),
  scopes: ["repository:acme/app:pull"],
};

function refusal(fields: Partial<Refusal>): Refusal {
  return {
    request: upload,
    status: 403,
    code: "DENIED",
    message: "",
    wait: undefined,
    registry: "ghcr.io",
    loggedIn: true,
    elsewhere: false,
    ...fields,
  };
}

describe("codeFor", () => {
  it.each([
    [
      "The image tag 'v1' already exists and cannot be overwritten because the tag is immutable.",
      400,
      "TAG_INVALID",
    ],
    ["cannot be overwritten because the repository is immutable", 400, "TAG_INVALID"],
    ["ImageTagAlreadyExistsException", 400, ""],
    ["cannot update tag v1. The repository has enabled tag immutability", 400, "MANIFEST_INVALID"],
    ["Failed to process request due to 'app:v1' configured as immutable.", 412, "PRECONDITION"],
    ["", 409, "TAG_IMMUTABLE"],
    ["Repository does not allow updating assets: docker", 400, "UNKNOWN"],
  ])("knows an immutable tag by %j", (message, status, code) => {
    const request = manifest("v1");
    expect(codeFor(refusal({ request, status, code, message }))).toBe("tag-immutable");
  });

  it.each([
    ["of a manifest by digest", { request: manifest(digestOf("x")), status: 400, message: "is immutable" }],
    ["of an upload", { request: upload, status: 400, message: "is immutable" }],
    ["of a reader", { request: pull, status: 400, message: "is immutable" }],
    ["of a registry that is unwell", { request: manifest("v1"), status: 500, message: "is immutable" }],
    [
      "for another reason",
      { request: manifest("v1"), status: 400, code: "TAG_INVALID", message: "too long" },
    ],
  ])("takes no refusal %s for one", (_, fields) => {
    expect(codeFor(refusal(fields))).toBe("registry");
  });
});

describe("hintFor", () => {
  const LOGIN = 'run "seaworthy login ghcr.io"';
  it.each<[string, Partial<Refusal>, string]>([
    ["a push to GHCR that is denied", {}, 'permissions "packages: write"'],
    ["the same", {}, "Manage Actions access"],
    ["a push elsewhere that is denied", { registry: "quay.io" }, "logged in at quay.io the right to push"],
    ["a pull that is denied", { request: pull }, "logged in at ghcr.io the right to do this"],
    ["a stranger who is denied", { loggedIn: false }, "${{ github.token }}, as somebody who may do this"],
    ["a stranger", { status: 401, loggedIn: false }, LOGIN],
    ["credentials that are not taken", { status: 401 }, `wrong or have expired: ${LOGIN}`],
    [
      "a repository that is not there",
      { status: 404, code: "NAME_UNKNOWN" },
      "create the repository at ghcr.io first",
    ],
    [
      "a stranger who asks too much",
      { status: 429, loggedIn: false },
      `wait, or ${LOGIN} for a higher limit`,
    ],
    ["somebody who asks too much", { status: 429 }, "wait"],
    ["a wait that is too long", { status: 429, wait: 61_500 }, "asks to wait 62 s: do so"],
  ])("tells what to do about %s", (_, fields, says) => {
    expect(hintFor(refusal(fields))).toContain(says);
  });

  it.each<[string, Partial<Refusal>]>([
    ["a manifest that is not there", { request: pull, status: 404 }],
    [
      "a part of a manifest that is not there",
      { request: manifest("v1"), status: 404, code: "BLOB_UNKNOWN" },
    ],
    ["a registry that is unwell", { status: 500 }],
    ["whoever the registry sent us to", { elsewhere: true }],
  ])("knows nothing to do about %s", (_, fields) => {
    expect(hintFor(refusal(fields))).toBeUndefined();
  });
});
