import type { Socket } from 'node:net';
import type { FrameOutput } from '../../core/source-format.ts';
import type { Intake } from './intake.ts';
import type { Unfinished } from './unfinished.ts';

/** One connection of an audit device: what it sends is taken in at once; a line that it does not end is nobody's. */
export function takeIn(socket: Socket, intake: Intake, unfinished: Unfinished): void {
  const framer = intake.framer();
  const peer = socket.remoteAddress ?? 'local';
  let received = 0;
  socket.on('data', (bytes: Buffer) => {
    const nowMs = Date.now();
    const out: FrameOutput = { records: [], rejections: [] };
    received += bytes.length;
    framer.push(bytes, new Date(nowMs).toISOString(), out);
    intake.put(out, peer, nowMs);
    if (!unfinished.set(socket, received - framer.offset)) socket.destroy();
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => unfinished.delete(socket));
}
