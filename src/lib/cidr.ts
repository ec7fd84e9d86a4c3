import { isIP } from 'node:net';
import IPCIDR from 'ip-cidr';
import { memoize } from './memoize.ts';

/** An IP address as a number. `::ffff:a.b.c.d` is the IPv4 address a.b.c.d; a zone id (`%eth0`) does not count. */
export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** A network as the range of its addresses, both ends included. */
export interface Cidr {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

export interface NetworkSet {
  /** Is the address in one of the networks? undefined where the text is no IP address. Repeated questions are cheap. */
  has(address: string): boolean | undefined;
}

/** `10.0.0.7`, `2001:db8::7`, `::ffff:10.0.0.7`, `fe80::7%eth0`; undefined where the text is no IP address. */
export function parseAddress(text: string): Address | undefined {
  const kind = isIP(text);
  if (kind === 4) return { family: 4, value: BigInt(parse4(text)) };
  if (kind === 6) return unwrap(BigInt(`0x${parse6(text)}`));
  return undefined;
}

/** `10.0.0.0/16`, `2001:db8:1::/48`, or a single address; undefined where the text is neither. Host bits are ignored. */
export function parseCidr(text: string): Cidr | undefined {
  const [, base = '', prefix] = /^([^/%]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const kind = isIP(base);
  const bits = kind === 4 ? 32 : 128;
  const size = Number(prefix ?? bits);
  if (kind === 0 || size > bits) return undefined;
  const address = parseAddress(base);
  if (address === undefined) return undefined;
  if (kind === address.family) return range(address, size);
  return size < MAPPED_BITS ? undefined : range(address, size - MAPPED_BITS);
}

export function cidrHas(cidr: Cidr, address: Address): boolean {
  return cidr.family === address.family && cidr.first <= address.value && address.value <= cidr.last;
}

/** A set of networks that remembers what it said of the last `limit` addresses. Decides by binary search. */
export function networkSet(cidrs: readonly Cidr[], limit = 65_536): NetworkSet {
  const ranges4 = merge(cidrs.filter((cidr) => cidr.family === 4));
  const ranges6 = merge(cidrs.filter((cidr) => cidr.family === 6));
  const has = memoize(limit, (text: string) => {
    const address = parseAddress(text);
    if (address === undefined) return undefined;
    return contains(address.family === 4 ? ranges4 : ranges6, address.value);
  });
  return { has };
}

/** `10.2.0.0/16`; a single address without its prefix. */
export function printCidr({ family, first, last }: Cidr): string {
  const bits = family === 4 ? 32 : 128;
  const free = (last - first).toString(2).length - (last === first ? 1 : 0);
  const address = family === 4 ? print4(first) : print6(first);
  return free === 0 ? address : `${address}/${bits - free}`;
}

function print4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
}

/** As RFC 5952 has it: the longest run of zeros is left out. */
function print6(value: bigint): string {
  return new URL(
    `http://[${value
      .toString(16)
      .padStart(32, '0')
      .replaceAll(/(.{4})(?!$)/g, '$1:')}]`,
  ).hostname.slice(1, -1);
}

const MAPPED_BITS = 96;
const MAPPED_FIRST = 0xffff_0000_0000n;
const MAPPED_LAST = 0xffff_ffff_ffffn;

function unwrap(value: bigint): Address {
  if (value < MAPPED_FIRST || value > MAPPED_LAST) return { family: 6, value };
  return { family: 4, value: value - MAPPED_FIRST };
}

/** Text that isIP calls IPv4 -> number. */
function parse4(text: string): number {
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** Text that isIP calls IPv6 -> 32 hex digits. */
function parse6(text: string): string {
  const [head = '', tail] = (text.split('%')[0] ?? '').split('::');
  const front = groups(head);
  return tail === undefined ? front : front + groups(tail).padStart(32 - front.length, '0');
}

function groups(text: string): string {
  if (text === '') return '';
  return text
    .split(':')
    .map((group) => (group.includes('.') ? hex(parse4(group), 8) : group.padStart(4, '0')))
    .join('');
}

function hex(value: number | bigint, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** ip-cidr is handed the plainest form of an address: it misreads IPv4 written inside IPv6. */
function range(address: Address, prefix: number): Cidr {
  const network = new IPCIDR(`${plain(address)}/${prefix}`);
  return {
    family: address.family,
    first: network.start<bigint>({ type: 'bigInteger' }),
    last: network.end<bigint>({ type: 'bigInteger' }),
  };
}

function plain({ family, value }: Address): string {
  const digits = hex(value, family === 4 ? 8 : 32);
  if (family === 6) return (digits.match(/.{4}/g) ?? []).join(':');
  return (digits.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).join('.');
}

/** Sorted, without overlaps. */
function merge(cidrs: readonly Cidr[]): readonly Cidr[] {
  const merged: Cidr[] = [];
  for (const cidr of cidrs.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))) {
    const before = merged.at(-1);
    if (before === undefined || cidr.first > before.last) merged.push(cidr);
    else if (cidr.last > before.last) merged[merged.length - 1] = { ...before, last: cidr.last };
  }
  return merged;
}

function contains(ranges: readonly Cidr[], value: bigint): boolean {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const range = ranges[middle];
    if (range === undefined) return false;
    if (value < range.first) high = middle - 1;
    else if (value > range.last) low = middle + 1;
    else return true;
  }
  return false;
}
