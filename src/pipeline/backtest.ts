import type { Observation } from '../core/event.ts';
import type { RuleSet } from '../core/rule-set.ts';
import { compareAlerts, type Comparison } from '../detect/compare-alerts.ts';
import { Evaluation } from '../detect/evaluate.ts';
import { scan, type ScanCounts, type ScanOptions } from './scan.ts';

export interface Backtest extends Comparison {
  readonly events: number;
  /** From the first event to the last, one at least. */
  readonly days: number;
}

/** Two sets of rules over the same files. `stages` are those of the rules that are tried. */
export async function backtestFiles(
  before: RuleSet,
  options: ScanOptions,
): Promise<Backtest & { readonly counts: ScanCounts }> {
  const old = new Evaluation(before);
  const span = new Span();
  const { alerts, ...counts } = await scan({
    ...options,
    onEvent: (observation) => {
      old.add(observation);
      span.add(observation.timeUs);
    },
  });
  return { ...compareAlerts(old.finish(), alerts), events: counts.events, days: span.days, counts };
}

/** The same over events that are stored, with the facts that were known then. */
export async function backtestEvents(
  before: RuleSet,
  after: RuleSet,
  pages: AsyncIterable<readonly Observation[]>,
): Promise<Backtest> {
  const old = new Evaluation(before);
  const now = new Evaluation(after);
  const span = new Span();
  let events = 0;
  for await (const page of pages) {
    events += page.length;
    for (const observation of page) {
      old.add(observation);
      now.add(observation);
      span.add(observation.timeUs);
    }
  }
  return { ...compareAlerts(old.finish(), now.finish()), events, days: span.days };
}

class Span {
  #fromUs = Number.POSITIVE_INFINITY;
  #toUs = Number.NEGATIVE_INFINITY;

  add(timeUs: number): void {
    this.#fromUs = Math.min(this.#fromUs, timeUs);
    this.#toUs = Math.max(this.#toUs, timeUs);
  }

  get days(): number {
    return Math.max(1, (this.#toUs - this.#fromUs) / 86_400_000_000);
  }
}
