import type { Alert } from '../core/alert.ts';
import type { CommitBatch, NotificationKey } from '../core/ports.ts';
import { lastOfEach } from './warm-up.ts';

/** Batches that become durable together, in their order. Nobody is told of an alert that another one took over meanwhile. */
export function joined(batches: readonly CommitBatch[]): CommitBatch {
  const alerts = Array.from(
    new Map(batches.flatMap((batch) => batch.alerts).map((alert) => [alert.id, alert])).values(),
  );
  return {
    observations: batches.flatMap((batch) => batch.observations),
    rejections: batches.flatMap((batch) => batch.rejections),
    alerts,
    marks: lastOfEach(batches.flatMap((batch) => batch.marks)),
    checkpoints: batches.flatMap((batch) => batch.checkpoints),
    notifications: retargeted(
      batches.flatMap((batch) => batch.notifications),
      alerts,
    ),
    appendedMs: batches.at(-1)?.appendedMs ?? 0,
  };
}

function retargeted(notifications: readonly NotificationKey[], alerts: readonly Alert[]): readonly NotificationKey[] {
  const byId = new Map(alerts.map((alert) => [alert.id, alert]));
  const lastOf = (id: string): string => {
    const next = byId.get(id)?.superseded_by;
    return next === undefined || next === id || !byId.has(next) ? id : lastOf(next);
  };
  const moved = notifications.map(({ alertId, sink }) => ({ alertId: lastOf(alertId), sink }));
  return Array.from(new Map(moved.map((key) => [`${key.alertId} ${key.sink}`, key])).values());
}
