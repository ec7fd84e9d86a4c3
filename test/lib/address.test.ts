import fc from 'fast-check';
import { isIP } from 'node:net';
import { expect, test } from 'vitest';
import { sourceAddress } from '../../src/lib/address.ts';

test.each([
  ['192.0.2.1', { address: '192.0.2.1', ip: '192.0.2.1' }],
  ['192.0.2.1:443', { address: '192.0.2.1', ip: '192.0.2.1', port: 443 }],
  ['2001:db8::1', { address: '2001:db8::1', ip: '2001:db8::1' }],
  ['[2001:db8::1]:443', { address: '2001:db8::1', ip: '2001:db8::1', port: 443 }],
  ['::ffff:192.0.2.1', { address: '::ffff:192.0.2.1', ip: '192.0.2.1' }],
  ['::FFFF:c000:0201', { address: '::FFFF:c000:0201', ip: '192.0.2.1' }],
  ['0:0:0:0:0:ffff:255.255.255.255', { address: '0:0:0:0:0:ffff:255.255.255.255', ip: '255.255.255.255' }],
  ['[::ffff:192.0.2.1]:80', { address: '::ffff:192.0.2.1', ip: '192.0.2.1', port: 80 }],
  ['::1', { address: '::1', ip: '::1' }],
  ['fe80::1%eth0', { address: 'fe80::1%eth0', ip: 'fe80::1' }],
  ['192.0.2.1:99999', { address: '192.0.2.1', ip: '192.0.2.1' }],
  ['192.0.2.1:', { address: '192.0.2.1:' }],
  ['999.0.2.1:443', { address: '999.0.2.1:443' }],
  ['[x]:443', { address: '[x]:443' }],
  ['[::::]:443', { address: '[::::]:443' }],
  ['192.0.2.1, 198.51.100.7', { address: '192.0.2.1, 198.51.100.7' }],
  ['secretsmanager.amazonaws.com', { address: 'secretsmanager.amazonaws.com' }],
  ['not an ip <b>', { address: 'not an ip <b>' }],
  ['', { address: '' }],
])('%s', (text, expected) => {
  expect(sourceAddress(text)).toEqual(expected);
});

test.each([
  [443, { port: 443 }],
  [0, { port: 0 }],
  [65_535, { port: 65_535 }],
  [65_536, {}],
  [-1, {}],
  [1.5, {}],
  [NaN, {}],
])('the port %d beside it', (port, expected) => {
  expect(sourceAddress('192.0.2.1', port)).toEqual({ address: '192.0.2.1', ip: '192.0.2.1', ...expected });
});

test('a port beside it goes before one in the text', () => {
  expect(sourceAddress('192.0.2.1:80', 443)).toEqual({ address: '192.0.2.1', ip: '192.0.2.1', port: 443 });
});

test('ip is an address or absent, whatever was written', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.ipV4(),
        fc.ipV6(),
        fc.ipV4().map((ip) => `${ip}:1`),
        fc.ipV6().map((ip) => `[${ip}]:1`),
      ),
      (text) => {
        const { ip, address } = sourceAddress(text);
        if (ip !== undefined) expect(isIP(ip)).toBeGreaterThan(0);
        expect(text).toContain(address);
      },
    ),
  );
});
