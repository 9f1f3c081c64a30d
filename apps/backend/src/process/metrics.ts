import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

import { Fault } from "../http/fault.ts";

/** The numbers of one service. Labels have few values by design: no key names, no paths, no request ids. */
export interface Metrics {
  readonly registry: Registry;
  readonly requestSeconds: Histogram<"method" | "route" | "status">;
  readonly requestsInFlight: Gauge;
  /** Calls to an agent (in the gateway) or to the model API (in an agent); outcome "ok" or a fault code. */
  readonly upstreamSeconds: Histogram<"upstream" | "outcome">;
  readonly faults: Counter<"code">;
}

const buckets = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

export function createMetrics(service: string, version: string, revision: string): Metrics {
  const registry = new Registry();
  const registers = [registry];
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: "service_info",
    help: "Always 1; the labels say what runs",
    labelNames: ["version", "revision"],
    registers,
  }).set({ version, revision }, 1);
  return {
    registry,
    requestSeconds: new Histogram({
      name: "http_request_duration_seconds",
      help: "From the first byte of a request to the last byte of its answer",
      labelNames: ["method", "route", "status"],
      buckets,
      registers,
    }),
    requestsInFlight: new Gauge({
      name: "http_requests_in_flight",
      help: "Requests being answered",
      registers,
    }),
    upstreamSeconds: new Histogram({
      name: "upstream_request_duration_seconds",
      help: "Calls to agents and to the model API, streams included",
      labelNames: ["upstream", "outcome"],
      buckets,
      registers,
    }),
    faults: new Counter({
      name: "faults_total",
      help: "Requests that failed, by error code",
      labelNames: ["code"],
      registers,
    }),
  };
}

/** Starts the clock for a call to an agent or to the model; the returned function takes its error, if any. */
export function timeUpstream(metrics: Metrics, upstream: string): (error?: unknown) => void {
  const started = performance.now();
  return (error) => {
    const code = error instanceof Fault ? error.code : "internal";
    const outcome = error === undefined ? "ok" : code;
    metrics.upstreamSeconds.observe({ upstream, outcome }, (performance.now() - started) / 1_000);
  };
}
