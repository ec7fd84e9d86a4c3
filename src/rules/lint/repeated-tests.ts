import type { TestCase } from '../syntax.ts';
import type { Check, Remark } from './finding.ts';

/** The same events under another name prove nothing more. */
export const REPEATED_TESTS: Check = {
  name: 'repeated-test',
  run: ({ parsed }) =>
    parsed.tests.flatMap(({ file, cases }) => {
      const first = new Map<string, TestCase>();
      return cases.flatMap((test): readonly Remark[] => {
        const events = eventsOf(test);
        const known = first.get(events);
        if (known === undefined) {
          first.set(events, test);
          return [];
        }
        const meta = { file, line: test.line };
        const same = `has the events of \`${known.name}\` in line ${known.line}`;
        return known.kind === test.kind
          ? [{ meta, level: 'warning', message: `the test \`${test.name}\` ${same}; leave one out` }]
          : [{ meta, level: 'error', message: `the test \`${test.name}\` ${same}, which expects the opposite` }];
      });
    }),
};

function eventsOf({ lines }: TestCase): string {
  return JSON.stringify(
    lines.map(({ atMs, times, everyMs, fields }) => [
      atMs ?? null,
      times,
      times > 1 ? everyMs : null,
      Array.from(fields).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ]),
  );
}
