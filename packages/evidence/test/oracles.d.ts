/** A library without types that tests ask for a second opinion. */
declare module "mvncmp" {
  const comparison: { compare(a: string, b: string): number };
  export default comparison;
}
