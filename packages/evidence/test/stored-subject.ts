import type { ContentStore } from "@seaworthy/oci";
import type { Inventory } from "../src/inventory/package.ts";
import type { ScanSubject } from "../src/vulnerabilities/scanner.ts";
import { file, imageOf } from "./image.ts";

/** An image with one layer, in a store, said to hold these packages. */
export async function storedSubject(store: ContentStore, inventory: Inventory): Promise<ScanSubject> {
  const history = [{ created_by: "COPY . /" }];
  return { inventory, image: await imageOf(store, [[file("etc/hostname", "web")]], { history }) };
}
