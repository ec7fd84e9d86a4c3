import { Evaluation } from '../detect/evaluate.ts';
import type { Observation } from '../core/event.ts';
import type { Rejection } from '../core/record.ts';
import type { SourceFormat } from '../core/source-format.ts';
import { FORMATS } from '../sources/formats.ts';
import { detectSource } from '../sources/files/detect-source.ts';
import { readFiles } from '../sources/files/read-files.ts';
import { inOrder } from './in-order.ts';
import type { ScanCounts, ScanOptions, ScanResult } from './scan-options.ts';
import { scanSifted } from './scan-sifted.ts';
import { SeenEvents } from './seen-events.ts';
import { Told } from './told.ts';

export type { ScanCounts, ScanOptions, ScanResult } from './scan-options.ts';

/**
 * The same stages over files, once, without a store. Where it can be, CloudTrail records are sifted side by side; what
 * turns out not to be as they need it is read again from the beginning, one record after the other. Both give the same.
 */
export async function scan(options: ScanOptions): Promise<ScanResult> {
  const { ways } = options;
  if (ways === undefined || options.onEvent !== undefined) return scanInOrder(options);
  const told = new Told(options);
  const sifted = await scanSifted({ ...options, ...told.callbacks(), ways });
  return sifted ?? scanInOrder({ ...options, ...told.callbacks() });
}

async function scanInOrder(options: ScanOptions): Promise<ScanResult> {
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
    for (const item of inOrder(records, rejections)) {
      if ('reason' in item) {
        reject(item);
        continue;
      }
      const normalized = stages.formats[item.type].normalize(item);
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
