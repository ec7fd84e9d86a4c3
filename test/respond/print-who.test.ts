import { describe, expect, it } from 'vitest';
import { printWho } from '../../src/respond/print-who.ts';
import { answer, BOT, group, INTERN, SAM, source } from './answer.ts';

const BERLIN = 'Europe/Berlin';
const bare = answer({ retrieved: [], denied: [] });

describe('the whole answer', () => {
  it('says who, how complete it is, and what to ask next', () => {
    expect(printWho(answer(), { zone: BERLIN })).toBe(
      `vault:eu/secret/production/db-password     production · high · owner payments
15 Mar 03:19 to 03:49 CET (UTC+1)     complete: vault-file, vault-socket seen to 03:52:07

RETRIEVED BY 3                    READS  FIRST         LAST          FROM         UNEXPECTED
person:sam@payments.acme.example      3  03:36:40.112  03:37:21.530  192.0.2.77   network, role
vault:eu/token/deploy-bot             1  03:34:12.847  03:34:12.847  10.0.1.42    schedule
vault:eu/approle/payments-api        24  03:19:01.004  03:48:31.220  10.0.7.5 +2  -

DENIED 1                  TRIES  FIRST         LAST          FROM      REASON
vault:eu/userpass/intern      5  03:41:02.300  03:41:44.871  10.0.9.9  permission denied

This shows who did read it, not who could have.
next  whosaw timeline person:sam@payments.acme.example --around 2025-03-15T02:36Z`,
    );
  });

  it('names days where the window has several, also in the sources', () => {
    const window = { fromUs: Date.UTC(2025, 2, 14, 22, 59) * 1_000, toUs: Date.UTC(2025, 2, 15, 2, 49) * 1_000 };
    const sources = [source('vault', '2025-03-14T22:30:00Z')];
    expect(printWho(answer({ window, retrieved: [BOT], denied: [], sources }), { zone: BERLIN })).toBe(
      `vault:eu/secret/production/db-password     production · high · owner payments
14 Mar 23:59 to 15 Mar 03:49 CET (UTC+1)     incomplete: vault seen to 14 Mar 23:30:00

RETRIEVED BY 1             READS  FIRST                LAST                 FROM       UNEXPECTED
vault:eu/token/deploy-bot      1  15 Mar 03:34:12.847  15 Mar 03:34:12.847  10.0.1.42  schedule

This shows who did read it, not who could have.
next  whosaw timeline vault:eu/token/deploy-bot --around 2025-03-15T02:34Z`,
    );
  });

  it('shows what is unknown, and what was no read', () => {
    const unknown = [group({ outcome: 'unknown', count: 1, addresses: [], addressCount: 0 })];
    const other = [
      group({ kind: 'list', count: 2, addressCount: 1 }),
      group({ kind: 'delete', outcome: 'failure', count: 1, addressCount: 1 }),
    ];
    expect(sections(printWho(answer({ retrieved: [], denied: [], unknown, other }), { zone: BERLIN }))).toEqual([
      'RETRIEVED BY nobody in this window',
      `UNKNOWN 1                      TRIES  FIRST         LAST          FROM  REASON
vault:eu/approle/payments-api      1  03:19:01.004  03:48:31.220  -     -`,
      `ALSO 1                         TIMES  FIRST         LAST          FROM      WHAT
vault:eu/approle/payments-api      2  03:19:01.004  03:48:31.220  10.0.7.5  list, success
vault:eu/approle/payments-api      1  03:19:01.004  03:48:31.220  10.0.7.5  delete, failure`,
      `This shows who did read it, not who could have.
next  whosaw timeline vault:eu/approle/payments-api --around 2025-03-15T02:19Z`,
    ]);
  });

  it('counts an identity once that was denied for two reasons', () => {
    const denied = [INTERN, { ...INTERN, reason: 'seal wrapped' }];
    expect(printWho(answer({ denied }), { zone: BERLIN })).toContain('\nDENIED 1 ');
  });

  it('says where to look when the window is empty', () => {
    const elsewhere = { first: '2025-03-01T10:00:00.000000001Z', last: '2025-03-14T10:00:00Z' };
    expect(printWho({ ...bare, elsewhere }, { zone: BERLIN, config: 'my conf.yaml' })).toBe(
      `vault:eu/secret/production/db-password     production · high · owner payments
15 Mar 03:19 to 03:49 CET (UTC+1)     complete: vault-file, vault-socket seen to 03:52:07

RETRIEVED BY nobody in this window

Nothing in this window; accesses were seen from 2025-03-01T10:00:00.000000001Z to 2025-03-14T10:00:00Z.
next  whosaw who vault:eu/secret/production/db-password --since 2025-03-01T10:00:00.000000001Z --until 2025-03-14T10:00:00Z -c 'my conf.yaml'`,
    );
  });

  it('has no next question where nothing was ever seen', () => {
    expect(sections(printWho(bare, { zone: BERLIN }))).toEqual([
      'RETRIEVED BY nobody in this window',
      'This shows who did read it, not who could have.',
    ]);
  });

  it('asks with the same config', () => {
    expect(printWho(answer(), { zone: BERLIN, config: "/etc/o'clock.yaml" })).toMatch(
      / --around 2025-03-15T02:36Z -c '\/etc\/o'\\''clock\.yaml'$/,
    );
  });
});

