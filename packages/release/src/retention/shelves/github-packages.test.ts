import { mkdtemp, rm } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Layout, MediaType, Secret, digestOf, openLayout } from "@seaworthy/oci";
import { remoteManifests } from "@seaworthy/oci/remote";
import { TestClock } from "@seaworthy/oci/testing";
import { serveRegistry } from "@seaworthy/registry";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type GitHubPackages,
  type GitHubPackagesOptions,
  startGitHubPackages,
} from "../../../test/github-packages.ts";
import { packagesApi } from "../github/packages-api.ts";
import type { Deletion, Shelf } from "../shelf.ts";
import { shelfContract } from "../shelf.contract.ts";
import { githubPackagesShelf } from "./github-packages.ts";

const { signal } = new AbortController();

interface Opened {
  readonly shelf: Shelf;
  readonly layout: Layout;
  readonly github: GitHubPackages;
  readonly clock: TestClock;
  readonly close: () => Promise<void>;
}

/** ghcr.io/acme-inc/web/api, and GitHub's API beside it. */
async function open(options: Partial<GitHubPackagesOptions> = {}): Promise<Opened> {
  const dir = await mkdtemp(join(tmpdir(), "seaworthy-github-"));
  const layout = await openLayout(dir);
  const registry = await serveRegistry({ store: layout, uploads: join(dir, "uploads") });
  const github = await startGitHubPackages({ layout, name: "web/api", pageSize: 3, ...options });
  const clock = new TestClock();
  const access = { apiUrl: github.url, token: new Secret(github.token), clock };
  const api = packagesApi(access, { owner: "acme-inc", name: "web/api" });
  const manifests = remoteManifests({
    registry: `127.0.0.1:${registry.port}`,
    repository: "acme-inc/web/api",
  });
  return {
    shelf: githubPackagesShelf({ name: "ghcr.io/acme-inc/web/api", api, manifests }),
    layout,
    github,
    clock,
    close: async () => {
      await github[Symbol.asyncDispose]();
      await registry.close();
      await rm(dir, { recursive: true });
    },
  };
}

shelfContract(
  "a package of GitHub",
  async () => {
    const opened = await open();
    const repository = opened.layout.repository("acme-inc/web/api");
    return { ...opened, repository, reader: repository };
  },
  { listsUntagged: true, restores: true },
);

describe("a package of GitHub", () => {
  let opened: Opened;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  async function putTagged(tag: string, to = opened.layout): Promise<void> {
    const repository = to.repository("acme-inc/web/api");
    const bytes = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: MediaType.index, manifests: [], annotations: { tag } }),
    );
    const target = { mediaType: MediaType.index, digest: digestOf(bytes), size: bytes.length };
    await repository.put(target, [bytes]);
    await repository.tag(target, tag);
  }
  const refuse =
    (status: number, headers: Readonly<Record<string, string>>, message = "no") =>
    (_: unknown, response: ServerResponse) =>
      void response.writeHead(status, headers).end(JSON.stringify({ message }));
  const removeAll = async (shelf: Shelf): Promise<readonly Deletion[]> => {
    const told: Deletion[] = [];
    const { versions } = await shelf.list(signal);
    await shelf.delete(versions, (_, deletion) => void told.push(deletion), signal);
    return told;
  };

  it.each([
    ["Organization", "/orgs/acme-inc/packages/container/web%2Fapi/versions"],
    ["User", "/users/acme-inc/packages/container/web%2Fapi/versions"],
  ] as const)("P32, fault 14: of an owner that is a %s is at %s", async (ownerType, path) => {
    const other = await open({ ownerType });
    await putTagged("v1", other.layout);
    expect((await other.shelf.list(signal)).versions.map(({ tags }) => tags)).toEqual([["v1"]]);
    expect(other.github.lines()).toEqual(["GET /users/acme-inc", `GET ${path}`]);
    await other.close();
  });

  it("is listed over all pages", async () => {
    const tags = ["a", "b", "c", "d", "e", "f", "g"];
    for (const tag of tags) await putTagged(tag);
    const { versions } = await opened.shelf.list(signal);
    expect(versions.flatMap((version) => version.tags).toSorted()).toEqual(tags);
    expect(opened.github.lines()).toHaveLength(4);
  });

  it("is read again where the list lacks a tag that the registry has, and left alone where it goes on", async () => {
    for (const tag of ["a", "b"]) await putTagged(tag);
    await opened.shelf.list(signal);
    const empty = (_: unknown, response: ServerResponse) => void response.writeHead(200).end("[]");
    opened.github.interrupt(empty);
    expect((await opened.shelf.list(signal)).versions).toHaveLength(2);
    opened.github.interrupt(empty, empty, empty);
    await expect(opened.shelf.list(signal)).rejects.toThrow("GitHub's list of versions lacks tags");
  });

  it("waits as long as a limit says, by Retry-After or by when it is reset", async () => {
    await putTagged("a");
    const reset = String(Math.ceil(opened.clock.now() / 1000) + 90);
    opened.github.interrupt(
      refuse(429, { "retry-after": "7" }),
      refuse(403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset }, "API rate limit exceeded"),
    );
    expect((await opened.shelf.list(signal)).versions).toHaveLength(1);
    const [first = 0, second = 0] = opened.clock.slept;
    expect([first >= 7_000 && first < 8_000, second >= 80_000 && second < 95_000]).toEqual([true, true]);
  });

  it("says when to come again where a limit is reset too late", async () => {
    const reset = String(Math.ceil(opened.clock.now() / 1000) + 3_000);
    opened.github.interrupt(refuse(403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset }));
    await expect(opened.shelf.list(signal)).rejects.toMatchObject({
      code: "retention",
      hint: "GitHub's limit ends at 00:50 UTC; run the same command again then: it continues",
    });
  });

  it("says what a token lacks, and never the token", async () => {
    await putTagged("a");
    await putTagged("b");
    await opened.shelf.list(signal);
    opened.github.interrupt(
      ...Array.from({ length: 5 }, () => refuse(403, {}, `no right for ${opened.github.token}`)),
    );
    const failure = removeAll(opened.shelf);
    await expect(failure).rejects.toMatchObject({
      hint: expect.stringContaining("role Admin for this repository") as string,
    });
    await expect(failure).rejects.not.toThrow(opened.github.token);
  });

  it("tells of the one version that GitHub never deletes, and deletes the others", async () => {
    for (const tag of ["a", "b"]) await putTagged(tag);
    expect(await removeAll(opened.shelf)).toEqual([
      { is: "deleted" },
      { is: "refused", why: expect.stringContaining("last tagged version") as string },
    ]);
  });

  it.each(["{}", "[{}]", '[{"id":1,"name":"latest"}]', "<html>"])(
    "refuses a list that is %s",
    async (body) => {
      opened.github.interrupt(
        (_, response) => void response.writeHead(200).end('{"type":"User"}'),
        (_, response) => void response.writeHead(200).end(body),
      );
      await expect(opened.shelf.list(signal)).rejects.toThrow(
        "found something else than versions of a container",
      );
    },
  );
});
