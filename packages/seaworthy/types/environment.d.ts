import type { Duration } from "../index.d.ts";

/** A service on this machine's loopback. */
export interface LocalService {
  /** Others find it by this name, on `port`. */
  name: string;
  /** In place of CMD. */
  args?: string[];
  env?: Record<string, string>;
  port?: number;
  /** What it answers when it is well: `path` is `/` and `status` 200 unless it is said, `body` a text that it contains. */
  http?: { path?: string; status?: number; body?: string };
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

/** A project of Docker Compose or Podman compose. Its files are read and never written to. */
export interface Compose {
  /** Later ones over earlier. */
  files: string[];
  /** Default: `name` in the files, else the folder of the first. */
  project?: string;
  /** What runs the released image. Default: every service whose image has its name. */
  services?: string[];
  /** The image's name in the files, where that is another than the released one's. */
  image?: string;
  /** Instead of the `.env` beside the first file. */
  envFiles?: string[];
  /** Default `docker`. */
  command?: "docker" | "podman";
  /** Of the engine: `ssh://deploy@example.com`. Default: what the command itself takes. */
  host?: string;
  /** A context of Docker's, or a connection of Podman's. */
  context?: string;
  /** How long everything must stay healthy without a restart. Default 5 s. */
  hold?: Duration;
  /** In what time everything must be healthy; shorter than the environment's. Default 2 minutes. */
  within?: Duration;
  /** How many versions that ran well it can go back to, with the current one. Default 5. */
  keep?: number;
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
  /** A project of Docker Compose or Podman compose. */
  compose?: Compose;
  /** Objects in a namespace of a cluster, applied by the server under the field manager `seaworthy`. */
  kubernetes?: {
    /** A file or folder of manifests, or a folder with a kustomization; from the folder of the config. */
    manifests: string;
    /** It has to be there. Default: that of the context. */
    namespace?: string;
    /** Default: the current one of the kubeconfig. */
    context?: string;
    /** Default: as kubectl finds it, or the cluster that this runs in. */
    kubeconfig?: string;
    /** Names in the manifests that stand for the image; its own name always does. */
    images?: string[];
    /** How long it must have run without a restart. Default 10 s. */
    hold?: Duration;
  };
  /**
   * What must be answered once all is healthy, and throughout the hold time; asked from here. `status` is 200 unless it is
   * said, `body` a text that it contains. Not for `local`, whose services say under `http` what they answer.
   */
  checks?: { url: string; status?: number; body?: string }[];
  /** A policy file that an image must meet before it comes here, with what it says of this environment. */
  policy?: string;
  /** For all services to become healthy. Default 5 minutes. */
  within?: Duration;
  /** For what ran before to be back. Default 2 minutes. */
  rollbackWithin?: Duration;
  /** Where it answers, for people. */
  url?: string;
}
