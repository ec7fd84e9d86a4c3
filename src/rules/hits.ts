import type { Observation } from '../core/event.ts';
import type { Hit } from '../core/hit.ts';
import type { Correlation } from '../core/rule.ts';
import { OBSERVATION_FIELDS } from './fields.ts';
import { textOf } from './value-text.ts';

/** A correlation that counts a detection, and as which of its bases. */
export interface Use {
  /** Index of the correlation. */
  readonly correlation: number;
  /** Index into its `rules`, then its `knownBy`. */
  readonly base: number;
}

/**
 * Makes the hits of one detection that the event met: one for each correlation and base. A hit that lacks a field of
 * `group-by` is left out (unless absence is a value there), and so is one without the value that is counted.
 */
export function compileHits(
  correlations: readonly Correlation[],
  uses: readonly Use[],
): (observation: Observation, hits: Hit[]) => void {
  const makers = uses.flatMap((use) => {
    const correlation = correlations[use.correlation];
    return correlation === undefined ? [] : [compileHit(correlation, use)];
  });
  return (observation, hits) => {
    for (const make of makers) {
      const hit = make(observation);
      if (hit !== undefined) hits.push(hit);
    }
  };
}

type TextReader = (observation: Observation) => string;

function compileHit(correlation: Correlation, { correlation: index, base }: Use): (o: Observation) => Hit | undefined {
  const readGroup = compileGroup(correlation);
  const readValue = correlation.field === undefined ? undefined : groupReader(correlation.field);
  return (observation) => {
    const group = readGroup(observation);
    const value = readValue?.(observation);
    if (group === undefined || value === '') return undefined;
    const { event, timeUs } = observation;
    const hit = { correlation: index, base, group, timeUs, accessId: event.whosaw.access.id, eventId: event.event.id };
    return value === undefined ? hit : { ...hit, value };
  };
}

/** Undefined where the hit lacks a value and absence is none. */
function compileGroup({ groupBy, absentIsValue }: Correlation): (o: Observation) => readonly string[] | undefined {
  const readers = groupBy.map(groupReader);
  return (observation) => {
    const group = readers.map((read) => read(observation));
    return absentIsValue || !group.includes('') ? group : undefined;
  };
}

/** The field as one text; '' where it is absent, null or empty. The elements of an array are sorted and joined by commas. */
export function groupReader(field: string): TextReader {
  const read = OBSERVATION_FIELDS.reader(field);
  return (observation) => {
    const value = read(observation);
    return Array.isArray(value) ? joined(value) : (textOf(value) ?? '');
  };
}

function joined(values: readonly unknown[]): string {
  return values
    .flat(FLAT_DEPTH)
    .map((value) => textOf(value) ?? '')
    .filter((text) => text !== '')
    .toSorted()
    .join(',');
}

const FLAT_DEPTH = 16;
