import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { waysToSift } from '../../../src/pipeline/sift-plan.ts';
import { parseRules } from '../../../src/rules/parse-rules.ts';
import { compileRules } from '../../../src/rules/rule-set.ts';
import { cloudtrail } from '../../../src/sources/aws/cloudtrail.ts';
import { uuidWords } from '../../../src/sources/aws/notes.ts';
import { CloudTrailSieve } from '../../../src/sources/aws/sieve.ts';

/** Words that rules and records share, so that they meet; some change when they are folded or redacted. */
const WORDS = [
  'GetSecretValue',
  'getsecretvalue',
  'Delete',
  'DeleteKey',
  'kms.amazonaws.com',
  'Root',
  'é',
  'İ',
  'password=abc',
  '[redacted]',
  'a"b',
  'ſ',
  'K',
];
const FIELDS = [
  'eventName',
  'eventSource',
  'userAgent',
  'errorCode',
  'userIdentity.type',
  'userIdentity.arn',
  'event.action',
  'requestParameters.x',
];
const plain = fc.constantFrom(...WORDS.slice(0, 6));
const word = fc.oneof({ weight: 1, arbitrary: plain }, fc.constantFrom(...WORDS));
const texts = fc.oneof(
  { weight: 4, arbitrary: word },
  fc.tuple(word, word).map((two) => two.join(' ')),
);

const item = fc.tuple(
  fc.constantFrom(...FIELDS),
  fc.constantFrom('', '|contains', '|startswith', '|endswith', '|cased', '|re'),
  fc.array(fc.oneof({ weight: 12, arbitrary: texts }, fc.constant(null)), { minLength: 1, maxLength: 2 }),
);
const search = fc.uniqueArray(item, { minLength: 1, maxLength: 3, selector: ([field, modifier]) => field + modifier });
const rule = fc.record({
  a: search,
  b: search,
  condition: fc.constantFrom('a', 'a and b', 'a or b', 'a and not b'),
  category: fc.boolean(),
});

const record = fc.record(
  {
    eventVersion: fc.constant('1.08'),
    userIdentity: fc.record({ type: texts, arn: fc.oneof(texts, fc.constant(null)) }, { requiredKeys: [] }),
    eventTime: fc.constant('2025-03-15T02:34:12Z'),
    eventSource: texts,
    eventName: texts,
    userAgent: fc.oneof({ weight: 6, arbitrary: texts }, fc.integer(), fc.constant(null)),
    errorCode: texts,
    eventID: fc.uuid(),
    requestParameters: fc.record({ x: texts, eventName: texts, secretId: word }, { requiredKeys: [] }),
    'userIdentity.type': fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, texts),
  },
  { requiredKeys: ['eventVersion', 'userIdentity', 'eventTime', 'eventSource', 'eventName', 'eventID'] },
);

describe('the sieve', () => {
  it('passes over nothing that a rule is about, and notes all that it does not leave to the framer', () => {
    let passed = 0;
    let met = 0;
    fc.assert(
      fc.property(
        fc.array(rule, { minLength: 1, maxLength: 2 }),
        fc.array(record, { minLength: 1, maxLength: 20 }),
        (rules, records) => {
          const compiled = compileRules(
            parseRules([{ file: 'rules.yml', folder: 0, text: rules.map(printRule).join('---\n') }]),
          );
          const ways = waysToSift(compiled);
          if (ways === undefined) return;
          const bytes = Buffer.from(JSON.stringify({ Records: records }));
          const all = framed(bytes);
          const sieve = new CloudTrailSieve(ways);
          const left = framed(bytes, sieve);
          const { offsets, ids, kept, keptEnds, bytes: keptBytes, count } = sieve.drain();
          expect(left.length + count).toBe(all.length);
          for (const [number, offset] of offsets.entries()) {
            const id = all.find(({ origin }) => origin.offset === offset)?.record['eventID'];
            expect(ids.slice(4 * number, 4 * number + 4)).toEqual(uuidWords(String(id)));
          }
          for (const [index, number] of kept.entries()) {
            const text = Buffer.from(keptBytes).toString('utf8', keptEnds[index - 1] ?? 0, keptEnds[index]);
            expect(bytes.indexOf(text)).toBe(offsets[number]);
          }
          const isKept = new Set([
            ...left.map(({ origin }) => origin.offset),
            ...kept.map((number) => offsets[number]),
          ]);
          for (const raw of all) {
            const observation = cloudtrail.normalize(raw);
            const hits = observation.ok ? compiled.match(observation.value) : [];
            if (hits.length > 0) met += 1;
            if (!isKept.has(raw.origin.offset)) passed += 1;
            if (hits.length > 0) expect(isKept).toContain(raw.origin.offset);
          }
        },
      ),
      { numRuns: 1_500 },
    );
    expect(passed).toBeGreaterThan(50);
    expect(met).toBeGreaterThan(50);
  });
});

it.each([
  ['userAgent', 'agent ÇÀÉ', 'çàé'],
  ['userAgent', 'password=abcdefgh', '[redacted]'],
  ['userIdentity.type', 'ÖÄÜ', 'öäü'],
  ['eventName', 'ÇÀÉ', 'çàé'],
])('keeps a record whose %s is %j for a rule about %j', (field, value, asked) => {
  const text = printRule(
    { a: [[field, '|contains', [asked]]], b: [['eventName', '', ['x']]], condition: 'a', category: false },
    1,
  );
  const compiled = compileRules(parseRules([{ file: 'rules.yml', folder: 0, text }]));
  const [first = '', second] = field.split('.');
  const known = {
    eventVersion: '1.08',
    eventTime: '2025-03-15T02:34:12Z',
    eventSource: 'ec2.amazonaws.com',
    eventName: 'Describe',
    eventID: '00000000-0000-4000-8000-000000000000',
  };
  const sieve = new CloudTrailSieve(waysToSift(compiled) ?? []);
  const record = { ...known, [first]: second === undefined ? value : { [second]: value } };
  expect(framed(Buffer.from(JSON.stringify(record)), sieve)).toHaveLength(0);
  expect(sieve.drain().kept).toEqual([0]);
});

function framed(bytes: Buffer, sieve?: CloudTrailSieve) {
  const out = { records: [], rejections: [] };
  const framer = cloudtrail.frame({ source: 'test', offset: 0, ...(sieve === undefined ? {} : { sieve }) });
  framer.push(bytes, '2025-03-15T02:34:12Z', out);
  framer.end('2025-03-15T02:34:12Z', out);
  return out.records as Parameters<typeof cloudtrail.normalize>[0][];
}

function printRule(
  { a, b, condition, category }: { a: Search; b: Search; condition: string; category: boolean },
  index: number,
): string {
  return JSON.stringify({
    title: `Rule ${index}`,
    id: `00000000-0000-4000-8000-00000000000${index}`,
    status: 'stable',
    level: 'high',
    logsource: category ? { category: 'secret_access' } : { product: 'aws', service: 'cloudtrail' },
    detection: { a: printSearch(a), b: printSearch(b), condition },
  }).concat('\n');
}

type Search = readonly (readonly [string, string, readonly (string | null)[]])[];

/** Regular expressions are of plain words. */
function printSearch(items: Search): object {
  return Object.fromEntries(
    items.map(([field, modifier, values]) => [
      field + modifier,
      values.map((value) => (modifier === '' || value !== null ? escaped(value, modifier) : 'x')),
    ]),
  );
}

function escaped(value: string | null, modifier: string): string | null {
  return value !== null && modifier === '|re' ? value.replaceAll(/[^\w ]/g, '.') : value;
}
