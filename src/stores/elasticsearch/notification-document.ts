import type { NotificationResult } from '../../core/ports.ts';

/** Whether somebody was told of an alert. */
export interface NotificationDocument {
  /** Order of arrival: microseconds since 1970, never twice in one process. */
  readonly order: number;
  readonly alert: string;
  readonly sink: string;
  readonly state: NotificationResult['state'];
  readonly attempts: number;
  readonly reason?: string;
  readonly settled?: number;
}
