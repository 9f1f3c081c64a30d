import { type Descriptor, MediaType, type Repository, digestOf, hexOf } from "@seaworthy/oci";
import type { ReleaseRecord } from "@seaworthy/release";

const IN_TOTO = "application/vnd.in-toto+json";
const RECORD = "https://seaworthy.dev/release-record/v1";

async function put(repository: Repository, mediaType: string, document: object): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(document));
  const target = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await repository.put(target, [bytes]);
  return target;
}

/** An image with a tag and a record, as a release leaves it; the record is given the image's digest. */
export async function pushRelease(
  repository: Repository,
  name: string,
  record: ReleaseRecord,
): Promise<ReleaseRecord> {
  const index = { schemaVersion: 2, mediaType: MediaType.index, manifests: [] };
  const subject = await put(repository, MediaType.index, { ...index, annotations: { of: record.version } });
  const predicate = { ...record, reference: `${name}@${subject.digest}` };
  await pushRecord(repository, subject, predicate);
  await repository.tag(subject, record.version);
  return predicate;
}

/** Whatever somebody files under an image as its record. */
export async function pushRecord(
  repository: Repository,
  subject: Descriptor,
  predicate: unknown,
): Promise<void> {
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "x", digest: { sha256: hexOf(subject.digest) } }],
    predicateType: RECORD,
    predicate,
  };
  await put(repository, MediaType.manifest, {
    schemaVersion: 2,
    mediaType: MediaType.manifest,
    artifactType: IN_TOTO,
    config: await put(repository, MediaType.empty, {}),
    layers: [await put(repository, IN_TOTO, statement)],
    subject,
    annotations: { "in-toto.io/predicate-type": RECORD },
  });
}
