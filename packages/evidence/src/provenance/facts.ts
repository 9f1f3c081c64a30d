/** What a build was made from and by whom: plain facts, put into words by `provenanceOf`. */
export interface BuildFacts {
  readonly source: {
    /** Web address of the repository. */
    readonly url?: string;
    /** Full commit id. */
    readonly revision?: string;
    /** Branch or tag it was taken from. */
    readonly ref?: string;
    /** Files differ from that commit. */
    readonly dirty: boolean;
  };
  /** Paths beside the config. */
  readonly context: string;
  readonly dockerfile: string;
  readonly target?: string;
  readonly platforms: readonly string[];
  readonly args: Readonly<Record<string, string>>;
  /** Names of args that are secret whatever they look like. */
  readonly secretArgs?: readonly string[];
  readonly bases: readonly BaseMaterial[];
  readonly builder: Builder;
  readonly startedAt: Date;
  readonly finishedAt: Date;
}

export type BaseMaterial =
  | {
      readonly kind: "pulled";
      /** As FROM says it: `node:24`, `registry.example/base@sha256:…`. */
      readonly name: string;
      readonly digest: string;
    }
  | {
      readonly kind: "assembled";
      /** Every package in it, Debian's and npm's. */
      readonly packages: readonly {
        readonly purl: string;
        /** Of the package's file, lower-case hex: `{ sha256: "…" }`. */
        readonly digest: Readonly<Record<string, string>>;
      }[];
    };

/** Who ran the build, as a URI that policies compare, and which run it was. */
export interface Builder {
  readonly id: string;
  readonly invocation?: string;
  /** `{ seaworthy: "1.2.3" }` */
  readonly versions?: Readonly<Record<string, string>>;
}
