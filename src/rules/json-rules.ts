import type { Hit } from '../core/hit.ts';
import type { JsonObject } from '../core/json.ts';
import type { Correlation, RuleMeta } from '../core/rule.ts';
import { compileExpression } from './compile-expression.ts';
import { indexDetections } from './detection-index.ts';
import { JSON_FIELDS } from './fields.ts';
import { compileHits, usesOf, type Countable } from './hits.ts';
import { necessaryFor } from './necessary.ts';
import type { ParsedRules } from './parse-rules.ts';

/** A JSON object as somebody's rules see it: nothing is known of it but its fields. */
export interface JsonEvent {
  /** 32 hex digits, in the order of the input. */
  readonly id: string;
  readonly fields: JsonObject;
  /** Microseconds since 1970; without it the event matches, but counts for no correlation. */
  readonly timeUs: number | undefined;
}

/** Rules over plain JSON: whatever their logsource is, each is asked of every event. */
export interface JsonRules {
  /** Without those that stand for a detection alone. */
  readonly correlations: readonly Correlation[];
  /** Detections that are told of by themselves, with the index by which `match` names them. */
  readonly alone: ReadonlyMap<number, RuleMeta>;
  /** Indices of the detections that the event meets, ascending. */
  match(event: JsonEvent): readonly number[];
  hits(event: JsonEvent, matched: readonly number[]): readonly Hit[];
}

export function compileJsonRules(parsed: Pick<ParsedRules, 'correlations' | 'detections'>): JsonRules {
  const { detections } = parsed;
  const standing = new Set(
    parsed.correlations.filter(({ absentIsValue }) => absentIsValue).map(({ meta }) => meta.key),
  );
  const correlations = parsed.correlations.filter(({ absentIsValue }) => !absentIsValue);
  const uses = usesOf(correlations);
  const counting = { correlations, countedBy: uses.correlations, countable: JSON_EVENTS };
  const makers = detections.map(({ meta }) => compileHits(uses.detections.get(meta.key) ?? [], counting));
  const entries = detections.map(({ expression }, number) => ({
    number,
    necessary: necessaryFor(expression),
    matches: compileExpression(expression, JSON_EVENTS),
  }));
  return {
    correlations,
    alone: new Map(
      Array.from(detections.entries(), ([index, { meta }]): [number, RuleMeta] => [index, meta]).filter(([, meta]) =>
        standing.has(meta.key),
      ),
    ),
    match: indexDetections(entries, JSON_EVENTS),
    hits: (event, matched) => {
      const hits: Hit[] = [];
      if (event.timeUs !== undefined) for (const detection of matched) makers[detection]?.(event, hits);
      return hits;
    },
  };
}

const JSON_EVENTS: Countable<JsonEvent> = {
  reader: (name) => {
    const read = JSON_FIELDS.reader(name);
    return ({ fields }) => read(fields);
  },
  message: ({ fields }) => fields,
  timeUs: ({ timeUs }) => timeUs ?? 0,
  eventId: ({ id }) => id,
  accessId: ({ id }) => id,
};
