import { type ContentStore, type Digest, memoryStore } from "@seaworthy/oci";
import { expect, it } from "vitest";
import { file, imageOf } from "../../test/image.ts";
import { ownRules } from "./own-rules.ts";
import { type SecretScan, secretScanner } from "./scanner.ts";
import { scanImage } from "./sources/image.ts";

const TOKEN = ["ghp", "16C7e42F292c6912E7710c838347Ae178B4a"].join("_");

function remembering() {
  const held = new Map<Digest, SecretScan>();
  const known = {
    get: (layer: Digest) => held.get(layer),
    put: (layer: Digest, scan: SecretScan) => void held.set(layer, scan),
    turn: <T>(_: Digest, work: () => Promise<T>) => work(),
  };
  const open = () => secretScanner({ rules: ownRules, now: new Date("2026-01-01") });
  return { held, known, open };
}

/** Notes what is read. */
function watched(store: ContentStore): Digest[] {
  const opened: Digest[] = [];
  const original = store.open.bind(store);
  store.open = (target, signal) => {
    opened.push(target.digest);
    return original(target, signal);
  };
  return opened;
}

it("reads a clean layer once, and one with a secret each time", async () => {
  const { held, ...how } = remembering();
  const store = memoryStore();
  const image = await imageOf(store, [
    [file("readme.txt", "hello")],
    [file("env.txt", `GITHUB_TOKEN=${TOKEN}`)],
  ]);
  const opened = watched(store);
  const first = await scanImage(store, image, how);
  expect(first.findings.map(({ where }) => where)).toEqual([
    expect.objectContaining({ kind: "layer", layer: 1, path: "env.txt" }),
  ]);
  expect([...held.keys()]).toEqual([image.layers[0]!.digest]);
  expect(opened).toEqual(image.layers.map(({ digest }) => digest));
  opened.length = 0;
  expect(await scanImage(store, image, how)).toEqual(first);
  expect(opened).toEqual([image.layers[1]!.digest]);
});

it("shows every layer to others in the same pass, those that are known to be clean too", async () => {
  const { held: _, ...how } = remembering();
  const store = memoryStore();
  const image = await imageOf(store, [[file("one", "1")], [file("two", "2")]]);
  const seen: string[] = [];
  const along = [{ wants: ({ path }: { path: string }) => void seen.push(path), visit: () => undefined }];
  const opened = watched(store);
  const first = await scanImage(store, image, { ...how, along });
  expect(opened).toHaveLength(2);
  expect(await scanImage(store, image, { ...how, along })).toEqual(first);
  expect(seen).toEqual(["one", "two", "one", "two"]);
});
