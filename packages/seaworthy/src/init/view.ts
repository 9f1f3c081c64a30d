/** A repository as detection sees it. Paths are relative to its root, with `/`. */
export interface View {
  /** Files at most four folders deep, sorted; nothing hidden, nothing that was installed. */
  readonly files: readonly string[];
  /** Whether a file or a folder is there. */
  has(path: string): boolean;
  /** Undefined where there is no such file, or a larger one than people write. */
  read(path: string): string | undefined;
}
