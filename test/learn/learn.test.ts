import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActorKind, Observation } from '../../src/core/event.ts';
import { fail } from '../../src/core/result.ts';
import { compileExpectations } from '../../src/enrich/compile-expectations.ts';
import type { Expectations } from '../../src/enrich/expectations.ts';
import { parseExpectations } from '../../src/enrich/parse-expectations.ts';
import { learn } from '../../src/learn/learn.ts';
import { expandTest } from '../../src/rules/test-events.ts';
import type { JsonValue } from '../../src/core/json.ts';

const DAY_MS = 86_400_000;

interface Seen {
  readonly actor: string;
  readonly kind?: ActorKind;
  readonly secret?: string;
  readonly ip?: string;
  readonly outcome?: string;
  readonly days?: number;
}

function seen({ actor, kind = 'service', secret, ip = '10.0.1.7', outcome = 'success', days = 7 }: Seen) {
  const fields = new Map<string, JsonValue>([
    ['whosaw.actor.id', actor],
    ['whosaw.actor.kind', kind],
    ['whosaw.access.kind', 'read'],
    ['event.outcome', outcome],
    ['source.ip', ip],
    ['whosaw.secret.id', secret ?? null],
  ]);
  const lines = [{ line: 1, atMs: 0, times: days, everyMs: DAY_MS, fields }];
  return expandTest({ kind: 'quiet', name: '', line: 1, lines }, []).map(({ observation }) => observation);
}

function read(text: string): Expectations {
  const parsed = parseExpectations(text, 'draft.yaml', () => fail('none'));
  if (!parsed.ok) return expect.unreachable(parsed.error.map(({ line, message }) => `${line}: ${message}`).join('; '));
  return parsed.value;
}

const BOT = { actor: 'vault:eu/approle/deploy-bot', secret: 'vault:eu/secret/prod/db' } as const;
const ANA = { actor: 'vault:eu/userpass/ana', kind: 'person', secret: 'vault:eu/secret/stg/db' } as const;

function factsOf(history: readonly Observation[], now: Seen) {
  const [event] = seen({ ...now, days: 1 });
  if (event === undefined) return expect.unreachable('no event');
  const { environment, expected, actor } = compileExpectations(read(learn(history))).enrich(event).event.whosaw;
  return { environment, ...expected, team: actor?.team, actor: actor?.id };
}

describe('a draft of expectations', () => {
  it('expects what it saw', () => {
    const history = [...seen(BOT), ...seen(ANA)];
    expect(factsOf(history, BOT)).toMatchObject({
      environment: 'production',
      network: true,
      role: true,
      schedule: true,
      team: 'deploy-bot',
    });
    expect(factsOf(history, ANA)).toMatchObject({ environment: 'staging', network: true, role: true });
  });

  it('does not expect another network, another environment, or a bot at another hour', () => {
    const history = [...seen(BOT), ...seen(ANA)];
    expect(factsOf(history, { ...ANA, ip: '192.0.2.77', secret: BOT.secret })).toMatchObject({
      network: false,
      role: false,
    });
    const [late] = seen({ ...BOT, days: 1 });
    if (late === undefined) return expect.unreachable('no event');
    const enricher = compileExpectations(read(learn(history)));
    const { expected } = enricher.enrich({ ...late, timeUs: late.timeUs + 9 * 3_600_000_000 }).event.whosaw;
    expect(expected?.schedule).toBe(false);
    expect(factsOf(history, ANA)).not.toHaveProperty('schedule');
    return undefined;
  });

  it('learns nothing from refusals and from root', () => {
    const text = learn([
      ...seen({ ...ANA, ip: '192.0.2.77', outcome: 'failure' }),
      ...seen({ actor: 'vault:eu/token/root', kind: 'root', ip: '192.0.2.78' }),
    ]);
    expect(text).not.toMatch(/192\.0\.2|ana|root/);
    expect(read(text).teams).toEqual([]);
  });

  it('names one person under several names, where the name fits one person alone', () => {
    const person = { actor: 'person:ana@acme.example', kind: 'person' } as const;
    expect(factsOf([...seen(ANA), ...seen(person)], ANA).actor).toBe(person.actor);
    const namesake = { actor: 'person:ana@other.example', kind: 'person' } as const;
    expect(factsOf([...seen(ANA), ...seen(person), ...seen(namesake)], ANA).actor).toBe(ANA.actor);
  });

  it('says the evidence beside each line', () => {
    const text = learn([...seen(BOT), ...seen(ANA)]);
    expect(text).toMatch(/deploy-bot' +# 7 accesses on 7 days, 7 reads in production/);
    expect(text).toMatch(/secret\/prod\/\*\*' +# 1 secret/);
    expect(text).toMatch(/^# Drafted from 14 events of 7 days, 2025-01-15 to 2025-01-21/);
  });

  it('of nothing is empty, and no error', () => {
    expect(read(learn([])).teams).toEqual([]);
  });

  it('is right YAML whatever the log says', () => {
    const name = fc.string({ unit: 'binary', minLength: 1 });
    const ids = fc.record({
      actor: fc.oneof(
        name.map((text) => `vault:eu/userpass/${text}`),
        name.map((text) => `person:${text}@acme.example`),
      ),
      secret: name.map((text) => `vault:eu/secret/prod/${text}/x`),
    });
    fc.assert(
      fc.property(fc.array(ids, { maxLength: 5 }), (all) => {
        const text = learn(all.flatMap((one) => seen({ ...one, days: 1, kind: 'person' })));
        const members = new Set(read(text).teams.flatMap(({ roles }) => roles.flatMap((role) => role.members)));
        const plain = all.map(({ actor }) => actor).filter((id) => !id.includes('*'));
        expect(
          plain.every((id) => [...members].some((covers) => covers(id.startsWith('person:') ? id.toLowerCase() : id))),
        ).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
