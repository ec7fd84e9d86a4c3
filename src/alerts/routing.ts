import type { Alert } from '../core/alert.ts';
import type { NotificationKey } from '../core/ports.ts';
import { LEVELS, type Level } from '../core/rule.ts';

export interface Routed {
  readonly name: string;
  readonly level: Level;
}

/**
 * Who is told of alerts that were just opened: sinks of their level and below. Rules that are still experimental, parts
 * of an alert that was cut, and superseded ones notify nobody; they are in the store.
 */
export function routeAlerts(opened: readonly Alert[], sinks: readonly Routed[]): readonly NotificationKey[] {
  return opened
    .filter(notifies)
    .flatMap(({ id, rule }) =>
      sinks
        .filter(({ level }) => LEVELS.indexOf(rule.level) >= LEVELS.indexOf(level))
        .map(({ name }) => ({ alertId: id, sink: name })),
    );
}

function notifies({ rule, continues, superseded_by: supersededBy }: Alert): boolean {
  return rule.status !== 'experimental' && continues === undefined && supersededBy === undefined;
}
