/** What tags/version.ts uses of semver; goes when `@types/semver` is installed. */
declare module "semver/functions/parse.js" {
  interface SemVer {
    readonly raw: string;
    readonly version: string;
    readonly major: number;
    readonly minor: number;
    readonly patch: number;
    readonly prerelease: readonly (string | number)[];
    readonly build: readonly string[];
  }
  export default function parse(text: string): SemVer | null;
}

declare module "semver/functions/compare.js" {
  export default function compare(a: string, b: string): -1 | 0 | 1;
}
