import { type Bytes, type Descriptor, OciError, type Repository, memoryStore } from "@seaworthy/oci";

/** A repository that keeps a list of what it was asked for, and breaks off at one of those questions. */
export class Watched implements Repository {
  readonly inner: Repository;
  readonly calls: string[] = [];
  /** Number of the call that fails, counted from 0. */
  failAt = Number.POSITIVE_INFINITY;

  constructor(inner: Repository = memoryStore()) {
    this.inner = inner;
  }

  #called(what: string): void {
    this.calls.push(what);
    if (this.calls.length - 1 === this.failAt) throw new OciError("network", `${what}: connection reset`);
  }

  async has(target: Descriptor): Promise<boolean> {
    this.#called(`has ${target.digest}`);
    return this.inner.has(target);
  }

  async open(target: Descriptor): Promise<AsyncIterable<Uint8Array>> {
    this.#called(`open ${target.digest}`);
    return this.inner.open(target);
  }

  async put(target: Descriptor, content: Bytes): Promise<void> {
    this.#called(`put ${target.digest}`);
    return this.inner.put(target, content);
  }

  async delete(target: Descriptor): Promise<void> {
    this.#called(`delete ${target.digest}`);
    return this.inner.delete(target);
  }

  list(): ReturnType<Repository["list"]> {
    return this.inner.list();
  }

  async resolve(reference: string): Promise<Descriptor | undefined> {
    this.#called(`resolve ${reference}`);
    return this.inner.resolve(reference);
  }

  async tag(target: Descriptor, tag: string): Promise<void> {
    this.#called(`tag ${tag}`);
    return this.inner.tag(target, tag);
  }

  async untag(tag: string): Promise<void> {
    this.#called(`untag ${tag}`);
    return this.inner.untag(tag);
  }

  async tags(): Promise<readonly string[]> {
    this.#called("tags");
    return this.inner.tags();
  }

  async referrers(subject: Descriptor["digest"], artifactType?: string): Promise<readonly Descriptor[]> {
    this.#called(`referrers ${subject}`);
    return this.inner.referrers(subject, artifactType);
  }
}
