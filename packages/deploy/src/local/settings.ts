import type { HttpExpected } from "@seaworthy/release";

/** A service of an image on this machine. Times in milliseconds. */
export interface LocalService {
  readonly name: string;
  /** In place of CMD. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where others find it, by its name; a service without one is asked nothing and found by nobody. */
  readonly port?: number;
  /** Also on 127.0.0.1, for people. */
  readonly publish?: number;
  /**
   * `port`: it listens where the variable PORT says, and has the machine's network. `none`: it listens on `port`,
   * whatever PORT says, and reaches nobody.
   */
  readonly network: "port" | "none";
  /** What it answers when it is well. */
  readonly http?: HttpExpected;
  readonly healthyWithin: number;
  readonly stopsWithin: number;
}

export interface LocalSettings {
  readonly services: readonly LocalService[];
  /** How long all of them must stay healthy before they take over. */
  readonly hold: number;
}
