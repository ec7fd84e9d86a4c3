import type { Alert } from '../core/alert.ts';
import type { Sink } from '../core/ports.ts';
import { parseTimeUs } from '../lib/time.ts';
import { printAlert, printClosed, type PrintOptions } from './print-alert.ts';

export interface TerminalOptions {
  readonly name: string;
  readonly zone?: string | undefined;
  readonly colours: boolean;
  readonly write: (text: string) => void;
  readonly clock: () => number;
}

export interface TerminalSink extends Sink {
  /** An alert that grew, or was superseded. */
  follow(alert: Alert): void;
  /** Says which alerts are over by now. */
  tick(): void;
}

/** Alerts that are waited for to close. */
const OPEN_LIMIT = 10_000;

/** Prints each alert, and a line when one that grew is over. */
export function terminal({ name, zone, colours, write, clock }: TerminalOptions): TerminalSink {
  const open = new Map<string, { alert: Alert; readonly shown: number }>();
  const options = (): PrintOptions => ({ zone, colours, nowMs: clock() });
  const isOver = (alert: Alert): boolean => (parseTimeUs(alert.ends) ?? 0) / 1_000 < clock();
  return {
    name,
    callsPeople: false,
    deliver(alerts) {
      for (const alert of alerts) {
        write(`${printAlert(alert, options())}\n`);
        if (!isOver(alert) && open.size < OPEN_LIMIT) open.set(alert.id, { alert, shown: alert.count });
      }
      return Promise.resolve();
    },
    follow(alert) {
      const known = open.get(alert.id);
      if (known === undefined || alert.version < known.alert.version) return;
      if (alert.superseded_by === undefined) known.alert = alert;
      else open.delete(alert.id);
    },
    tick() {
      for (const [id, { alert, shown }] of open) {
        if (!isOver(alert)) continue;
        open.delete(id);
        if (alert.count > shown) write(`${printClosed(alert, options())}\n`);
      }
    },
  };
}
