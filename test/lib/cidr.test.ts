import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cidrHas, networkSet, parseAddress, parseCidr, printCidr, type Cidr } from '../../src/lib/cidr.ts';

describe('parseAddress', () => {
  it.each([
    ['203.0.113.77', 4, 0xcb00714dn],
    ['0.0.0.0', 4, 0n],
    ['255.255.255.255', 4, 0xffffffffn],
    ['::', 6, 0n],
    ['::1', 6, 1n],
    ['1::', 6, 1n << 112n],
    ['2001:db8:1::42', 6, 0x20010db8000100000000000000000042n],
    ['2001:DB8:1::42', 6, 0x20010db8000100000000000000000042n],
    ['2001:db8::192.0.2.1', 6, 0x20010db80000000000000000c0000201n],
    ['fe80::1%eth0', 6, 0xfe800000000000000000000000000001n],
    ['::ffff:10.0.0.1', 4, 0x0a000001n],
    ['::FFFF:a00:1', 4, 0x0a000001n],
    ['0:0:0:0:0:ffff:10.0.0.1', 4, 0x0a000001n],
    ['::10.0.0.1', 6, 0x0a000001n],
  ] as const)('reads %s', (text, family, value) => {
    expect(parseAddress(text)).toEqual({ family, value });
  });

  it.each([
    '',
    ' ',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    '10.0.0.1:443',
    '[::1]',
    ':::',
    '1::2::3',
    '10.0.0.1/32',
    'AWS Internal',
    'sts.amazonaws.com',
    '0x0a000001',
    '١.0.0.1',
  ])('refuses %j', (text) => expect(parseAddress(text)).toBeUndefined());
});

describe('parseCidr', () => {
  it.each([
    ['10.0.0.0/16', 4, 0x0a000000n, 0x0a00ffffn],
    ['10.0.200.7/16', 4, 0x0a000000n, 0x0a00ffffn],
    ['10.0.0.7', 4, 0x0a000007n, 0x0a000007n],
    ['0.0.0.0/0', 4, 0n, 0xffffffffn],
    ['::/0', 6, 0n, (1n << 128n) - 1n],
    ['2001:db8:1::/48', 6, 0x20010db8000100000000000000000000n, 0x20010db80001ffffffffffffffffffffn],
    ['2001:db8::1.2.3.4/96', 6, 0x20010db8000000000000000000000000n, 0x20010db80000000000000000ffffffffn],
    ['::1', 6, 1n, 1n],
    ['::ffff:10.0.0.0/104', 4, 0x0a000000n, 0x0affffffn],
  ] as const)('reads %s', (text, family, first, last) => {
    expect(parseCidr(text)).toEqual({ family, first, last });
  });

  it.each([
    '',
    '/8',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '::/129',
    'fe80::1%eth0/64',
    '::ffff:0.0.0.0/95',
    'x:10.0.0.0/8',
    '10.0.0.0/1e1',
    'office',
  ])('refuses %j', (text) => expect(parseCidr(text)).toBeUndefined());
});

describe('networkSet', () => {
  const has = (networks: readonly string[], address: string): boolean | undefined =>
    networkSet(networks.map(cidr)).has(address);

  it.each([
    [['203.0.113.0/24', '2001:db8:1::/48'], '203.0.113.255', true],
    [['203.0.113.0/24', '2001:db8:1::/48'], '203.0.114.0', false],
    [['203.0.113.0/24', '2001:db8:1::/48'], '2001:db8:1:ffff::1', true],
    [['203.0.113.0/24', '2001:db8:1::/48'], '2001:db8:2::', false],
    [['10.0.0.0/8'], '::ffff:10.1.2.3', true],
    [['fe80::/64'], 'fe80::1%en0', true],
    [['::/0'], '10.0.0.1', false],
    [['0.0.0.0/0'], '::1', false],
    [['10.0.0.0/8', '10.1.0.0/16'], '10.200.0.1', true],
    [[], '10.0.0.1', false],
    [['10.0.0.0/8'], 'AWS Internal', undefined],
  ] as const)('%j has %s: %s', (networks, address, expected) => {
    expect(has(networks, address)).toBe(expected);
  });

  const network = fc.oneof(
    fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })),
    fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })),
  );

  it('says what asking each network says, in any order and with a cache of any size', () => {
    fc.assert(
      fc.property(
        fc.array(network, { maxLength: 8 }),
        fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string({ maxLength: 6 })), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 6 }),
        (networks, addresses, limit) => {
          const cidrs = networks
            .map(([base, prefix]) => parseCidr(`${base}/${prefix}`))
            .filter((one) => one !== undefined);
          const set = networkSet(cidrs, limit);
          for (const text of [...addresses, ...addresses.toReversed()]) {
            const address = parseAddress(text);
            const expected = address === undefined ? undefined : cidrs.some((one) => cidrHas(one, address));
            expect(set.has(text)).toBe(expected);
          }
        },
      ),
    );
  });

  it('compares bit by bit', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (base, address, prefix) => {
        expect(has([`${base}/${prefix}`], address)).toBe(
          bits(base).slice(0, prefix) === bits(address).slice(0, prefix),
        );
      }),
    );
  });
});

function bits(ipV4: string): string {
  return ipV4
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('');
}

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new Error(`no CIDR: ${text}`);
  return parsed;
}

it.each([
  ['10.2.0.0/16', '10.2.0.0/16'],
  ['10.2.3.4/16', '10.2.0.0/16'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['192.0.2.77', '192.0.2.77'],
  ['192.0.2.76/31', '192.0.2.76/31'],
  ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
  ['2001:db8:1::/48', '2001:db8:1::/48'],
  ['2001:db8::7', '2001:db8::7'],
  ['::/0', '::/0'],
])('the network %s is printed as %s', (text, printed) => {
  const cidr = parseCidr(text);
  expect(cidr && printCidr(cidr)).toBe(printed);
});
