import { isIP } from 'node:net';
import type { AuditEvent } from '../core/event.ts';

/** `address` as the source wrote it; `ip` where it is one, with `::ffff:` unwrapped; a port behind it is split off. */
export function sourceAddress(text: string, port?: number): NonNullable<AuditEvent['source']> {
  const split = isIP(text) === 0 ? WITH_PORT.exec(text) : null;
  const address = split === null ? text : (split[1] ?? split[2] ?? text);
  const foundPort = port ?? (split?.[3] === undefined ? undefined : Number(split[3]));
  const ip = unwrap(address);
  return {
    address,
    ...(isIP(ip) === 0 ? {} : { ip }),
    ...(foundPort === undefined || foundPort > 65_535 ? {} : { port: foundPort }),
  };
}

/** `192.0.2.1:443` or `[2001:db8::1]:443`. */
const WITH_PORT = /^(?:\[([0-9a-fA-F:.]+)\]|(\d{1,3}(?:\.\d{1,3}){3})):(\d{1,5})$/;

function unwrap(address: string): string {
  const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(address);
  return mapped?.[1] ?? address;
}
