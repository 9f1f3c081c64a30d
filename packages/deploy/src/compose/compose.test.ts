import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf, systemClock } from "@seaworthy/oci";
import { type FakeBehaviour, type FakeDocker, fakeDocker } from "../../test/fake-docker.ts";
import type { DeployedImage, Target } from "../target.ts";
import { type TargetRig, targetContract } from "../target.contract.ts";
import { composeTarget } from "./compose-target.ts";
import type { ComposeSettings, ComposeTools } from "./settings.ts";

const NAME = "registry.example.com/acme/app";

const imageOf = (version: string): DeployedImage => ({
  name: NAME,
  digest: digestOf(Buffer.from(version)),
  version,
});

const FILE = `
x-app: &app { image: "${NAME}:latest", restart: unless-stopped, build: . }
services:
  web: { <<: *app, environment: { ROLE: web } }
  worker: { <<: *app, environment: { ROLE: worker } }
  db: { image: "postgres:18" }
`;

export interface Bench extends TargetRig {
  readonly docker: FakeDocker;
  readonly dir: string;
  open(settings?: Partial<ComposeSettings>, tools?: Partial<ComposeTools>): Target;
}

function openBench(file = FILE): Bench {
  const dir = mkdtempSync(join(tmpdir(), "seaworthy-compose-"));
  writeFileSync(join(dir, "compose.yaml"), file);
  mkdirSync(join(dir, "scratch"));
  const docker = fakeDocker();
  const publish = (version: string, behaviour: FakeBehaviour): DeployedImage => {
    const image = imageOf(version);
    docker.publish(`${NAME}@${image.digest}`, behaviour);
    return image;
  };
  docker.publish("postgres:18", { does: "serve", says: "ready to accept connections" });
  return {
    docker,
    dir,
    images: {
      one: publish("one", { does: "serve", says: "version one is up" }),
      two: publish("two", { does: "serve", says: "version two is up" }),
      crashing: publish("crashing", { does: "crash", says: "no database" }),
      missing: imageOf("missing"),
    },
    open: (settings, tools) =>
      composeTarget(
        {
          root: dir,
          environment: "production",
          files: ["compose.yaml"],
          project: "shop",
          hold: 60,
          within: 3_000,
          ...settings,
        },
        { run: docker.run, scratch: join(dir, "scratch"), clock: systemClock, fetch, lease: 2_000, ...tools },
      ),
    async serving() {
      const web = docker.containers.find(({ name, stopped }) => name === "shop-web-1" && stopped !== true);
      return ["one", "two", "crashing"].find((version) => web?.image.endsWith(imageOf(version).digest));
    },
    async cutOff() {
      docker.registry = "down";
    },
    async [Symbol.asyncDispose]() {
      rmSync(dir, { recursive: true });
    },
  };
}

// The one without the released image has no digest of it.
const ALL_PINNED = FILE.replace(/ {2}db:.*\n/, "");

targetContract("compose, over a fake docker", async () => openBench(ALL_PINNED));
