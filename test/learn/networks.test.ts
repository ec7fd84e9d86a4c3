import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { networkSet, parseCidr } from '../../src/lib/cidr.ts';
import { networksOf } from '../../src/learn/networks.ts';

describe('networks of the addresses that were seen', () => {
  it.each([
    [
      ['10.0.1.7', '10.0.1.9', '10.0.2.1'],
      ['10.0.1.0/24', '10.0.2.0/24'],
    ],
    [['2001:db8:1:2::5', '2001:db8:1:2:ffff::1'], ['2001:db8:1:2::/64']],
    [Array.from({ length: 8 }, (_, index) => `10.7.${index}.1`), ['10.7.0.0/16']],
    [['secretsmanager.amazonaws.com', ''], []],
  ])('%j -> %j', (addresses, networks) => {
    expect(networksOf(addresses)).toEqual(networks);
  });

  it('hold every address that they were made from', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.ipV4(), fc.ipV6())), (addresses) => {
        const cidrs = networksOf(addresses).map(parseCidr);
        expect(cidrs).not.toContain(undefined);
        const set = networkSet(cidrs.filter((cidr) => cidr !== undefined));
        expect(addresses.filter((address) => set.has(address) !== true)).toEqual([]);
      }),
    );
  });
});
