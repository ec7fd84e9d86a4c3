import { expect, it } from 'vitest';
import { whoDocument, whoRows } from '../../src/respond/rows.ts';
import { answer, BOT, group, INTERN, SAM } from './answer.ts';

const all = answer({
  retrieved: [SAM, BOT],
  unknown: [group({ outcome: 'unknown' })],
  other: [group({ kind: 'list' })],
});

it('has a row for each group, with its section, in UTC and with all digits', () => {
  const rows = whoRows(all);
  expect(rows.map(({ result, actor }) => [result, actor])).toEqual([
    ['retrieved', SAM.actor],
    ['retrieved', BOT.actor],
    ['denied', INTERN.actor],
    ['unknown', group().actor],
    ['other', group().actor],
  ]);
  expect(rows[0]).toEqual({
    secret: 'vault:eu/secret/production/db-password',
    result: 'retrieved',
    actor: 'person:sam@payments.acme.example',
    actor_kind: 'person',
    team: 'payments',
    kind: 'read',
    outcome: 'success',
    reason: '',
    count: 3,
    first: '2025-03-15T02:36:40.112Z',
    last: '2025-03-15T02:37:21.530999999Z',
    addresses: ['192.0.2.77'],
    address_count: 1,
    unexpected: ['network', 'role'],
  });
});

it('has the same columns in every row', () => {
  const columns = new Set(whoRows(all).map((row) => Object.keys(row).join()));
  expect(columns.size).toBe(1);
});

it('has no rows where nobody was', () => {
  expect(whoRows(answer({ retrieved: [], denied: [] }))).toEqual([]);
});

it('is one document with window, sections and sources', () => {
  const elsewhere = { first: '2025-03-01T00:00:00Z', last: '2025-03-02T00:00:00Z' };
  expect(JSON.parse(JSON.stringify(whoDocument({ ...all, elsewhere })))).toEqual({
    secret: { ...all.secret.secret, environment: 'production' },
    from: '2025-03-15T02:19:00Z',
    to: '2025-03-15T02:49:00Z',
    retrieved: [SAM, BOT],
    denied: [INTERN],
    unknown: all.unknown,
    other: all.other,
    sources: all.sources,
    gaps: [],
    elsewhere,
  });
});
