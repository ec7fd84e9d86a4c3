import { describe, expect, it } from 'vitest';
import { explainEvent, type Explanation } from '../../src/rules/explain-event.ts';
import { compileRules } from '../../src/rules/rule-set.ts';
import { FACT_PHRASES } from '../../src/rules/words.ts';
import { ID, ID2, observation, parse } from './rule-text.ts';

const RULES = `title: Read
name: read
logsource: { category: secret_access }
detection:
  read:
    whosaw.access.kind: read
    whosaw.expected.network: false
  harmless:
    whosaw.environment: [test, development]
  condition: read and not harmless
---
title: Many
id: ${ID}
correlation: { type: event_count, rules: [read], group-by: [whosaw.actor.id], timespan: 5m, condition: { gte: 8 } }
---
title: Read in test
name: known
logsource: { category: secret_access }
detection:
  s: { whosaw.access.kind: read, whosaw.environment: test }
  condition: s
---
title: New
id: ${ID2}
correlation: { type: first_seen, rules: [read], known-by: [known], group-by: [whosaw.actor.id], timespan: 1h, history: 30d }
`;
const READ = {
  'whosaw.access.kind': 'read',
  'whosaw.secret.id': 'vault:a/b',
  'whosaw.expected.network': false,
  'whosaw.environment': 'production',
};

function explain(id: string, fields: Parameters<typeof observation>[0], facts = {}): Explanation {
  const rules = compileRules(parse(RULES));
  const correlation = rules.correlations.find(({ meta }) => meta.key === id);
  if (correlation === undefined) throw new Error('no such rule');
  return explainEvent(rules, correlation, observation(fields), { ...FACT_PHRASES, ...facts });
}

describe('an event is explained by a rule', () => {
  it('that it met: its own count, and what is declared', () => {
    const facts = { 'whosaw.expected.network': 'from 10.2.0.0/16' };
    const explanation = explain(ID, READ, facts);
    expect(explanation).toMatchObject({ holds: true, rule: { title: 'Many', line: 12 } });
    expect(explanation.quiet).toEqual(['at 7 or fewer in 5m', 'from 10.2.0.0/16', 'in test or development']);
    expect(explain(ID, READ).quiet).toContain('from a declared network');
  });

  it('that it did not meet: what is missing, and what alone would be enough', () => {
    const { holds, quiet, detections } = explain(ID, { ...READ, 'whosaw.environment': 'test' });
    expect([holds, quiet]).toEqual([false, ['at 7 or fewer in 5m']]);
    expect(detections).toMatchObject([
      { name: 'read', holds: false, isMeant: true, otherwise: ['outside test or development'], miss: '`harmless` holds' },
    ]);
  });

  it('that is about something else', () => {
    const { holds, detections } = explain(ID, { ...READ, 'whosaw.secret.id': null });
    expect([holds, detections[0]?.isMeant, detections[0]?.holds]).toEqual([false, false, false]);
  });

  it('whose acquaintances it makes without being counted', () => {
    const { holds, detections, quiet } = explain(ID2, { ...READ, 'whosaw.environment': 'test' });
    expect(holds).toBe(false);
    expect(detections.map(({ name, role, holds: one }) => [name, role, one])).toEqual([
      ['read', 'counted', false],
      ['known', 'known-by', true],
    ]);
    expect(quiet).toEqual(['after an earlier one in 30d', 'without `Read in test` before']);
  });
});
