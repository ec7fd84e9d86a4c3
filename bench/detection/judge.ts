import type { Alert } from '../../src/core/alert.ts';
import type { Observation } from '../../src/core/event.ts';
import type { RuleSet } from '../../src/core/rule-set.ts';
import { Evaluation } from '../../src/detect/evaluate.ts';
import type { Enrich } from '../../src/pipeline/observe.ts';
import { formatTimeUs, parseTimeUs } from '../../src/lib/time.ts';

/** An attack that somebody labelled: the events that belong to it. */
export interface Label {
  readonly name: string;
  /** What happened, in the words of whoever labelled it. */
  readonly what: string;
  /** Why no log can show it; absent: it has to be found. */
  readonly invisible?: string;
}

export interface Stream {
  readonly observations: readonly Observation[];
  readonly labels: readonly Label[];
  /** Event id -> name of its label; events without one are background. */
  readonly labelOf: ReadonlyMap<string, string>;
}

export interface Finding {
  readonly label: Label;
  /** Titles of the rules that fired, the first one first; none: missed. */
  readonly rules: readonly string[];
  /** From the label's first event to the first alert; absent where it is missed. */
  readonly detectedAfterMs?: number;
}

export interface Judged {
  readonly findings: readonly Finding[];
  /** Alerts in which there is no event of any label. */
  readonly falseAlerts: readonly Alert[];
  readonly alerts: number;
}

/** Runs the pack over a stream, in event-time order, and holds its alerts against the labels. */
export function judge(stream: Stream, rules: RuleSet, enricher: Enrich): Judged {
  const evaluation = new Evaluation(rules);
  const at = new Map<string, string[]>();
  const begins = new Map<string, number>();
  for (const observation of stream.observations) {
    const { event, timeUs } = evaluation.add(enricher.enrich(observation));
    const label = stream.labelOf.get(event.event.id);
    if (label !== undefined) begins.set(label, Math.min(begins.get(label) ?? timeUs, timeUs));
    for (const rule of event.whosaw.rules ?? []) {
      const key = `${rule.split('/')[0] ?? ''} ${formatTimeUs(timeUs)}`;
      at.set(key, [...(at.get(key) ?? []), event.event.id]);
    }
  }
  const alerts = evaluation
    .finish()
    .filter((alert) => alert.superseded_by === undefined && alert.continues === undefined);
  /** An alert embeds its first events only: the one that opened it may come after them. */
  const labelsOf = ({ rule, opened, events }: Alert): readonly string[] => {
    const ids = [...events.map(({ id }) => id), ...(at.get(`${rule.id} ${opened}`) ?? [])];
    return [...new Set(ids.flatMap((id) => stream.labelOf.get(id) ?? []))];
  };
  const labelled = alerts.map((alert) => ({ alert, labels: labelsOf(alert) }));
  return {
    findings: stream.labels.map((label) => {
      const found = labelled.filter(({ labels }) => labels.includes(label.name)).map(({ alert }) => alert);
      return findingOf(label, found, begins.get(label.name) ?? 0);
    }),
    falseAlerts: labelled.filter(({ labels }) => labels.length === 0).map(({ alert }) => alert),
    alerts: alerts.length,
  };
}

function findingOf(label: Label, alerts: readonly Alert[], beginsUs: number): Finding {
  const rules = [...new Set(alerts.map(({ rule }) => rule.title))];
  const opened = alerts.map((alert) => parseTimeUs(alert.opened) ?? 0);
  if (opened.length === 0) return { label, rules };
  // An alert that was open before the label began tells of it at once.
  return { label, rules, detectedAfterMs: Math.max(0, Math.min(...opened) - beginsUs) / 1_000 };
}
