import type { Repository } from "@seaworthy/oci";
import { CliError } from "../error.ts";

/** What is unpacked for reading takes nothing in: it is gone when the command ends. */
export function readOnly(repository: Repository, where: string): Repository {
  const refuse = (): Promise<never> =>
    Promise.reject(
      new CliError(
        "usage",
        `${where}: an archive is only read, nothing can be attached to it or changed in it`,
        {
          hint: `copy it first: seaworthy copy ${where} NAME:TAG`,
        },
      ),
    );
  return {
    has: (...args) => repository.has(...args),
    open: (...args) => repository.open(...args),
    list: () => repository.list(),
    resolve: (...args) => repository.resolve(...args),
    tags: (...args) => repository.tags(...args),
    referrers: (...args) => repository.referrers(...args),
    put: refuse,
    delete: refuse,
    tag: refuse,
    untag: refuse,
  };
}