describe('zones', () => {
  it.each([
    ['Etc/UTC', '15 Mar 02:19 to 02:49 UTC     '],
    ['Europe/London', '15 Mar 02:19 to 02:49 GMT     '],
    ['America/New_York', '14 Mar 22:19 to 22:49 GMT-4 (UTC-4)     '],
    ['Asia/Kolkata', '15 Mar 07:49 to 08:19 GMT+5:30 (UTC+05:30)     '],
    ['Asia/Kathmandu', '15 Mar 08:04 to 08:34 GMT+5:45 (UTC+05:45)     '],
    ['America/St_Johns', '14 Mar 23:49 to 15 Mar 00:19 GMT-2:30 (UTC-02:30)     '],
    ['Pacific/Kiritimati', '15 Mar 16:19 to 16:49 GMT+14 (UTC+14)     '],
  ])('%s', (zone, span) => {
    expect(printWho(answer(), { zone }).split('\n')[1]).toContain(span);
  });

  it('are those of the end, where summer begins in the window', () => {
    const window = { fromUs: Date.UTC(2025, 2, 30, 0, 30) * 1_000, toUs: Date.UTC(2025, 2, 30, 1, 30) * 1_000 };
    expect(printWho(answer({ window }), { zone: BERLIN }).split('\n')[1]).toContain(
      '30 Mar 01:30 to 03:30 CEST (UTC+2)     ',
    );
  });
});

describe('completeness', () => {
  const saying = (...sources: Parameters<typeof source>[]): string => {
    const text = printWho(answer({ sources: sources.map((args) => source(...args)) }), { zone: BERLIN });
    return text.split('\n')[1]?.split('     ')[1] ?? '';
  };

  it.each([
    ['no source', [], 'no source was read yet'],
    ['a moment ago is complete', [['a', '2025-03-15T02:48:45Z']], 'complete: a seen to 03:48:45'],
    ['a moment longer is not', [['a', '2025-03-15T02:48:44.999Z']], 'incomplete: a seen to 03:48:44'],
    ['never read to its end', [['a']], 'incomplete: a not read to its end yet'],
    [
      'some of each',
      [['a', '2025-03-15T03:00:00Z'], ['b'], ['c', '2025-03-14T03:00:00Z'], ['d', '2025-03-15T02:59:59Z']],
      'complete: a, d seen to 03:59:59; incomplete: b not read to its end yet, c seen to 14 Mar 04:00:00',
    ],
  ] as const)('%s', (_, sources, said) => {
    expect(saying(...sources.map(([name, seenTo]) => [name, seenTo] as [string, string?]))).toBe(said);
  });
});

describe('hostile names', () => {
  const hostile = 'a\u001b]0;x\u0007\r\nFAKE ROW\u202e\u2066\u009b\u200b\u2028\ud800\t';
  const shown = 'a\\u001b]0;x\\u0007\\r\\nFAKE ROW\\u202e\\u2066\\u009b\\u200b\\u2028\\ud800\\t';

  it('are escaped wherever they stand', () => {
    const secret = { id: hostile, name: hostile, store: 'vault', kind: 'secret', owner: hostile } as const;
    const evil = { actor: hostile, team: hostile, addresses: [hostile], reason: hostile };
    const all = answer({
      secret: { secret, environment: hostile },
      retrieved: [{ ...SAM, ...evil }],
      denied: [{ ...INTERN, ...evil }],
      unknown: [{ ...group(), ...evil }],
      other: [{ ...group(), ...evil }],
      sources: [source(hostile, '2025-03-15T02:52:07Z')],
    });
    for (const text of [printWho(all, { zone: BERLIN }), printWho({ ...all, elsewhere: { first: 'x', last: 'x' } })]) {
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(text).toContain(shown);
      expect(text.split('\n').some((line) => line.startsWith('FAKE'))).toBe(false);
    }
  });

  it('cannot leave the next command', () => {
    const id = "vault:eu/secret/$(reboot);'`reboot`";
    const secret = { secret: { id, name: id, store: 'vault', kind: 'secret' } } as const;
    expect(printWho({ ...bare, secret, elsewhere: { first: 'x', last: 'x' } })).toContain(
      "next  whosaw who 'vault:eu/secret/$(reboot);'\\''`reboot`' --since",
    );
  });

  it('of wide characters keep the columns', () => {
    const wide = { ...SAM, actor: '日本語', addresses: ['ｗ'] };
    const lines = sections(printWho(answer({ retrieved: [wide, BOT], denied: [] }), { zone: BERLIN }))[0]?.split('\n');
    expect(lines?.[1]).toMatch(/^日本語 {19} {6}3 {2}03:/);
  });

  it('of 5,000 characters stay whole', () => {
    const long = 'x'.repeat(5_000);
    expect(printWho(answer({ retrieved: [{ ...SAM, actor: long }] }))).toContain(long);
  });
});

/** What stands under the header. */
function sections(text: string): readonly string[] {
  return text.split('\n\n').slice(1);
}
