import { isIP } from 'node:net';
import type { AuditEvent } from '../core/event.ts';
import { parseAddress } from './cidr.ts';

/**
 * `address` as the source wrote it; `ip` where it is one, IPv4 inside IPv6 (`::ffff:`) unwrapped and without a zone id;
 * a port behind it is split off.
 */
export function sourceAddress(text: string, port?: number): NonNullable<AuditEvent['source']> {
  const whole = plainIp(text);
  if (whole !== undefined) return withPort({ address: text, ip: whole }, port);
  const [, v6, v4, behind] = WITH_PORT.exec(text) ?? [];
  const address = v6 ?? v4 ?? text;
  const ip = plainIp(address);
  return ip === undefined ? withPort({ address: text }, port) : withPort({ address, ip }, port ?? Number(behind));
}

/** `192.0.2.1:443` or `[2001:db8::1]:443`. */
const WITH_PORT = /^(?:\[([0-9a-fA-F:.]+)\]|(\d{1,3}(?:\.\d{1,3}){3})):(\d{1,5})$/;

function withPort(
  source: NonNullable<AuditEvent['source']>,
  port: number | undefined,
): NonNullable<AuditEvent['source']> {
  return port !== undefined && Number.isInteger(port) && port >= 0 && port <= 65_535 ? { ...source, port } : source;
}

function plainIp(address: string): string | undefined {
  const family = isIP(address);
  if (family !== 6) return family === 4 ? address : undefined;
  const parsed = parseAddress(address);
  if (parsed === undefined) return undefined;
  return parsed.family === 4 ? dotted(Number(parsed.value)) : address.replace(/%[^]*$/, '');
}

function dotted(bits: number): string {
  return [bits >>> 24, (bits >>> 16) & 255, (bits >>> 8) & 255, bits & 255].join('.');
}
