import { isDigest, MediaType } from "@seaworthy/oci";
import type { Digest } from "@seaworthy/oci";
import type { Handle, Registry, RegistryContext } from "../context.ts";
import { checkedName, digestParameter, nameOf } from "../parameters.ts";
import { created, locationOf } from "../uploads/answers.ts";
import { completeUpload } from "../uploads/complete.ts";

/** Opens an upload ("Pushing blobs"); with `digest` the body is the whole blob; with `mount` there may be no need. */
export const startUpload: Handle = async (registry, c) => {
  const repository = nameOf(c);
  const { digest, mount } = c.req.query();
  const wanted = digest === undefined ? undefined : digestParameter(digest);
  if (isDigest(mount) && (await mountBlob(registry, c, repository, mount))) return created(repository, mount);
  const session = await registry.uploads.start(repository);
  if (wanted !== undefined) return completeUpload(registry, c, session, wanted);
  return new Response(null, {
    status: 202,
    headers: { location: locationOf(session), "docker-upload-uuid": session.id, range: "0-0" },
  });
};

/** Without `from` any repository will do ("automatic content discovery"). */
async function mountBlob(
  { store }: Registry,
  c: RegistryContext,
  repository: string,
  digest: Digest,
): Promise<boolean> {
  const size = await store.sizeOf(digest);
  if (size === undefined) return false;
  const target = { mediaType: MediaType.octets, digest, size };
  const into = store.repository(repository);
  if (await into.has(target)) return true;
  const from = c.req.query("from");
  if (from === undefined) return false;
  const source = store.repository(checkedName(from));
  if (!(await source.has(target))) return false;
  await into.put(target, await source.open(target));
  return true;
}
