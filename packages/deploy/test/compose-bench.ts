import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf, systemClock } from "@seaworthy/oci";
import { composeTarget } from "../src/compose/compose-target.ts";
import type { ComposeSettings, ComposeTools } from "../src/compose/settings.ts";
import type { TargetRig } from "../src/target.contract.ts";
import type { DeployedImage, Target } from "../src/target.ts";
import { type FakeBehaviour, type FakeDocker, fakeDocker } from "./fake-docker.ts";

export const NAME = "registry.example.com/acme/app";

/** Two services of the image. */
export const FILE = `
x-app: &app { image: "${NAME}:latest", restart: unless-stopped, build: . }
services:
  web: { <<: *app, environment: { ROLE: web, TOKEN: "t0ps3cret" }, ports: [8000] }
  worker: { <<: *app, environment: { ROLE: worker, UNSET: } }
`;

export const imageOf = (version: string): DeployedImage => ({
  name: NAME,
  digest: digestOf(Buffer.from(version)),
  version,
});

export interface ComposeBench extends TargetRig {
  readonly docker: FakeDocker;
  readonly dir: string;
  open(settings?: Partial<ComposeSettings>, tools?: Partial<ComposeTools>): Target;
  /** A file of the project. */
  write(text: string, name?: string): void;
  publish(version: string, behaviour: FakeBehaviour): DeployedImage;
}

/** A project in a folder and an engine that is a fake. */
export function openComposeBench(): ComposeBench {
  const dir = mkdtempSync(join(tmpdir(), "seaworthy-compose-"));
  mkdirSync(join(dir, "scratch"));
  const write = (text: string, name = "compose.yaml"): void => writeFileSync(join(dir, name), text);
  write(FILE);
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
    write,
    publish,
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
