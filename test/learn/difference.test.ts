import { describe, expect, it } from 'vitest';
import { DifferenceObserver, type Difference } from '../../src/learn/difference.ts';
import { printDifference } from '../../src/learn/print-difference.ts';
import { observation, type Given } from '../contract/store-fixtures.ts';

function difference(...events: readonly Given[]): Difference {
  const observer = new DifferenceObserver();
  for (const [index, event] of events.entries()) {
    observer.add(observation({ team: 'payments', environment: 'production', ...event, id: `${event.id}${index}` }));
  }
  return observer.difference;
}

const NOTHING = { identities: [], secrets: [], networks: [], roles: [], windows: [] };
const off = (ip: string, given: Partial<Given> = {}): Given => ({
  id: 'off',
  address: ip,
  ip,
  expected: { network: false },
  ...given,
});

describe('what the expectations do not declare', () => {
  it('is nothing where all is as declared', () => {
    const declared = difference({ id: 'a', expected: { network: true, role: true, schedule: true } });
    expect(declared).toEqual({ ...NOTHING, events: 1 });
    expect(printDifference(declared)).toBe('1 events: all of it is as the expectations say.\n');
  });

  it('is no refusal, no companion, and nothing of root', () => {
    const facts = { network: false, role: false, schedule: false };
    expect(
      difference(
        { id: 'a', outcome: 'failure', expected: facts },
        { id: 'b', kind: null, expected: facts },
        { id: 'c', actorKind: 'root', expected: facts },
        { id: 'd', actor: null, expected: facts },
      ),
    ).toEqual({ ...NOTHING, events: 4 });
  });

  it('is networks of teams, wide where many addresses lie near each other', () => {
    const many = Array.from({ length: 9 }, (_, index) => off(`10.7.${index}.1`));
    const { networks } = difference(...many, off('192.0.2.1'), off('192.0.2.9'), off('192.0.2.9'));
    expect(networks).toEqual([
      { what: '10.7.0.0/16', by: 'payments', count: 9 },
      { what: '192.0.2.0/24', by: 'payments', count: 3 },
    ]);
  });

  it('is identities, secrets, environments beyond roles and times outside of windows', () => {
    const observer = new DifferenceObserver();
    const events: readonly Given[] = [
      { id: 'a', actor: 'vault:eu/approle/new', actorKind: 'service', environment: 'production' },
      { id: 'b', actor: 'vault:eu/approle/new', actorKind: 'service', environment: 'production' },
      { id: 'c', team: 'web', secret: 'vault:eu/secret/odd-one' },
      { id: 'd', team: 'web', environment: 'production', expected: { role: false } },
      { id: 'e', team: 'web', environment: 'production', expected: { schedule: false } },
    ];
    for (const event of events) observer.add(observation(event));
    expect(observer.difference).toEqual({
      events: 5,
      identities: [{ what: 'vault:eu/approle/new', count: 2 }],
      secrets: [{ what: 'vault:eu/secret/odd-one', count: 1 }],
      networks: [],
      roles: [{ what: 'production', by: 'person:sam@acme.example', count: 1 }],
      windows: [{ what: 'person:sam@acme.example', count: 1 }],
    });
    expect(printDifference(observer.difference).split('\n')).toEqual([
      '5 events: this was there, though the expectations do not declare it.',
      '',
      'identities in no team: 1',
      '         2  vault:eu/approle/new',
      '',
      'secrets in no environment: 1',
      '         1  vault:eu/secret/odd-one',
      '',
      'environments beyond the roles: 1',
      '         1  production read by person:sam@acme.example',
      '',
      'identities outside their change windows: 1',
      '         1  person:sam@acme.example',
      '',
    ]);
  });

  it('escapes names, and shows the first of many', () => {
    const many = Array.from({ length: 25 }, (_, index): Given => ({ id: 'x', actor: `vault:eu/\u001b[31m${index}` }));
    const observer = new DifferenceObserver();
    for (const [index, event] of many.entries())
      observer.add(observation({ ...event, id: `${index}`, environment: 'p' }));
    const text = printDifference(observer.difference);
    expect(text).toContain('identities in no team: 25');
    expect(text).toContain('… and 5 more');
    expect(text).not.toContain('\u001b');
  });
});
