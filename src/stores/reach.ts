/** Events of one id within this distance of event time are one: two audit devices stamp a request minutes apart at most. */
export const REACH_MINUTES = 5;

export function minuteOf(timeUs: number): number {
  return Math.floor(timeUs / 60_000_000);
}

/** Whether two events of one id can be the same event. */
export function withinReach(minute: number, other: number): boolean {
  return Math.abs(minute - other) <= REACH_MINUTES;
}
