import { FILE_HEADERS_ONLY, createTwoFilesPatch } from "diff";

/** What would change in a file, as `git apply` takes it. */
export function patchOf(path: string, before: string | undefined, after: string): string {
  const from = before === undefined ? "/dev/null" : `a/${path}`;
  const options = { context: 3, headerOptions: FILE_HEADERS_ONLY };
  const patch = createTwoFilesPatch(from, `b/${path}`, before ?? "", after, undefined, undefined, options);
  return `diff --git a/${path} b/${path}\n${before === undefined ? "new file mode 100644\n" : ""}${patch}`;
}
