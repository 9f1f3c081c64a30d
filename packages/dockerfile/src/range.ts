/** A place in the text: lines and columns count from 1, columns in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** `end` is the place just after the last character. */
export interface Range {
  readonly start: Position;
  readonly end: Position;
}
