import { describe, expect, it } from 'vitest';
import { vaultRead } from '../../e2e/vault-log.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { connect, isCaughtUp, open, readUntil, send } from './listening.ts';

const line = (id: string): string => vaultRead({ time: '2026-11-23T10:00:00Z', id });
const has =
  (count: number) =>
  ({ records }: { readonly records: readonly unknown[] }) =>
    records.length >= count;

describe('a TCP listener', () => {
  it('takes in lines, from several nodes at once, with who sent them', async () => {
    const { collectors, ports } = await open();
    const sockets = await Promise.all([1, 2].map(() => connect(ports['vault-socket'])));
    for (const [index, socket] of sockets.entries()) await send(socket, line(`${index}-a`) + line(`${index}-b`));
    const { records } = await readUntil(collectors[0], has(4));
    expect(records.map(({ record }) => (record['request'] as { id: string }).id).toSorted()).toEqual([
      '0-a',
      '0-b',
      '1-a',
      '1-b',
    ]);
    expect(records[0]).toMatchObject({ cluster: 'eu', origin: { source: 'vault-socket', peer: '127.0.0.1' } });
    for (const socket of sockets) socket.destroy();
  });

  it('discards the line that a connection does not end, and takes it whole from the next one', async () => {
    const { collectors, ports } = await open();
    const first = await connect(ports['vault-socket']);
    await send(first, line('a') + line('b').slice(0, 200));
    first.destroy();
    const second = await connect(ports['vault-socket']);
    await send(second, line('b') + line('c'));
    const { records, rejections } = await readUntil(collectors[0], has(3));
    expect(records).toHaveLength(3);
    expect(rejections).toEqual([]);
    second.destroy();
  });

  it('keeps lines that are no entry with their reason, and no value of them', async () => {
    const { collectors, ports, folder } = await open();
    const socket = await connect(ports['vault-socket']);
    await send(socket, `hunter2-CANARY\n{"password":"hunter2-CANARY"}\n${line('a')}`);
    const read = await readUntil(collectors[0], has(1));
    expect(read.rejections.map(({ reason }) => reason)).toEqual(['not-json', 'not-a-record']);
    expect(new Set(read.rejections.map(({ origin }) => origin.offset)).size).toBe(2);
    const { execFileSync } = await import('node:child_process');
    expect(
      execFileSync('sh', ['-c', `cat ${folder}/*/* | grep -c CANARY || true`])
        .toString()
        .trim(),
    ).toBe('0');
    socket.destroy();
  });

  it('bounds a line that never ends', async () => {
    const { collectors, ports } = await open();
    const socket = await connect(ports['vault-socket']);
    const block = Buffer.alloc(1024 * 1024, 'x');
    for (let sent = 0; sent < 40; sent++) await send(socket, block);
    await send(socket, `\n${line('a')}`);
    const { rejections } = await readUntil(collectors[0], has(1));
    expect(rejections).toMatchObject([{ reason: 'too-long', length: 40 * 1024 * 1024 }]);
    socket.destroy();
  });

  it('goes on where it was after a restart, and tells since when nobody listened', async () => {
    const folder = temporaryFolder();
    const first = await open([{}], folder);
    const socket = await connect(first.ports['vault-socket']);
    await send(socket, line('a') + line('b'));
    const { checkpoint, gaps } = await readUntil(first.collectors[0], has(2));
    expect(gaps).toEqual([]);
    await send(socket, line('c'));
    await readUntil(first.collectors[0], has(1), { checkpoint, commits: false });
    socket.destroy();
    await first.close();
    const again = await open([{ checkpoint: checkpoint ?? null }], folder);
    const second = await readUntil(again.collectors[0], (read) => has(1)(read) && isCaughtUp(read), { checkpoint });
    expect(second.records.map(({ record }) => (record['request'] as { id: string }).id)).toEqual(['c']);
    expect(second.gaps).toMatchObject([{ kind: 'down', source: 'vault-socket', cluster: 'eu' }]);
  });

  it('reads on while the pipeline stands still; what has no room is dropped, counted and told', async () => {
    const { collectors, ports, notices } = await open([{ limitBytes: 200_000 }]);
    const socket = await connect(ports['vault-socket']);
    const size = Buffer.byteLength(line('0000'));
    for (let index = 0; index < 1_000; index++) await send(socket, line(String(index).padStart(4, '0')));
    await expect
      .poll(() => notices, { timeout: 5_000 })
      .toContainEqual(expect.stringContaining('The spill has no room'));
    const early = await readUntil(collectors[0], (read) => isCaughtUp(read) && read.gaps.length > 0);
    expect(early.gaps).toMatchObject([{ kind: 'dropped' }]);
    expect(early.gaps[0]?.to).toBeUndefined();
    await expect.poll(() => notices, { timeout: 10_000 }).toContainEqual('The spill has room again.');
    await send(socket, line('last'));
    const late = await readUntil(collectors[0], (read) => has(1)(read) && isCaughtUp(read), {
      checkpoint: early.checkpoint,
    });
    const gap = late.gaps.at(-1);
    expect(gap).toMatchObject({ id: early.gaps[0]?.id, kind: 'dropped', to: expect.any(String) });
    expect((gap?.count ?? 0) + early.records.length + late.records.length).toBe(1_001);
    expect(gap?.bytes).toBeGreaterThan((gap?.count ?? 0) * size * 0.9);
    socket.destroy();
  }, 30_000);

  it('says which address is in use', async () => {
    const { ports, folder } = await open();
    const at = `tcp://127.0.0.1:${ports['vault-socket']}`;
    await expect(open([{ name: 'other', at }], folder)).rejects.toMatchObject({
      code: 'LISTENER_UNAVAILABLE',
      message: `${at} cannot be listened at: another program listens there; stop it, or choose another address.`,
    });
  });
});
