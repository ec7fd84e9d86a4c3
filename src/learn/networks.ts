import { parseAddress, type Address } from '../lib/cidr.ts';

/**
 * The networks in which addresses were seen, as CIDR texts in order: /24 and /64, because the next address of a pool or
 * an office lies near the last one; where many of them lie in one /16, that.
 */
export function networksOf(addresses: Iterable<string>): readonly string[] {
  const narrow = new Set<string>();
  for (const text of addresses) {
    const address = parseAddress(text);
    if (address !== undefined) narrow.add(address.family === 4 ? network4(address, 24) : network6(address));
  }
  return widen([...narrow]).toSorted();
}

const MANY = 8;

function widen(networks: readonly string[]): readonly string[] {
  const byWide = Map.groupBy(networks, (text) => (text.includes(':') ? text : wide(text)));
  return Array.from(byWide).flatMap(([text, inside]) => (inside.length >= MANY ? [text] : inside));
}

function wide(text: string): string {
  const address = parseAddress(text.slice(0, text.indexOf('/')));
  return address === undefined ? text : network4(address, 16);
}

function network4({ value }: Address, bits: number): string {
  const bytes = [24n, 16n, 8n, 0n].map((shift) => Number((value >> shift) & 255n));
  return `${bytes.map((byte, index) => (index * 8 < bits ? byte : 0)).join('.')}/${bits}`;
}

function network6({ value }: Address): string {
  const groups = [112n, 96n, 80n, 64n].map((shift) => ((value >> shift) & 0xffffn).toString(16));
  return `${groups.join(':')}::/64`;
}
