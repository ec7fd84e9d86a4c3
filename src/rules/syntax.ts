import type { Problem } from '../core/errors.ts';
import type { JsonValue } from '../core/json.ts';
import type { LogSource, RuleMeta } from '../core/rule.ts';
import type { Cidr } from '../lib/cidr.ts';
import type { DatePart } from './date-part.ts';
import type { Pattern } from './pattern.ts';

/** A place in a rule file; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Takes note of something wrong with the file that is being read; `error` unless it says otherwise. */
export type Report = (place: Place, message: string, severity?: Problem['severity']) => void;

/** What a detection asks of an event: its condition with the search identifiers in their places. */
export type Expression =
  /** All terms; of no terms at all: true. */
  | { readonly kind: 'all'; readonly terms: readonly Expression[] }
  /** At least one term; of no terms: false. */
  | { readonly kind: 'any'; readonly terms: readonly Expression[] }
  | { readonly kind: 'not'; readonly term: Expression }
  /** A search identifier under its name. */
  | { readonly kind: 'search'; readonly name: string; readonly term: Expression }
  | Item;

/** One line of a search: a field, or without one a keyword that any value of the record may hold. */
export interface Item {
  readonly kind: 'item';
  readonly field: string | undefined;
  /** What a value may be: one of these (or, with `every`, all of them, each by some element of an array). */
  readonly tests: readonly Test[];
  readonly every: boolean;
  /** True where it would be false. */
  readonly negated: boolean;
  /** The line as people would write it, for messages. */
  readonly text: string;
  /** Where it stands in the rule file. */
  readonly place?: Place;
}

/** What is asked of one value. */
export type Test =
  | { readonly kind: 'text'; readonly pattern: Pattern; readonly cased: boolean }
  /** Absent counts as null. */
  | { readonly kind: 'null' }
  /** Presence alone: a field that is null or empty is present. */
  | { readonly kind: 'exists'; readonly present: boolean }
  | {
      readonly kind: 'regex';
      readonly source: string;
      readonly flags: string;
      readonly matches: (text: string) => boolean;
    }
  | { readonly kind: 'cidr'; readonly network: Cidr }
  | { readonly kind: 'number'; readonly operator: NumberOperator; readonly bound: number }
  | { readonly kind: 'date'; readonly part: DatePart; readonly number: number }
  /** Compared with the value of another field. */
  | {
      readonly kind: 'reference';
      readonly field: string;
      readonly before: boolean;
      readonly after: boolean;
      readonly cased: boolean;
    }
  /** Alternatives that one written value stands for; never references. */
  | { readonly kind: 'any'; readonly tests: readonly Test[] };

export type NumberOperator = 'lt' | 'lte' | 'gt' | 'gte';

/** A detection as it was written, ready to be compiled. */
export interface Detection {
  readonly meta: RuleMeta;
  readonly logsource: LogSource;
  readonly expression: Expression;
  /** Without the filters of other files, where there are any: a file's tests go by what it says itself. */
  readonly ownExpression?: Expression;
}

/** The tests that stand in a rule file beside the rule that raises its alerts. */
export interface RuleTests {
  /** Key of that rule. */
  readonly rule: string;
  readonly title: string;
  readonly file: string;
  readonly cases: readonly TestCase[];
}

export interface TestCase {
  readonly kind: 'fires' | 'quiet';
  readonly name: string;
  readonly line: number;
  readonly lines: readonly TestLine[];
  /** Offset from 12:00 UTC: so far the world is watched, though nothing may come; undefined: until the last event. */
  readonly untilMs?: number;
}

/** One or several equal events. */
export interface TestLine {
  readonly line: number;
  /** Offset from 12:00 UTC of the tests' day; undefined: one second after the event before. */
  readonly atMs: number | undefined;
  readonly times: number;
  readonly everyMs: number;
  /** Dotted names and values; null removes what the base event or a default would have put there. */
  readonly fields: ReadonlyMap<string, JsonValue>;
}
