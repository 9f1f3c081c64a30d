import { type Descriptor, type Repository, openLayout } from "@seaworthy/oci";
import { join } from "node:path";
import { putIndex } from "../../evidence/test/stored.ts";

/** An index of two platforms in the store of a folder, under a name and tag. */
export async function storeImage(
  dir: string,
  name = "acme/app",
): Promise<{ readonly image: Descriptor; readonly repository: Repository }> {
  const layout = await openLayout(join(dir, ".seaworthy", "store"));
  const repository = layout.repository(name);
  const { index: image } = await putIndex(repository, name);
  await repository.tag(image, "v1");
  return { image, repository };
}
