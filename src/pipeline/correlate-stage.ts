import type { ConsumeOptions } from '../core/bus.ts';
import { CorrelatePartition, type CorrelateOptions } from './correlate-partition.ts';
import { RuleIndex } from './hit-message.ts';
import { HitPlaces } from './hit-places.ts';
import { SourceWatch } from './source-watch.ts';

/** From hits to alerts: each partition has a memory of its own, which is rebuilt from the topics by whoever gets it. */
export function correlateStage(options: CorrelateOptions): ConsumeOptions {
  const { topics, loaded, behind } = options;
  const { rules } = loaded.stages;
  const sources = behind === undefined ? undefined : new SourceWatch(behind);
  const shared = { places: new HitPlaces(rules, topics), index: new RuleIndex(rules.correlations), sources };
  return {
    group: topics.group('correlate'),
    topics: [topics.name('hits')],
    replayed: [topics.name('alerts'), topics.name('memory')],
    open: (claim) => CorrelatePartition.open(options, shared, claim),
  };
}
