/** What tags/version.ts uses of it; goes when `@types/semver` is installed. */
declare module "semver" {
  interface SemVer {
    readonly raw: string;
    readonly version: string;
    readonly major: number;
    readonly minor: number;
    readonly patch: number;
    readonly prerelease: readonly (string | number)[];
    readonly build: readonly string[];
  }
  const semver: {
    parse(text: string): SemVer | null;
    compare(a: string, b: string): -1 | 0 | 1;
  };
  export default semver;
}
