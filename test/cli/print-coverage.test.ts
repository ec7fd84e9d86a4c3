import { describe, expect, it } from 'vitest';
import { printCoverage, printCoverageCsv, printCoverageMarkdown } from '../../src/cli/print-coverage.ts';
import { coverageOf } from '../../src/rules/coverage.ts';
import { parseRules } from '../../src/rules/parse-rules.ts';

function rule(number: number, title: string, more: string): string {
  return `title: "${title}"
id: 0000000${number}-1111-4111-8111-111111111111
level: high
${more}
detection: { a: { user.name: x }, condition: a }
`;
}

const parsed = parseRules([
  {
    file: '/rules/one/all.yml',
    folder: 0,
    text: rule(
      1,
      'All',
      'tags: [attack.t1078.004, attack.initial-access]\nstores: { vault: true, aws: true, azure: true }',
    ),
  },
  {
    file: '/rules/two/some.yml',
    folder: 0,
    text: rule(
      2,
      'Some | <b>\\u001b[2J',
      'tags: [attack.T1110, attack.t1078.004, cve.2024-1]\nstores: { vault: true, aws: "=there is | none" }',
    ),
  },
  {
    file: '/rules/silent.yml',
    folder: 0,
    text: `${rule(3, 'Base', 'name: base').replace(/^id:.*\n/m, '')}---
title: Chain
id: 00000004-1111-4111-8111-111111111111
correlation: { type: event_count, rules: [below], timespan: 1h, condition: { gte: 1 } }
---
title: Below
name: below
tags: [attack.t9999]
correlation: { type: event_count, rules: [base], timespan: 1h, condition: { gte: 1 } }
`,
  },
]);
const coverage = coverageOf(parsed.correlations);

describe('coverageOf', () => {
  it('is of rules that are right', () => {
    expect(parsed.problems).toEqual([]);
  });

  it('tells of the rules that alert, with what they say of themselves', () => {
    expect(coverage.rules).toMatchObject([
      {
        name: 'one/all',
        level: 'high',
        stores: { vault: true, aws: true, azure: true },
        techniques: ['T1078.004'],
        tactics: ['initial-access'],
      },
      {
        name: 'two/some',
        stores: { vault: true, aws: '=there is | none' },
        techniques: ['T1110', 'T1078.004'],
        tactics: [],
      },
      { name: 'rules/silent', title: 'Chain', stores: {}, techniques: [] },
    ]);
  });

  it('counts the rules of a technique by store', () => {
    expect(coverage.techniques).toEqual([
      { technique: 'T1078.004', rules: 2, stores: { vault: 2, aws: 1, azure: 1 } },
      { technique: 'T1110', rules: 1, stores: { vault: 1, aws: 0, azure: 0 } },
    ]);
  });
});

describe('its tables', () => {
  it('are in columns for people', () => {
    expect(printCoverage(coverage)).toBe(`RULE          LEVEL   VAULT  AWS  AZURE  ATT&CK
one/all       high    yes    yes  yes    T1078.004
two/some      high    yes    -    ?      T1110 T1078.004
rules/silent  medium  ?      ?    ?

ATT&CK     RULES  VAULT  AWS  AZURE
T1078.004  2      2      1    1
T1110      1      1      0    0

WHY NOT
two/some, aws: =there is | none
`);
  });

  it('are Markdown for documentation, in which no title is markup', () => {
    const lines = printCoverageMarkdown(coverage).split('\n');
    expect(lines[0]).toBe('| rule | level | vault | aws | azure | ATT&CK | why not |');
    expect(lines[3]).toBe(
      '| Some \\| &lt;b>\\u001b[2J | high | yes | - | ? | T1110 T1078.004 | aws: =there is \\| none |',
    );
    expect(lines).toContain('| T1110 | 1 | 1 | 0 | 0 |');
  });

  it('are CSV for spreadsheets, without formulas', () => {
    expect(printCoverageCsv(coverage).split('\n')[2]).toBe(
      `two/some,Some | <b>\u001b[2J,high,yes,'=there is | none,,T1110 T1078.004,`,
    );
  });
});
