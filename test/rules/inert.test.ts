import { describe, expect, it } from 'vitest';
import { FACTS, inertRules } from '../../src/rules/inert.ts';
import { compileRules } from '../../src/rules/rule-set.ts';
import { ID, indent, parse, rule } from './rule-text.ts';

function reasons(text: string, declared: readonly string[] = []): readonly string[] {
  return inertRules(compileRules(parse(text)), new Set(declared)).map(({ reason }) => reason);
}

const search = (line: string, condition = 's'): string =>
  rule(`s:\n  ${line}\nt:\n  event.action: read\ncondition: ${condition}`);

describe('a rule is inert', () => {
  it.each([
    ['whosaw.expected.network: false', 'needs networks in expectations'],
    ['whosaw.expected.role: false', 'needs roles in expectations'],
    ['whosaw.expected.schedule: false', 'needs windows in expectations'],
    ['whosaw.environment: [production, staging]', 'needs environments in expectations'],
    ['whosaw.environment|startswith: prod', 'needs environments in expectations'],
    ['whosaw.secret.owner|exists: true', 'needs secrets with an owner in expectations'],
    ['whosaw.secret.criticality|neq: null', 'needs secrets with a criticality in expectations'],
    ['whosaw.actor.team|re: ^pay', 'needs teams in expectations'],
    ['whosaw.actor.team|contains|all: [a, b]', 'needs teams in expectations'],
  ])('where it needs %s', (line, reason) => {
    expect(reasons(search(line, 's and t'))).toEqual([reason]);
    expect(reasons(search(line, 'not (not s)'))).toEqual([reason]);
    expect(reasons(search(line, 's and t'), Object.keys(FACTS))).toEqual([]);
  });

  it('where it needs several facts, with those that are missing', () => {
    const text = search('whosaw.expected.role: false\n  whosaw.environment: production');
    expect(reasons(text)).toEqual(['needs environments and roles in expectations']);
    expect(reasons(text, ['whosaw.environment'])).toEqual(['needs roles in expectations']);
  });

  it('where it needs one of several facts', () => {
    const text = rule('s:\n  - whosaw.expected.role: false\n  - whosaw.expected.network: false\ncondition: s');
    expect(reasons(text)).toEqual(['needs networks or roles in expectations']);
    expect(reasons(text, ['whosaw.expected.role'])).toEqual([]);
  });

  it('where it groups or counts by a fact', () => {
    const text = (lines: string): string =>
      `title: B\nname: b\ndetection:\n  a:\n    event.action: x\n  condition: a\n---\ntitle: C\nid: ${ID}\ncorrelation:\n${indent(lines)}`;
    const count = 'type: event_count\nrules: [b]\ngroup-by: [whosaw.actor.team]\ntimespan: 5m\ncondition: { gte: 1 }';
    const values = 'type: value_count\nrules: [b]\ntimespan: 5m\ncondition: { gte: 1, field: whosaw.environment }';
    expect(reasons(text(count))).toEqual(['needs teams in expectations']);
    expect(reasons(text(values))).toEqual(['needs environments in expectations']);
  });

  it('where nobody can be known', () => {
    const text = `${search('event.action: y').replace(`id: ${ID}`, 'name: new')}
---
${search('whosaw.environment: staging').replace(`id: ${ID}`, 'name: known')}
---
title: C
id: ${ID}
correlation:
  type: first_seen
  rules: [new]
  known-by: [known]
  history: 3d
  timespan: 1h`;
    expect(reasons(text)).toEqual(['needs environments in expectations']);
  });
});

describe('a rule is not inert', () => {
  it.each([
    search('whosaw.expected.schedule: true', 't and not s'),
    search('whosaw.expected.schedule|neq: true', 't and s'),
    search('whosaw.environment: null'),
    search('whosaw.environment|exists: false'),
    search('whosaw.environment: production', 's or t'),
    search('event.action: x'),
  ])('where absence will do: %j', (text) => {
    expect(reasons(text)).toEqual([]);
  });
});
