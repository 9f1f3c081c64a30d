/** Colours and cursors, titles of windows, and single characters that move something. */
// oxlint-disable-next-line no-control-regex -- these are what is taken out
const CONTROL =
  /\u001b\[[\d;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Without what would move the terminal of whoever reads it; line ends and tabs stay. */
export function clean(text: string): string {
  return text.replace(CONTROL, "");
}
