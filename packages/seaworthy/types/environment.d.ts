import type { Duration } from "../index.d.ts";

/** A service on this machine's loopback. */
export interface LocalService {
  /** Others find it by this name, on `port`. */
  name: string;
  /** In place of CMD. */
  args?: string[];
  env?: Record<string, string>;
  port?: number;
  /** What it answers when it is well: `path` is `/` and `status` 200 unless it is said. */
  http?: { path?: string; status?: number };
  /**
   * `port`: it listens where the variable PORT says, and has this machine's network. `none`: it listens on `port` whatever
   * PORT says, and reaches nobody. Default `port`.
   */
  network?: "port" | "none";
  /** Default 30 s. */
  healthyWithin?: Duration;
  /** After the image's STOPSIGNAL. Default 10 s. */
  stopsWithin?: Duration;
}

/** Somewhere to deploy to: one target, and what holds there. */
export interface Environment {
  /** Containers on this machine, for trying out what was released; not for production. */
  local?: {
    /** Default: those of `verify`. */
    services?: LocalService[];
    /** Ports of 127.0.0.1 by service. */
    publish?: Record<string, number>;
    /** More environment, by service. */
    env?: Record<string, Record<string, string>>;
    /** How long all services must stay healthy before they take over. Default 1 s. */
    hold?: Duration;
  };
  /** A policy file that an image must meet before it comes here, with what it says of this environment. */
  policy?: string;
  /** For all services to become healthy. Default 5 minutes. */
  within?: Duration;
  /** For what ran before to be back. Default 2 minutes. */
  rollbackWithin?: Duration;
  /** Where it answers, for people. */
  url?: string;
}
