import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readTarGz } from '../../test/rules/tar.ts';
import type { Observation } from '../../src/core/event.ts';
import type { Label, Stream } from './judge.ts';
import { readEvents } from './read-events.ts';

/** One attack technique a file (Stratus Red Team): each is a stream of its own, in which everything is the attack. */
export function loadTechniques(corpora: string): readonly Stream[] {
  return filesOf(corpora, 'stratus-detonation-logs', /detonation-logs\/.*\.json$/).map(([path, text]) =>
    attack(basename(path, '.json').replace(/^aws\./, ''), read(path, text)),
  );
}

/** One call a file, often refused (TrailDiscover). What only asks is no attack by itself, whoever may do it. */
export function loadCalls(corpora: string): readonly Stream[] {
  return filesOf(corpora, 'traildiscover', /events\/.*\.cloudtrail$/).flatMap(([path, text]) => {
    const observations = read(path, text);
    const name = path.split('/').slice(-2).join(':').replace('.json.cloudtrail', '');
    return observations.some(changes) ? [attack(name, observations)] : [];
  });
}

/** A day of attacks without labels (Invictus): its alerts are only counted. */
export function loadInvictus(corpora: string): Stream {
  const files = filesOf(corpora, 'invictus-cloudtrail', /CloudTrail\/.*\.json$/);
  return { observations: files.flatMap(([path, text]) => read(path, text)), labels: [], labelOf: new Map() };
}

function attack(name: string, observations: readonly Observation[]): Stream {
  const actions = [...new Set(observations.map(({ event }) => event.event.action))];
  const label: Label = {
    name,
    what: actions.slice(0, 3).join(', '),
    ...(observations.some(concernsSecrets) ? {} : { invisible: 'is not about secrets, identities or audit' }),
  };
  return { observations, labels: [label], labelOf: new Map(observations.map(({ event }) => [event.event.id, name])) };
}

/** Reads a secret, or changes secrets, identities or the audit trail; signing in and asking is everybody's work. */
function concernsSecrets({ event }: Observation): boolean {
  return ['read', 'write', 'delete', 'admin', 'audit'].includes(event.whosaw.access.kind ?? '');
}

function changes(observation: Observation): boolean {
  return concernsSecrets(observation) && observation.event.whosaw.access.kind !== 'read';
}

function read(path: string, text: string): readonly Observation[] {
  return readEvents(Buffer.from(text), 'cloudtrail', path);
}

function filesOf(corpora: string, name: string, pattern: RegExp): readonly (readonly [string, string])[] {
  const files = readTarGz(readFileSync(join(corpora, 'aws', `${name}.tar.gz`)));
  return Array.from(files).filter(([path]) => pattern.test(path));
}
