const DECIMALS = 12;
const ONE = 10n ** BigInt(DECIMALS);

/**
 * A number in units of 10^-12, in which sums are exact: in floating point they would depend on the order in which the
 * numbers come and go.
 */
export function toUnits(number: number): bigint {
  if (Number.isInteger(number)) return BigInt(number) * ONE;
  // Below 1e21 this is the number in full; from 2^53 on all are whole.
  return BigInt(number.toFixed(DECIMALS).replace('.', ''));
}

export function signOf(units: bigint): number {
  return units > 0n ? 1 : units < 0n ? -1 : 0;
}

/** A sum that numbers come into and leave. */
export class ExactSum {
  units = 0n;
  count = 0;

  add(number: number): void {
    this.units += toUnits(number);
    this.count += 1;
  }

  remove(number: number): void {
    this.units -= toUnits(number);
    this.count -= 1;
  }

  clear(): void {
    this.units = 0n;
    this.count = 0;
  }
}
