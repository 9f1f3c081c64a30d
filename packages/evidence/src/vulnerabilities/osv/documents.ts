/** A record as it stands in an archive or a folder. */
export interface OsvDocument {
  /** Of the file, without folders. */
  readonly name: string;
  readonly json: string;
}

/** No record is near it: the largest list every version of the Linux kernel. */
export const LARGEST_RECORD = 32 << 20;
/** npm, with all its malicious packages, has some hundred thousand. */
export const MOST_RECORDS = 2_000_000;
/** Unpacked, of one ecosystem. */
export const LARGEST_ARCHIVE = 16 * 2 ** 30;
