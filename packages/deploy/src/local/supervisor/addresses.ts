import type { LocalService } from "../settings.ts";
import type { Address } from "./front.ts";

/** Every address from 127.0.0.0 to 127.255.255.255 is this machine's own: each service gets one, and its name for it. */
export class Addresses {
  readonly #network: number;
  readonly #numbers = new Map<string, number>();

  /** @param network 0 to 65535: sets environments apart */
  constructor(network: number) {
    this.#network = network;
  }

  hostOf(service: string): string {
    const number = this.#numbers.get(service) ?? this.#numbers.size + 1;
    this.#numbers.set(service, number);
    // From 127.64: what people and distributions use by hand (127.0.0.1, 127.0.0.53, 127.0.1.1) is below.
    return `127.${64 + ((this.#network >> 8) % 192)}.${this.#network & 255}.${number}`;
  }

  of({ name, port, publish }: LocalService): readonly Address[] {
    if (port === undefined) return [];
    const own = { host: this.hostOf(name), port };
    return publish === undefined ? [own] : [own, { host: "127.0.0.1", port: publish }];
  }

  /** Lines of /etc/hosts: services find each other by name and on the port they know. */
  hosts(services: readonly LocalService[]): readonly string[] {
    return services
      .filter(({ port }) => port !== undefined)
      .map(({ name }) => `${this.hostOf(name)} ${name}`);
  }
}
