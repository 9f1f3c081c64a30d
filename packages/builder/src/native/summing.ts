const STRIDE = 1 << 20;

/** Adds up amounts and tells the sum now and then. */
export function summing(tell: (sum: number) => void): (amount: number) => void {
  let sum = 0;
  let told = 0;
  return (amount) => {
    sum += amount;
    if (sum - told < STRIDE) return;
    told = sum;
    tell(sum);
  };
}
