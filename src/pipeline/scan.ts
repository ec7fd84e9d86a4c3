import type { Alert } from '../core/alert.ts';
import type { WhosawError } from '../core/errors.ts';
import type { Observation } from '../core/event.ts';
import type { Rejection, SourceType } from '../core/record.ts';
import type { SourceFormat } from '../core/source-format.ts';
import { Evaluation } from '../detect/evaluate.ts';
import { FORMATS } from '../sources/formats.ts';
import { detectSource } from '../sources/files/detect-source.ts';
import { readFiles } from '../sources/files/read-files.ts';
import { SeenEvents } from './seen-events.ts';
import type { Stages } from './observe.ts';

export interface ScanOptions {
  readonly paths: readonly string[];
  readonly stages: Stages;
  /** Without it, each file's first bytes tell. */
  readonly source?: SourceType | undefined;
  readonly cluster?: string | undefined;
  readonly signal: AbortSignal;
  /** Each normalized event, once, with the rules that it hit; awaited. */
  readonly onEvent?: ((observation: Observation) => Promise<void> | void) | undefined;
  readonly onRejection: (rejection: Rejection) => void;
  readonly onSkipped: (path: string, reason: string) => void;
  readonly onUnreadable: (error: WhosawError, path: string) => void;
  /** Now and then, with the counts so far. */
  readonly onProgress?: (summary: ScanCounts) => void;
}

export interface ScanCounts {
  readonly files: number;
  readonly events: number;
  readonly duplicates: number;
  readonly rejected: number;
}

export interface ScanResult extends ScanCounts {
  readonly alerts: readonly Alert[];
}

/** The same stages over files, once, without a store. */
export async function scan(options: ScanOptions): Promise<ScanResult> {
  const { stages } = options;
  const evaluation = new Evaluation(stages.rules);
  const seen = new SeenEvents();
  const files = new Set<string>();
  let events = 0;
  let duplicates = 0;
  let rejected = 0;
  const reject = (rejection: Rejection): void => {
    rejected += 1;
    options.onRejection(rejection);
  };
  const counts = (): ScanCounts => ({ files: files.size, events, duplicates, rejected });

  const format = options.source === undefined ? chooseFormat : FORMATS[options.source];
  const batches = readFiles(options.paths, format, {
    ...(options.cluster === undefined ? {} : { cluster: options.cluster }),
    signal: options.signal,
    skipped: options.onSkipped,
    unreadable: options.onUnreadable,
  });
  for await (const { file, records, rejections } of batches) {
    files.add(file);
    for (const rejection of rejections) reject(rejection);
    for (const record of records) {
      const normalized = stages.formats[record.type].normalize(record);
      if (!normalized.ok) {
        reject(normalized.error);
        continue;
      }
      const enriched = stages.enricher.enrich(normalized.value);
      const verdict = seen.add(enriched);
      if (verdict === 'new') {
        events += 1;
        const observation = evaluation.add(enriched);
        await options.onEvent?.(observation);
      } else if (verdict === 'known') duplicates += 1;
      else reject(conflict(enriched));
    }
    options.onProgress?.(counts());
  }
  return { ...counts(), alerts: evaluation.finish() };
}

function chooseFormat(first: Buffer, path: string): SourceFormat | undefined {
  const type = detectSource(first, path);
  return type === undefined ? undefined : FORMATS[type];
}

function conflict({ event, text, record }: Observation): Rejection {
  return {
    origin: event.whosaw.origin,
    reason: 'conflict',
    message: `Event ${event.event.id} was seen before with another actor, secret or outcome.`,
    length: Buffer.byteLength(text),
    keys: Object.keys(record),
  };
}
