import { describe, expect, it } from 'vitest';
import { printTimeline } from '../../src/respond/print-timeline.ts';
import { timeline } from '../../src/respond/timeline.ts';
import { SAM, alert, batch, observation, type Given } from '../contract/store-fixtures.ts';
import { MemoryDisk, MemoryStore } from '../pipeline/memory-store.ts';

const NOW = Date.parse('2025-03-15T12:00:00Z');
const WINDOW = { fromUs: Date.parse('2025-03-15T00:00:00Z') * 1_000, toUs: NOW * 1_000 };
const OTHER = 'vault:eu/secret/other';

async function storeOf(given: readonly Given[]): Promise<MemoryStore> {
  const store = new MemoryStore(new MemoryDisk());
  await store.commit(
    batch({
      observations: given.map((one) => observation({ address: '10.0.0.1', ...one })),
      checkpoints: [{ source: 'vault-file', checkpoint: 1, seenTo: '2025-03-15T12:00:00Z' }],
    }),
  );
  return store;
}

async function print(store: MemoryStore, text = SAM, window = WINDOW): Promise<readonly string[]> {
  return printTimeline(await timeline(store, text, window, NOW), { zone: 'Etc/UTC' }).split('\n');
}

const at = (time: string): string => `2025-03-15T${time}Z`;

describe('a timeline', () => {
  it('groups what was done into sessions, and the same again and again into one step', async () => {
    const store = await storeOf([
      { id: 'before', at: '2025-03-14T02:00:00Z' },
      { id: 'a', at: at('02:00:00') },
      { id: 'b', at: at('02:00:10') },
      { id: 'c', at: at('02:00:20'), secret: OTHER, outcome: 'failure', reason: 'permission denied' },
      { id: 'd', at: at('02:30:20') },
      { id: 'e', at: at('03:00:20.001'), kind: 'list', secret: null },
      { id: 'f', at: at('03:00:30'), secret: OTHER, address: '192.0.2.77', expected: { network: false } },
    ]);
    expect(await print(store)).toEqual([
      `${SAM}     person`,
      '15 Mar 00:00 to 12:00 UTC     complete: vault-file seen to 12:00:00',
      '',
      'KNOWN IN  AS  EVENTS  BY',
      'vault     -        6  people',
      '',
      'SESSION 02:00:00 to 02:30:20 from 10.0.0.1: 4 events, 1 denied',
      '  02:00:00.000  read         vault:eu/secret/production/db-password  ×2 until 02:00:10',
      '  02:00:20.000  DENIED read  vault:eu/secret/other                   permission denied',
      '  02:30:20.000  read         vault:eu/secret/production/db-password',
      '',
      'SESSION 03:00:20 to 03:00:30 from 10.0.0.1, 192.0.2.77: 2 events',
      '  03:00:20.001  list (read)  -',
      '  03:00:30.000  read         vault:eu/secret/other  first time: secret; first time: address; unexpected: network; from 192.0.2.77',
      '',
      'next  whosaw who vault:eu/secret/other --around 2025-03-15T03:00Z',
    ]);
  });

  it('shows alerts that opened, and what others changed shortly before or meanwhile', async () => {
    const admin: Partial<Given> = { kind: 'admin', actor: 'person:ana@acme.example', secret: null };
    const store = await storeOf([
      { id: 'early', at: at('01:00:00'), ...admin },
      { id: 'before', at: at('01:50:00'), ...admin },
      { id: 'a', at: at('02:00:00') },
      { id: 'companion', at: at('02:00:00'), kind: null },
      { id: 'own', at: at('02:05:00'), kind: 'admin', secret: null },
      { id: 'late', at: at('02:20:00'), ...admin },
    ]);
    const about = {
      group: { 'whosaw.actor.id': SAM },
      opened: at('02:00:00'),
      first: at('02:00:00'),
      last: at('02:00:00'),
    };
    const other = { ...about, group: { 'whosaw.actor.id': 'person:ana@acme.example' }, events: [] };
    await store.commit(
      batch({ alerts: [alert('a1', about), alert('b2', { ...about, superseded_by: 'a1' }), alert('c3', other)] }),
    );
    const lines = (await print(store)).filter((line) => line.startsWith('  '));
    expect(lines.map((line) => line.trim().split(/ {2,}/).slice(0, 2).join(' '))).toEqual([
      '01:50:00.000 POLICY',
      '02:00:00.000 read',
      '02:00:00.000 ALERT',
      '02:05:00.000 admin (read)',
    ]);
  });

  it('says which window has data where this one has none', async () => {
    const store = await storeOf([{ id: 'a', at: '2025-03-01T02:00:00.5Z' }]);
    expect((await print(store)).slice(-2)).toEqual([
      'Nothing in this window; the identity was seen from 2025-03-01T02:00:00.5Z to 2025-03-01T02:00:00.5Z.',
      `next  whosaw timeline ${SAM} --since 2025-03-01T02:00:00Z --until 2025-03-01T02:00:01Z`,
    ]);
  });

  it('tells who is meant: candidates, near names, and identities with quotation marks', async () => {
    const odd = 'vault:eu/approle/a"b\\c';
    const store = await storeOf([
      { id: 'a', actor: 'vault:eu/approle/bot' },
      { id: 'b', actor: 'aws:1/role/bot' },
      { id: 'c', actor: odd, at: at('02:00:00') },
    ]);
    await expect(print(store, 'bot')).rejects.toMatchObject({ code: 'AMBIGUOUS' });
    await expect(print(store, 'bto')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('approle/bot'),
    });
    const { events } = await timeline(store, odd, WINDOW, NOW);
    expect(events).toBe(1);
  });

  it('links names with their evidence', async () => {
    const store = await storeOf([
      {
        id: 'a',
        at: at('02:00:00'),
        record: { userIdentity: { sessionContext: { sourceIdentity: 'sam@acme.example' } } },
      },
    ]);
    expect((await timeline(store, 'sam', WINDOW, NOW)).names).toEqual([
      { store: 'vault', name: '-', evidence: 'SourceIdentity', events: 1 },
    ]);
  });
});
