import type { SourceType } from '../core/record.ts';
import type { Need } from '../core/sieve.ts';
import { CHANNELS, channelsOf, needsSecret } from './logsource.ts';
import { necessaryWays } from './necessary.ts';
import type { CompiledRules } from './rule-set.ts';

/** One way to meet one rule: what its fields need, of the event as well as the vendor's. */
export interface RuleWay {
  readonly needs: readonly Need[];
  /** Only events that name a secret are meant. */
  readonly needsSecret: boolean;
}

/** The ways in which an event of this source can meet any of the rules: where none of them holds, it meets none. */
export function waysToMeet(rules: CompiledRules, type: SourceType): readonly RuleWay[] {
  const isMeant = (channel: number): boolean => CHANNELS[channel]?.type === type;
  return rules.detections
    .filter(({ logsource }) => channelsOf(logsource).some(isMeant))
    .flatMap(({ logsource, expression }) =>
      necessaryWays(expression).flatMap((necessary): readonly RuleWay[] => {
        if (necessary === 'never') return [];
        const needs = Array.from(necessary, ([field, { as, texts }]): Need => ({ field, as, texts: [...texts] }));
        return [{ needs, needsSecret: needsSecret(logsource) }];
      }),
    );
}
