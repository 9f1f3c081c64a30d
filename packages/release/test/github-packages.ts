import type { ServerResponse } from "node:http";
import { type Descriptor, type Digest, type Layout, collect, sniffManifestType } from "@seaworthy/oci";
import { type Answer, type Seen, serve } from "@seaworthy/oci/testing";

export interface GitHubPackagesOptions {
  /** What ghcr.io keeps its manifests in. */
  readonly layout: Layout;
  readonly owner?: string;
  readonly ownerType?: "Organization" | "User";
  /** Of the package, with slashes. */
  readonly name: string;
  /** At most so many a page, whatever is asked for. */
  readonly pageSize?: number;
}

/** A loopback server that speaks the part of GitHub's packages API that retention uses, over a layout. */
export interface GitHubPackages extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly seen: readonly Seen[];
  /** Requests, as `GET /path`, without the query. */
  readonly lines: () => readonly string[];
  /** The next requests are answered by these instead, one each. */
  interrupt(...answers: readonly Answer[]): void;
}

interface Kept {
  readonly id: number;
  readonly created: string;
  readonly descriptor: Descriptor;
  /** Of one that was deleted. */
  gone?: { readonly bytes: Uint8Array; readonly tags: readonly string[] };
}

interface Answered {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const TOKEN = "ghp_test-token";

export async function startGitHubPackages(options: GitHubPackagesOptions): Promise<GitHubPackages> {
  const { layout, owner = "Acme-Inc", ownerType = "Organization", name, pageSize = 100 } = options;
  const packages = new Package(layout, `${owner.toLowerCase()}/${name}`);
  const base = `/${ownerType === "User" ? "users" : "orgs"}/${owner.toLowerCase()}/packages/container/${encodeURIComponent(name)}/versions`;
  const interruptions: Answer[] = [];
  let host = "";
  const answer = async ({ method, url, headers }: Seen): Promise<Answered> => {
    if (headers["user-agent"] === undefined) return refuse(403, "Request forbidden by administrative rules.");
    if (headers.authorization !== `Bearer ${TOKEN}`) return refuse(401, "Bad credentials");
    const { pathname, searchParams } = new URL(url, "http://host");
    if (pathname === `/users/${owner.toLowerCase()}`)
      return { status: 200, body: { login: owner, type: ownerType } };
    if (pathname !== base && !pathname.startsWith(`${base}/`)) return refuse(404, "Not Found");
    if (pathname === base) {
      const page = Number(searchParams.get("page") ?? 1);
      const size = Math.min(pageSize, Number(searchParams.get("per_page") ?? 30));
      const all = await packages.list();
      const next = `<http://${host}${base}?per_page=${size}&page=${page + 1}>; rel="next"`;
      const body = all.slice((page - 1) * size, page * size);
      return { status: 200, body, headers: page * size < all.length ? { link: next } : {} };
    }
    const [id = "", verb] = pathname.slice(base.length + 1).split("/");
    return packages.one(Number(id), method, verb);
  };
  const server = await serve((request, response, incoming) => {
    const interruption = interruptions.shift();
    if (interruption !== undefined) interruption(request, response, incoming);
    else void answer(request).then((answered) => send(response, answered));
  });
  host = server.host;
  return {
    url: `http://${host}`,
    token: TOKEN,
    seen: server.seen,
    lines: server.lines,
    interrupt: (...answers) => void interruptions.push(...answers),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

class Package {
  readonly #layout: Layout;
  readonly #name: string;
  readonly #kept = new Map<Digest, Kept>();

  constructor(layout: Layout, name: string) {
    this.#layout = layout;
    this.#name = name;
  }

  /** Newest first, as GitHub lists them. */
  async list(): Promise<readonly object[]> {
    await this.#findNew();
    const there = [...this.#kept.values()].filter(({ gone }) => gone === undefined);
    return Promise.all(there.toReversed().map((kept) => this.#shown(kept)));
  }

  async one(id: number, method: string, verb: string | undefined): Promise<Answered> {
    await this.#findNew();
    const kept = [...this.#kept.values()].find((each) => each.id === id);
    if (kept === undefined) return refuse(404, "Not Found");
    if (verb === "restore" && method === "POST") return this.#restore(kept);
    if (kept.gone !== undefined) return refuse(404, "Not Found");
    if (method === "GET") return { status: 200, body: await this.#shown(kept) };
    return method === "DELETE" ? this.#delete(kept) : refuse(404, "Not Found");
  }

  async #delete(kept: Kept): Promise<Answered> {
    const { descriptor } = kept;
    const tags = (await this.#tags()).get(descriptor.digest) ?? [];
    const tagged = (await this.#tags()).size;
    if (tags.length > 0 && tagged === 1) {
      return refuse(
        400,
        "You cannot delete the last tagged version of a package. You must delete the package instead.",
      );
    }
    const bytes = await collect(await this.#layout.open(descriptor), descriptor.size);
    await this.#layout.forget(this.#name, new Map([[descriptor.digest, tags]]));
    await this.#layout.delete(descriptor);
    kept.gone = { bytes, tags };
    return { status: 204 };
  }

  async #restore(kept: Kept): Promise<Answered> {
    if (kept.gone === undefined) return refuse(404, "Not Found");
    const { bytes, tags } = kept.gone;
    await this.#layout.put(kept.descriptor, [bytes]);
    const repository = this.#layout.repository(this.#name);
    for (const tag of tags) await repository.tag(kept.descriptor, tag);
    delete kept.gone;
    return { status: 204 };
  }

  async #shown({ id, created, descriptor: { digest } }: Kept): Promise<object> {
    const tags = (await this.#tags()).get(digest) ?? [];
    const metadata = { package_type: "container", container: { tags } };
    return { id, name: digest, created_at: created, updated_at: created, metadata };
  }

  async #tags(): Promise<ReadonlyMap<Digest, readonly string[]>> {
    const tags = new Map<Digest, string[]>();
    for (const { digest, annotations } of (await this.#layout.index()).manifests) {
      const tag = annotations?.["org.opencontainers.image.ref.name"]?.split(":")[1];
      if (tag !== undefined) tags.set(digest, [...(tags.get(digest) ?? []), tag]);
    }
    return tags;
  }

  async #findNew(): Promise<void> {
    for await (const { digest, size, usedAt } of this.#layout.list()) {
      if (this.#kept.has(digest)) continue;
      const bytes = await collect(
        await this.#layout.open({ mediaType: "application/octet-stream", digest, size }),
        size,
      );
      const mediaType = sniffManifestType(bytes);
      if (mediaType === undefined) continue;
      const id = this.#kept.size + 1;
      this.#kept.set(digest, {
        id,
        created: new Date(usedAt).toISOString(),
        descriptor: { mediaType, digest, size },
      });
    }
  }
}

function refuse(status: number, message: string): Answered {
  return {
    status,
    body: { message, documentation_url: "https://docs.github.com/rest", status: String(status) },
  };
}

function send(response: ServerResponse, { status, body, headers }: Answered): void {
  const own = { "content-type": "application/json; charset=utf-8", "x-ratelimit-remaining": "4999" };
  response
    .writeHead(status, { ...own, ...headers })
    .end(body === undefined ? undefined : JSON.stringify(body));
}
