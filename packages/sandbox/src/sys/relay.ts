import type * as NodeFs from "node:fs";
import type * as NodeNet from "node:net";
import type * as NodeThreads from "node:worker_threads";
import type Koffi from "koffi";

/** What the relay's thread is told. */
export interface RelayData {
  /** Path of koffi's entry file, as a thread made from text cannot resolve package names. */
  readonly koffi: string;
  /** The network namespace to connect in. */
  readonly namespace: string;
  readonly port: number;
}

/** What it tells: the port it listens on, or why it cannot. */
export type RelayMessage = { readonly port: number } | { readonly errno: number };

/**
 * The body of a thread that listens on the machine's loopback and connects on the container's. A socket belongs to the
 * namespace its thread was in when it was made: so the thread listens first and enters the other namespace then. It
 * runs from its own text, therefore it uses nothing but `require`.
 */
export function relay(require: NodeJS.Require): void {
  const { parentPort, workerData } = require("node:worker_threads") as typeof NodeThreads;
  const net = require("node:net") as typeof NodeNet;
  const fs = require("node:fs") as typeof NodeFs;
  const data = workerData as RelayData;
  const koffi = require(data.koffi) as typeof Koffi;
  const newNetwork = 0x4000_0000;
  const server = net.createServer({ allowHalfOpen: true }, (outer) => {
    const inner = net.connect({ host: "127.0.0.1", port: data.port, allowHalfOpen: true });
    outer.on("error", () => inner.destroy());
    inner.on("error", () => outer.destroy());
    outer.on("close", () => inner.destroy());
    inner.on("close", () => outer.destroy());
    outer.pipe(inner).pipe(outer);
  });
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as NodeNet.AddressInfo;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window's
    const tell = (message: RelayMessage): void => parentPort?.postMessage(message);
    // Into the machine's own network, which it is in, a user without privileges may not enter again.
    if (fs.readlinkSync(data.namespace) === fs.readlinkSync("/proc/self/ns/net")) return tell({ port });
    const setns = koffi.load(null).func("int setns(int, int)");
    const fd = fs.openSync(data.namespace, "r");
    const failed = setns(fd, newNetwork) !== 0;
    const errno = koffi.errno();
    fs.closeSync(fd);
    tell(failed ? { errno } : { port });
  });
}
