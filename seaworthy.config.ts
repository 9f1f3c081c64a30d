import { defineConfig } from "seaworthy";
import { build, runtime } from "./seaworthy.bases.ts";

const agents =
  "worldsmith plotmaster outliner director characterexpert worldbuilder writer critic factchecker rewriter"
    .split(" ")
    .map((name) => `agent-${name}`);

export default defineConfig(({ version, revision }) => ({
  // Without a registry in its name the image goes to the embedded one: npx seaworthy registry
  image: "infinite-scribe/backend",
  dockerfile: "apps/backend/Dockerfile",
  platforms: ["linux/amd64", "linux/arm64"],
  // What registries show beside the name; the source's address is known from git.
  annotations: {
    "org.opencontainers.image.title": "Infinite Scribe backend",
    "org.opencontainers.image.description": "The API gateway and its ten agents",
    "org.opencontainers.image.licenses": "Apache-2.0",
  },
  args: { VERSION: version, REVISION: revision },
  bases: {
    "node:24-trixie-slim": build,
    "gcr.io/distroless/nodejs24-debian13:nonroot": runtime,
  },
  tests: [{ name: "backend", run: ["npx", "--no", "--", "vitest", "run", "apps/backend"] }],
  // What tests have made up is in .seaworthy-secrets.json: npx seaworthy secrets --accept
  secrets: true,
  // No scan yet: it takes advisories from the network, which a fresh machine need not reach. With OSV's archives at hand it
  // is scan: { offline: "folder" }.
  size: { max: "60MB", growth: "10%" },
  verify: {
    services: ["api-gateway", ...agents].map((name) => ({
      name,
      args: [name],
      http: { port: 8000, path: "/health" },
      healthyWithin: "10s",
      stopsWithin: "5s",
    })),
    rejects: [{ name: "refuses an unknown service", args: ["agent-nobody"], exitCode: 1 }],
  },
  environments: { local: { local: { publish: { "api-gateway": 8000 } } } },
  // After npm run release, http://127.0.0.1:8000 answers.
  deploy: "local",
}));
