import { isObject, stringsAt, type JsonValue } from '../../core/json.ts';
import { Bell } from '../../lib/bell.ts';
import { Attempts, type AttemptsTiming } from '../streams/attempts.ts';
import type { Notice, Stream, StreamBatch } from '../streams/stream.ts';
import { explainAzureError } from './azure-error.ts';
import { vaultsWithoutAudit } from './management.ts';

export interface VaultsStreamOptions {
  readonly subscriptions: readonly string[];
  /** Of the management interface. */
  readonly management: string;
  readonly notice: Notice;
  readonly timing?: (Partial<AttemptsTiming> & { readonly everyMs?: number }) | undefined;
}

const EVERY_MS = 3_600_000;
const KEY = 'vaults';

/** Looks every hour which vaults send their audit events nowhere: nobody sees what is read from them. */
export function vaultsStream(options: VaultsStreamOptions): Stream {
  return { key: KEY, read: (state, signal) => read(options, state, signal) };
}

/** Names of the vaults that send their audit events nowhere, out of a source's checkpoint; undefined: nobody looked. */
export function vaultsNotAudited(checkpoint: JsonValue | undefined): readonly string[] | undefined {
  const streams = isObject(checkpoint) ? checkpoint['streams'] : undefined;
  const state = isObject(streams) ? streams[KEY] : undefined;
  return isObject(state) ? stringsAt(state, 'without') : undefined;
}

async function* read(
  { subscriptions, management, notice, timing }: VaultsStreamOptions,
  state: JsonValue | undefined,
  signal: AbortSignal,
): AsyncGenerator<StreamBatch, void, undefined> {
  const said = new Set<string>();
  const without = new Map<string, readonly string[]>();
  const bell = new Bell();
  const attempts = new Map(
    subscriptions.map((subscription) => {
      const call = { action: 'Reader', resource: `subscription ${subscription}` };
      const explain = (error: unknown) => explainAzureError(error, call);
      return [subscription, new Attempts({ stream: subscription, explain, notice, timing })] as const;
    }),
  );
  // It says nothing of events, and must not hold up those that do.
  yield { records: [], rejections: [], state: state ?? {}, seenToMs: Number.MAX_SAFE_INTEGER };
  while (!signal.aborted) {
    for (const [subscription, attempt] of attempts) {
      const found = await attempt.once(() => vaultsWithoutAudit(subscription, management, signal));
      if (found === undefined) continue;
      without.set(subscription, found);
      for (const vault of found) {
        if (said.has(vault)) continue;
        said.add(vault);
        notice('A vault sends its audit events nowhere: nobody sees what is read from it.', { vault, subscription });
      }
    }
    const names = [...without.values()].flat();
    yield { records: [], rejections: [], state: { without: names }, seenToMs: Number.MAX_SAFE_INTEGER };
    await bell.sleep(timing?.everyMs ?? EVERY_MS, signal);
  }
}
