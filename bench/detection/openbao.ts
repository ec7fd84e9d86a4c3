import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Observation } from '../../src/core/event.ts';
import { isObject, objectAt, stringAt, stringsAt } from '../../src/core/json.ts';
import type { Label, Stream } from './judge.ts';
import { readEvents } from './read-events.ts';

/** The recorded week of OpenBao: days of which expectations are drafted, and all days with their labels. */
export interface Scenario extends Stream {
  readonly baseline: readonly Observation[];
  /** UTC days that are judged. */
  readonly days: readonly string[];
}

/** Setting the cluster up comes before the first day, and is no part of any. */
const SETUP = 'setup';
const BACKGROUND = 'background';

export function loadScenario(corpora: string): Scenario {
  const read = (name: string): Buffer => gunzipSync(readFileSync(join(corpora, 'vault/openbao', `${name}.gz`)));
  const all = readEvents(read('scenario-shifted.jsonl'), 'vault', 'scenario-shifted.jsonl');
  const requests = requestLabels(read('truth-requests.jsonl').toString());
  const labels = labelsOf(read('truth.json').toString());
  const isSetup = ({ record }: Observation): boolean => requests.get(requestId(record)) === SETUP;
  const observations = all.filter((observation) => !isSetup(observation));
  const attacked = observations.filter(({ record }) => isAttack(requests.get(requestId(record))));
  const firstAttack = dayOf(attacked.reduce((one, other) => (one.timeUs < other.timeUs ? one : other)));
  return {
    observations,
    labels,
    labelOf: new Map(attacked.map(({ event, record }) => [event.event.id, requests.get(requestId(record)) ?? ''])),
    baseline: observations.filter((observation) => dayOf(observation) < firstAttack),
    days: [...new Set(observations.map(dayOf))].toSorted(),
  };
}

export function dayOf({ event }: Observation): string {
  return event['@timestamp'].slice(0, '2026-11-16'.length);
}

function requestId(record: Observation['record']): string {
  return stringAt(objectAt(record, 'request'), 'id') ?? '';
}

function isAttack(label: string | undefined): boolean {
  return label !== undefined && label !== BACKGROUND && label !== SETUP;
}

function requestLabels(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line) => {
      const entry: unknown = JSON.parse(line);
      if (!isObject(entry)) throw new Error('truth-requests.jsonl holds a line that is no object.');
      return [stringAt(entry, 'id') ?? '', stringAt(entry, 'label') ?? ''];
    }),
  );
}

function labelsOf(text: string): readonly Label[] {
  const truth: unknown = JSON.parse(text);
  const scenarios = objectAt(isObject(truth) ? truth : undefined, 'scenarios');
  return Object.keys(scenarios)
    .filter(isAttack)
    .map((name) => {
      const scenario = objectAt(scenarios, name);
      const nothing = stringsAt(scenario, 'expect').find((expected) => expected.startsWith('none'));
      const what = stringAt(scenario, 'description') ?? '';
      return nothing === undefined ? { name, what } : { name, what, invisible: nothing };
    });
}
