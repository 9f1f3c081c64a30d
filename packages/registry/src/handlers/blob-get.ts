import type { Handle } from "../context.ts";
import { nameOf } from "../parameters.ts";
import { parseRange, sliced } from "../range.ts";
import { sendStream } from "../send.ts";
import { blobHeaders, findBlob } from "./find-blob.ts";

/** "Pulling blobs", with one range. A range is cut out of the whole, so that it too was verified up to its end. */
export const getBlob: Handle = async (registry, c) => {
  const blob = await findBlob(registry, c);
  const range = parseRange(c.req.header("range"), blob.size);
  const content = await registry.store.repository(nameOf(c)).open(blob);
  const headers = blobHeaders(blob);
  if (range === undefined) {
    return sendStream(c, {
      status: 200,
      headers: { ...headers, "content-length": String(blob.size) },
      content,
    });
  }
  const { start, end } = range;
  return sendStream(c, {
    status: 206,
    headers: {
      ...headers,
      "content-length": String(end - start + 1),
      "content-range": `bytes ${start}-${end}/${blob.size}`,
    },
    content: sliced(content, range),
  });
};
