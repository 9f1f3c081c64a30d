import { MediaType, referrersIndex } from "@seaworthy/oci";
import type { Handle } from "../context.ts";
import { digestParameter, nameOf } from "../parameters.ts";

/** "Listing Referrers": an index, empty for what is unknown. */
export const listReferrers: Handle = async ({ store }, c) => {
  const subject = digestParameter(c.req.param("digest"));
  const wanted = c.req.query("artifactType");
  const artifactType = wanted === "" ? undefined : wanted;
  const found = await store.repository(nameOf(c)).referrers(subject, artifactType);
  return new Response(new Uint8Array(referrersIndex(found)), {
    status: 200,
    headers: {
      "content-type": MediaType.index,
      ...(artifactType === undefined ? {} : { "oci-filters-applied": "artifactType" }),
    },
  });
};
